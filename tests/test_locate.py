"""What numbers tell stands beside them once, and only where it is wanted."""

import polars as pl
import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from pipeline.phone import facts_of
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


EASTERN_AND_CENTRAL = ["America/Chicago", "America/New_York"]


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        (14239025123, EASTERN_AND_CENTRAL),  # Chattanooga, whatever the library has for its exchange
        (12195120123, EASTERN_AND_CENTRAL),
        (18502345678, EASTERN_AND_CENTRAL),
        (18122345678, EASTERN_AND_CENTRAL),
        (14482345678, EASTERN_AND_CENTRAL),  # laid over 850
        (14155552671, ["America/Los_Angeles"]),
        (18005550100, None),
        (142390251234, None),  # not of North America's length
        (4314239025, ["Europe/Vienna"]),
    ],
)
def test_a_number_has_all_zones_of_its_area_code(number, zones):
    [found] = locate(frame((number, None)), {"zones"})["zones"].to_list()
    assert found == zones


def test_no_other_zone_is_lost_by_that():
    numbers = pl.Series([int((prefix + "2345678901")[:11]) for prefix in TIMEZONE_DATA if prefix.startswith("1")])
    alone = facts_of(numbers)["zones"].to_list()
    together = locate(
        pl.DataFrame({"e164": numbers, "whatsapp": None}, schema_overrides={"whatsapp": pl.String}), {"zones"}
    )
    for one, all_of_them in zip(alone, together["zones"].to_list(), strict=True):
        assert (one is None) == (all_of_them is None)
        assert set(one or ()) <= set(all_of_them or ())
