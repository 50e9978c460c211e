"""People are called in their hours, and the service is never told a time in the past."""

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.deliver.window import Start, Window, start_now
from schemas.campaign import Hours

NEW_YORK = ZoneInfo("America/New_York")
DAY = Window(Hours(), NEW_YORK)  # 09:00 to 20:00


def at(*moment, zone=NEW_YORK):
    return datetime(*moment, tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        ((2026, 7, 1, 8, 59, 59), False),
        ((2026, 7, 1, 9), True),
        ((2026, 7, 1, 19, 59, 59), True),
        ((2026, 7, 1, 20), False),
        ((2026, 3, 8, 9), True),  # the morning after the clocks went forward
        ((2026, 3, 8, 8, 30), False),
        ((2026, 11, 1, 9), True),  # and back
        ((2026, 11, 1, 8, 30), False),
    ],
)
def test_hours_are_local_and_their_end_is_the_first_moment_too_late(moment, allowed):
    assert DAY.allows(at(*moment)) is allowed


def test_any_hour_is_every_hour():
    assert all(Window("any", NEW_YORK).allows(at(2026, 7, 1, hour)) for hour in range(24))


def test_a_window_is_told_with_its_zone():
    assert str(DAY) == "09:00 to 20:00 (America/New_York)"
    assert str(Window(Hours(), timezone(timedelta(hours=5, minutes=30)))) == "09:00 to 20:00 (UTC+05:30)"


NOON = at(2026, 7, 1, 12)
NIGHT = at(2026, 7, 1, 22)


@pytest.mark.parametrize(
    ("planned", "now", "start"),
    [
        (None, NOON, Start(None)),
        (int(NOON) - 1, NOON, Start(None)),
        (int(NOON), NOON, Start(None)),
        (int(NOON) + 1, NOON, Start(int(NOON) + 1)),
        (int(NOON) + 86_400, NIGHT, Start(int(NOON) + 86_400)),
        (None, NIGHT, None),
        (int(NOON), NIGHT, None),
        (int(NIGHT), NOON, None),
    ],
)
def test_a_start_is_as_planned_or_now_or_not_at_all(planned, now, start):
    assert start_now(planned, now, DAY) == start


@given(
    planned=st.none() | st.integers(1_700_000_000, 1_900_000_000),
    now=st.floats(1_700_000_000, 1_900_000_000),
    zone=st.sampled_from(["America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
    hours=st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] < pair[1]),
)
def test_no_start_lies_in_the_past_or_outside_the_hours(planned, now, zone, hours):
    window = Window(Hours(**{"from": hours[0], "to": hours[1]}), ZoneInfo(zone))
    start = start_now(planned, now, window)
    if start is not None:
        assert start.at is None or start.at > now
        moment = now if start.at is None else start.at
        local: time = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone)).time()
        assert hours[0] <= local < hours[1]
