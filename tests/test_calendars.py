"""Calendars: no moment of a window lies outside anybody's hours, by a slow and plain oracle that looks at clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from schemas.calendars import EVERY_DAY, HORIZON, Calendar, LocalHours

MINUTE, DAY = 60, 86_400
NINE_TO_EIGHT = (time(9), time(20))


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def shown(window: tuple[int, int] | None, zone: str = "UTC") -> tuple[str, ...]:
    """The ends of a window by the zone's clock."""
    return tuple(f"{datetime.fromtimestamp(each, ZoneInfo(zone)):%m-%d %H:%M}" for each in window or ())


def calendar(*zones: str, hours: tuple[time, time] = NINE_TO_EIGHT, **more) -> Calendar:
    return Calendar(tuple(LocalHours(zone, *hours, **more) for zone in zones), "number")


def is_inside(clock: LocalHours, moment: float) -> bool:
    """The oracle: what the clock on the wall shows at a moment."""
    wall = datetime.fromtimestamp(moment, ZoneInfo(clock.zone))
    return wall.weekday() in clock.days and wall.date() not in clock.excluded and clock.start <= wall.time() < clock.to


def changes_near(zone: str, moment: int) -> bool:
    offsets = {datetime.fromtimestamp(moment + days * DAY, ZoneInfo(zone)).utcoffset() for days in (-1, 0, 1)}
    return len(offsets) > 1


@st.composite
def clocks(draw) -> LocalHours:
    quarters = st.integers(0, 95)
    start, to = sorted(draw(st.lists(quarters, min_size=2, max_size=2, unique=True)))
    first = date.fromordinal(draw(st.integers(date(1975, 1, 1).toordinal(), date(2040, 1, 1).toordinal())))
    return LocalHours(
        draw(st.sampled_from(sorted(available_timezones()))),
        time(start // 4, start % 4 * 15),
        time(to // 4, to % 4 * 15),
        draw(st.frozensets(st.integers(0, 6), min_size=1)),
        frozenset(first + timedelta(days=each) for each in range(draw(st.integers(0, 3)))),
    )


MOMENTS = st.integers(at("1975-01-01"), at("2040-01-01"))


@given(st.lists(clocks(), min_size=1, max_size=3), MOMENTS)
@example([LocalHours("America/New_York", time(1, 30), time(20))], at("2026-11-01"))
@example([LocalHours("America/New_York", time(2, 30), time(20))], at("2026-03-08"))
@example([LocalHours("America/New_York", time(0), time(1, 30))], at("2026-11-01"))
@example([LocalHours("Pacific/Apia", *NINE_TO_EIGHT)], at("2011-12-29"))
@example([LocalHours("Australia/Lord_Howe", time(1), time(2))], at("2026-04-04"))
@settings(max_examples=80, deadline=None)
def test_no_moment_of_a_window_lies_outside_the_hours_of_any_zone(those, moment):
    window = Calendar(tuple(those), "number").window_at_or_after(moment)
    assume(window is not None)
    assert moment <= window[0] < window[1]
    for each in (*range(*window, 15 * MINUTE), window[1] - 1):
        assert all(is_inside(clock, each) for clock in those)


@given(st.lists(clocks(), min_size=1, max_size=2), MOMENTS)
@settings(max_examples=50, deadline=None)
def test_no_hours_are_passed_over_but_where_the_clocks_change(those, moment):
    window = Calendar(tuple(those), "number").window_at_or_after(moment)
    before = window[0] if window else moment + 60 * DAY
    for each in range(moment, min(before, moment + 60 * DAY), 45 * MINUTE):
        if all(is_inside(clock, each) for clock in those):
            assert any(changes_near(clock.zone, each) for clock in those)


@given(clocks(), MOMENTS)
@settings(max_examples=40, deadline=None)
def test_a_window_is_open_from_its_first_moment_to_its_last(clock, moment):
    one = Calendar((clock,), "number")
    window = one.window_at_or_after(moment)
    assume(window is not None)
    assert one.allows(window[0])
    assert one.allows(window[1] - 1)
    assert not one.allows(window[1])
    assert one.window_at_or_after(window[0]) == window


def test_a_window_that_is_open_begins_with_the_moment():
    assert shown(calendar("UTC").window_at_or_after(at("2026-05-04 10:30"))) == ("05-04 10:30", "05-04 20:00")
    assert shown(calendar("UTC").window_at_or_after(at("2026-05-04 20:00"))) == ("05-05 09:00", "05-05 20:00")
    assert calendar("UTC").window_at_or_after(at("2026-05-04 10:30") + 0.25) == (
        at("2026-05-04 10:30") + 1,
        at("2026-05-04 20:00"),
    )


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        ("America/New_York", "2026-03-07", ("03-07 14:00", "03-08 01:00")),
        ("America/New_York", "2026-03-08", ("03-08 13:00", "03-09 00:00")),  # put forward in that night
        ("America/New_York", "2026-10-31", ("10-31 13:00", "11-01 00:00")),
        ("America/New_York", "2026-11-01", ("11-01 14:00", "11-02 01:00")),  # put back
        ("Australia/Sydney", "2026-04-04", ("04-03 22:00", "04-04 09:00")),
        ("Australia/Sydney", "2026-04-05", ("04-04 23:00", "04-05 10:00")),  # put back, in autumn
        ("Asia/Kolkata", "2026-03-08", ("03-08 03:30", "03-08 14:30")),
        ("Asia/Kathmandu", "2026-03-08", ("03-08 03:15", "03-08 14:15")),
        ("Pacific/Kiritimati", "2026-03-08", ("03-07 19:00", "03-08 06:00")),  # fourteen hours ahead
    ],
)
def test_hours_are_those_of_the_wall_clock(zone, day, utc):
    assert shown(calendar(zone).window_at_or_after(at(day, zone))) == utc


