"""Dedupe names the earlier row; the memory marks whom the campaign has called before."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.dedupe import dedupe, remember
from schemas.outcomes import Outcome
from schemas.plan import ROWS_SCHEMA, Memory


def rows_of(*people: tuple[int | None, str | None, str | None]) -> pl.DataFrame:
    """Planned rows of (number, WhatsApp id, id), numbered from 2."""
    frame = pl.DataFrame(
        {
            "row": range(2, 2 + len(people)),
            "e164": pl.Series([each[0] for each in people], dtype=pl.Int64),
            "whatsapp": pl.Series([each[1] for each in people], dtype=pl.String),
            "id": pl.Series([each[2] for each in people], dtype=pl.String),
        }
    )
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit("planned" if name == "outcome" else None))
        .cast(kind)
        .alias(name)
        for name, kind in ROWS_SCHEMA.items()
    )


def outcomes(rows: pl.DataFrame) -> list[str]:
    return rows["outcome"].cast(pl.String).to_list()


def test_a_repeated_number_or_id_is_left_out_and_the_first_row_is_named():
    rows, found = dedupe(rows_of((1, None, "a"), (1, None, "b"), (2, None, "a"), (3, None, None), (4, None, None)))
    assert outcomes(rows) == ["planned", "left_out", "left_out", "planned", "planned"]
    assert found.select("row", "code", "detail").rows() == [
        (3, "duplicate_phone", "the same as row 2"),
        (4, "duplicate_id", "the same as row 2"),
    ]
    assert rows["codes"].to_list() == [None, "duplicate_phone", "duplicate_id", None, None]


def test_a_whatsapp_id_in_digits_is_the_same_person_as_that_number():
    rows, _ = dedupe(rows_of((1, "77", None), (77, None, None), (5, "wa_x", None), (6, "wa_x", None), (8, "8", None)))
    assert outcomes(rows) == ["planned", "left_out", "planned", "left_out", "planned"]


def test_a_row_is_no_duplicate_of_itself_and_has_one_code_for_one_number():
    rows, _ = dedupe(rows_of((7, "7", None), (7, "7", None)))
    assert rows["codes"].to_list() == [None, "duplicate_phone"]


def test_a_row_to_fix_makes_nobody_a_duplicate():
    rows = rows_of((1, None, None), (1, None, None)).with_columns(
        outcome=pl.Series(["to_fix", "planned"], dtype=ROWS_SCHEMA["outcome"])
    )
    assert outcomes(dedupe(rows)[0]) == ["to_fix", "planned"]


def test_people_called_before_are_marked_by_number_whatsapp_id_or_id():
    memory = Memory(pl.Series([1, 77]), pl.Series(["wa_x"]), pl.Series(["a"]))
    rows = remember(
        rows_of((1, None, None), (2, "77", None), (3, "wa_x", None), (4, None, "a"), (5, None, "b")), memory
    )
    assert outcomes(rows) == ["called_before"] * 4 + ["planned"]


def test_an_empty_memory_marks_nobody():
    assert outcomes(remember(rows_of((1, "2", "a")), Memory())) == ["planned"]


def test_no_rows_are_no_error():
    rows, found = dedupe(rows_of())
    assert remember(rows, Memory()).height == found.height == 0


@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from([None, "3", "4", "x"]), st.sampled_from([None, "a", "b"])))
)
def test_no_two_planned_rows_share_an_address(people):
    rows, _ = dedupe(rows_of(*people))
    planned = rows.filter(pl.col("outcome") == Outcome.PLANNED)
    addresses = [
        {("phone", str(e164)), ("phone" if (whatsapp or "").isdigit() else "wa", whatsapp), ("id", name)}
        - {("wa", None), ("id", None)}
        for e164, whatsapp, name in planned.select("e164", "whatsapp", "id").rows()
    ]
    assert len(set().union(*addresses)) == sum(map(len, addresses))
    assert planned.height or not people
