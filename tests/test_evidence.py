"""Evidence of a time zone: what agrees narrows, what does not is held to all."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.plan.evidence import clock_of, zones_left, zones_of_country

SINCE = datetime(2026, 5, 4, tzinfo=UTC)
NEW_YORK, CHICAGO, DETROIT, LONDON = "America/New_York", "America/Chicago", "America/Detroit", "Europe/London"


def left(**told):
    return zones_left({name.replace("_", " "): zones for name, zones in told.items()}, SINCE)


def test_what_all_agree_on_is_left():
    assert left(number=(NEW_YORK,)) == ((NEW_YORK,), "number")
    assert left(postal_code=(CHICAGO,), number=(CHICAGO, NEW_YORK)) == ((CHICAGO,), "postal code, number")


def test_evidence_that_disagrees_leaves_all_its_zones():
    assert left(postal_code=(CHICAGO,), number=(NEW_YORK,)) == (
        (CHICAGO, NEW_YORK),
        "postal code, number (they disagree)",
    )
    three = left(time_zone=(CHICAGO,), postal_code=(NEW_YORK,), number=(CHICAGO,))
    assert three == ((CHICAGO, NEW_YORK), "time zone, postal code, number (they disagree)")


def test_zones_with_the_same_clock_agree():
    assert left(postal_code=(DETROIT,), number=(NEW_YORK,)) == ((DETROIT,), "postal code, number")
    assert left(postal_code=(NEW_YORK,), number=(CHICAGO, DETROIT))[0] == (NEW_YORK,)
    assert left(number=(NEW_YORK, CHICAGO, DETROIT))[0] == (CHICAGO, NEW_YORK)


def test_nothing_told_leaves_nothing():
    assert left(postal_code=(), number=()) == ((), "")
    assert left(postal_code=(), number=(LONDON,)) == ((LONDON,), "number")


@given(st.sampled_from(sorted(available_timezones())), st.integers(0, 12_000))
@settings(max_examples=40, deadline=None)
def test_a_clock_has_every_change_of_its_year(zone, days):
    first = datetime(1995, 1, 1, tzinfo=UTC) + timedelta(days=days)
    clock = clock_of.__wrapped__(zone, first.date().isoformat())
    for hour in range(0, 366 * 24, 7):
        at = first + timedelta(hours=hour)
        told = [offset for change, offset in clock if change <= at][-1]
        if abs(at - max(change for change, _ in clock if change <= at)) > timedelta(minutes=15):
            assert told == at.astimezone(ZoneInfo(zone)).utcoffset() or _flickers(zone, at)


def _flickers(zone, at):
    """Whether clocks were changed twice within two days, as in a few years of a few countries."""
    offsets = [(at + timedelta(hours=hour)).astimezone(ZoneInfo(zone)).utcoffset() for hour in range(-48, 48)]
    return sum(one != other for one, other in pairwise(offsets)) > 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(NEW_YORK, DETROIT, True), ("Europe/Athens", "Asia/Beirut", False), ("America/Phoenix", "America/Denver", False)],
)
def test_clocks_are_compared_to_the_hour_of_their_changes(one, other, same):
    assert (clock_of(one, "2026-05-04") == clock_of(other, "2026-05-04")) is same


def test_a_country_has_the_zones_of_the_time_zone_database():
    assert zones_of_country("GB") == (LONDON,)
    assert {"Pacific/Honolulu", NEW_YORK} <= set(zones_of_country("US"))
    assert (zones_of_country("001"), zones_of_country("")) == ((), ())