def test_of_a_time_that_is_shown_twice_hours_begin_late_and_end_early():
    early = calendar("America/New_York", hours=(time(1, 30), time(9)))
    assert shown(early.window_at_or_after(at("2026-11-01 04:00"))) == ("11-01 06:30", "11-01 14:00")
    late = calendar("America/New_York", hours=(time(0), time(1, 30)))
    assert shown(late.window_at_or_after(at("2026-11-01 04:00"))) == ("11-01 04:00", "11-01 05:30")


def test_a_time_that_is_skipped_comes_an_hour_later():
    early = calendar("America/New_York", hours=(time(2, 30), time(9)))
    assert shown(early.window_at_or_after(at("2026-03-08 05:00")), "America/New_York") == ("03-08 03:30", "03-08 09:00")


def test_a_day_that_a_country_skips_has_no_hours():
    samoa = calendar("Pacific/Apia")  # which went over the date line, and had no 30 December 2011
    assert shown(samoa.window_at_or_after(at("2011-12-29 21:00", "Pacific/Apia")), "Pacific/Apia") == (
        "12-31 09:00",
        "12-31 20:00",
    )


def test_people_who_may_be_in_several_zones_have_the_hours_that_all_share():
    coasts = calendar("America/New_York", "America/Los_Angeles")
    assert shown(coasts.window_at_or_after(at("2026-05-04")), "America/New_York") == ("05-04 12:00", "05-04 20:00")
    assert coasts.zones == ("America/New_York", "America/Los_Angeles")
    line = calendar(
        "Pacific/Pago_Pago", "Pacific/Kiritimati"
    )  # a day and an hour apart, at the same time of day but for it
    assert shown(line.window_at_or_after(at("2026-05-04")), "Pacific/Pago_Pago") == ("05-03 13:00", "05-03 19:00")


def test_zones_that_share_no_hour_have_no_window():
    assert (
        calendar("America/New_York", "Asia/Shanghai", hours=(time(9), time(17))).window_at_or_after(at("2026-05-04"))
        is None
    )


def test_days_and_dates_are_local():
    weekdays = calendar("Asia/Tokyo", days=frozenset({0}), excluded=frozenset({date(2026, 5, 4)}))
    assert shown(weekdays.window_at_or_after(at("2026-05-03 12:00")), "Asia/Tokyo") == ("05-11 09:00", "05-11 20:00")


def test_hours_are_looked_for_a_year_ahead():
    year = frozenset(date(2026, 5, 4) + timedelta(days=each) for each in range(HORIZON + 5))
    assert calendar("UTC", excluded=year).window_at_or_after(at("2026-05-04")) is None
    assert calendar("UTC", excluded=frozenset(sorted(year)[:300])).window_at_or_after(at("2026-05-04"))
    assert {datetime(2026, 5, day, tzinfo=UTC).weekday() for day in range(1, 8)} == EVERY_DAY
