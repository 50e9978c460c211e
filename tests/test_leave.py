"""Rows leave once: to fix wins over left out, and what is only said keeps nobody out."""

import polars as pl

from pipeline.plan.leave import leave, limited
from schemas.findings import findings, gathered
from schemas.plan import ROWS_SCHEMA


def judged(*codes: tuple[int, str], rows: int = 3) -> pl.DataFrame:
    frame = pl.DataFrame({"row": pl.Series(range(2, 2 + rows), dtype=pl.UInt32), "e164": range(rows)})
    found = [findings(frame.filter(pl.col("row") == row), code, None) for row, code in codes]
    return leave(frame, gathered(found))


def test_to_fix_wins_over_left_out_and_all_codes_are_kept():
    rows = judged((2, "no_phone"), (2, "required_missing"), (3, "no_phone"), (4, "llm_unlisted"))
    assert rows["outcome"].cast(pl.String).to_list() == ["to_fix", "left_out", "planned"]
    assert rows["codes"].to_list() == ["no_phone,required_missing", "no_phone", None]
    assert dict(rows.schema) == dict(pl.DataFrame(schema=ROWS_SCHEMA).schema)


def test_a_code_that_was_found_twice_is_named_once():
    assert judged((2, "placeholder_in_cell"), (2, "placeholder_in_cell"))["codes"][0] == "placeholder_in_cell"


def test_a_limit_keeps_the_first_planned_rows():
    rows = limited(judged((2, "no_phone"), rows=4), 2)
    assert rows["outcome"].cast(pl.String).to_list() == ["left_out", "planned", "planned", "left_out"]
    assert rows["codes"].to_list() == ["no_phone", None, None, "over_limit"]


def test_no_limit_changes_nothing():
    rows = judged()
    assert limited(rows, None).equals(rows)
