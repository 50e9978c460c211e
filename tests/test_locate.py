"""What numbers tell stands beside them once, and only where it is wanted."""

import polars as pl

from pipeline.plan import locate as module
from pipeline.plan.locate import locate


def frame(*rows):
    return pl.DataFrame(list(rows), schema={"e164": pl.Int64, "whatsapp": pl.String}, orient="row")


def test_the_number_that_is_called_tells_or_else_a_whatsapp_id_in_digits():
    rows = frame((14155552671, "493012345678"), (None, "+493012345678"), (None, "ann"), (None, None))
    located = locate(rows, {"region", "type", "zones"})
    assert located["region"].to_list() == ["US", "DE", None, None]
    assert located["type"].to_list() == ["fixed_line_or_mobile", "fixed_line", None, None]
    assert located["zones"].to_list() == [["America/Los_Angeles"], ["Europe/Berlin"], None, None]


def test_only_what_is_wanted_is_looked_up(monkeypatch):
    rows = frame((14155552671, None))
    assert locate(rows, {"type"}).columns == ["e164", "whatsapp", "type"]
    monkeypatch.setattr(module, "facts_of", None)
    assert locate(rows, frozenset()).equals(rows)


def test_no_rows_have_the_columns_too():
    assert locate(frame(), {"region", "zones"}).columns == ["e164", "whatsapp", "region", "zones"]
