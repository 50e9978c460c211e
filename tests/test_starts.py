"""Nobody's call starts or is estimated to end outside of their own hours, whatever the service does first."""

import heapq
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.starts import appoint
from schemas.calendars import Calendar, LocalHours
from schemas.capacity import Capacity
from schemas.plan import ROWS_SCHEMA, Slot
from schemas.timing import Timing

ZONES = (
    "America/New_York", "America/Los_Angeles", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin",
    "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "Pacific/Pago_Pago", "UTC",
)  # fmt: skip
#: Days on which clocks change, and a common one.
DAYS = (date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5), date(2026, 10, 25), date(2026, 7, 15))


def plain_allows(calendar: Calendar | None, moment: float) -> bool:
    """As a person reads the rule: at every clock that may be theirs, look at the day and the hour."""
    for clock in calendar.clocks if calendar else ():
        local = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(clock.zone))
        if local.weekday() not in clock.days or local.date() in clock.excluded:
            return False
        if not clock.start <= local.time() < clock.to:
            return False
    return True


@st.composite
def hours(draw, zone: str) -> LocalHours:
    start = draw(st.sampled_from([time(0), time(8), time(9), time(11, 30)]))
    to = draw(st.sampled_from([time(12), time(17, 45), time(20), time(23, 59)]))
    days = frozenset(draw(st.sampled_from([range(7), range(5), (0, 3)])))
    excluded = frozenset(draw(st.lists(st.sampled_from(DAYS), max_size=1)))
    return LocalHours(zone, start, to, days, excluded)


@st.composite
def calendar(draw) -> Calendar:
    zones = draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True))
    return Calendar(tuple(draw(hours(zone)) for zone in zones), "drawn")


@dataclass(frozen=True)
class Case:
    calendars: tuple[Calendar, ...]
    of: list[int | None]
    timing: Timing


@st.composite
def cases(draw, capacity) -> Case:
    calendars = tuple(draw(st.lists(calendar(), min_size=1, max_size=4)))
    number = st.none() | st.integers(0, len(calendars) - 1)
    begin = datetime.combine(draw(st.sampled_from(DAYS)), time(0), UTC) + timedelta(minutes=draw(st.integers(0, 2880)))
    at = int(begin.timestamp())
    finish = draw(st.none() | st.integers(-3600, 5 * 86_400).map(lambda ahead: at + ahead))
    taken = draw(st.lists(st.tuples(st.integers(-10, 90), st.integers(1, 30)), max_size=2))
    spans = tuple((at + 900 * begin, at + 900 * (begin + length)) for begin, length in taken)
    timing = Timing(at, draw(st.booleans()), finish, draw(capacity), spans)
    return Case(calendars, draw(st.lists(number, max_size=40)), timing)


capacities = st.builds(
    Capacity, concurrency=st.integers(1, 4), minutes_per_call=st.sampled_from([1.0, 2.5, 7.0, 60.0, 200.0])
)


def rows_of(calendars: list[int | None]) -> pl.DataFrame:
    known = {
        "row": pl.Series(range(2, 2 + len(calendars)), dtype=pl.UInt32),
        "outcome": pl.Series(["planned"] * len(calendars), dtype=ROWS_SCHEMA["outcome"]),
        "calendar": pl.Series(calendars, dtype=pl.UInt32),
    }
    return pl.DataFrame(known).select(
        (pl.col(name) if name in known else pl.lit(None, kind)).alias(name) for name, kind in ROWS_SCHEMA.items()
    )


def appointed(case: Case) -> tuple[list[int | None], tuple[Slot, ...]]:
    rows, slots, found = appoint(rows_of(case.of), case.calendars, case.timing)
    late = rows.filter(pl.col("slot").is_null())
    assert late["row"].to_list() == found["row"].to_list()
    assert set(late["codes"]) <= {"not_in_time"}
    assert set(late["outcome"]) <= {"left_out"}
    return rows["slot"].to_list(), slots


def calendar_of(case: Case, row: int) -> Calendar | None:
    number = case.of[row]
    return None if number is None else case.calendars[number]


def start_of(case: Case, slot: Slot) -> int:
    assert slot.start is not None or case.timing.at_once
    return case.timing.begin if slot.start is None else slot.start


@given(cases(st.none()))
def test_without_a_capacity_everybody_starts_at_the_first_moment_that_is_theirs(case):
    places, slots = appointed(case)
    for row, place in enumerate(places):
        mine = calendar_of(case, row)
        finish = case.timing.finish or case.timing.begin + 9 * 86_400
        # All hours, offsets and drawn beginnings are whole minutes or half of a quarter of an hour.
        minutes = range(case.timing.begin, max(finish, case.timing.begin), 60)
        first = next((moment for moment in minutes if plain_allows(mine, moment)), None)
        if place is None:
            assert first is None
            continue
        start, end = start_of(case, slots[place]), slots[place].end
        assert start == first or (first is None and start > finish)
        if end is not None:
            assert plain_allows(mine, end - 1)
            assert not plain_allows(mine, end) or end == case.timing.finish or _is_lost(mine, end)


def _is_lost(mine: Calendar | None, end: int) -> bool:
    """Whether it is one of the moments that the clocks show twice, of which the second is given away."""
    return any(
        datetime.fromtimestamp(end - 1, ZoneInfo(clock.zone)).date() in DAYS for clock in (mine.clocks if mine else ())
    )


@given(cases(capacities), st.randoms(use_true_random=False))
def test_with_a_capacity_no_call_starts_or_ends_outside_of_its_hours_in_whatever_order_it_is_taken(case, chance):
    places, slots = appointed(case)
    ended = _served(case, places, slots, chance)
    for row, (begun, over) in ended.items():
        mine, slot = calendar_of(case, row), slots[places[row]]
        assert begun >= case.timing.begin
        assert over <= slot.until <= (slot.end or slot.until) <= (case.timing.finish or slot.end or slot.until)
        moments = {begun, over - 1, *range(begun, over, 300)}
        assert all(plain_allows(mine, moment) for moment in moments)
        assert all(over <= begin or end <= begun for begin, end in case.timing.taken)
    assert len(ended) == sum(place is not None for place in places)


def _served(
    case: Case, places: list[int | None], slots: tuple[Slot, ...], chance: Random
) -> dict[int, tuple[int, int]]:
    """The service, played row by row: its lines take whoever has started, in any order. Begin and end of each call."""
    length = case.timing.capacity.seconds_per_call
    waiting = {row: start_of(case, slots[place]) for row, place in enumerate(places) if place is not None}
    lines = [0] * case.timing.capacity.concurrency
    calls = {}
    while waiting:
        free = heapq.heappop(lines)
        at = max(free, min(waiting.values()))
        row = chance.choice([row for row, start in waiting.items() if start <= at])
        del waiting[row]
        calls[row] = at, at + length
        heapq.heappush(lines, at + length)
    return calls


@given(cases(capacities))
def test_starts_are_in_order_and_in_one_window_the_files_order_holds(case):
    places, slots = appointed(case)
    starts = [start_of(case, slot) for slot in slots]
    assert starts == sorted(starts)
    assert {place for place in places if place is not None} == set(range(len(slots)))
    for number in {*case.of}:
        mine = [place for place, of in zip(places, case.of, strict=True) if of == number]
        assert mine == sorted(mine, key=lambda place: (place is None, place))


NINE_TO_EIGHT = {
    zone: Calendar((LocalHours(f"America/{zone}", time(9), time(20)),), "the number")
    for zone in ("New_York", "Chicago", "Los_Angeles")
}
NOON = int(datetime(2026, 7, 15, 12, tzinfo=ZoneInfo("America/New_York")).timestamp())


def slots_of(people: list[str], timing: Timing) -> list[str]:
    """Start, estimated end and end of each slot by the clock of New York, with its people."""
    names = list(NINE_TO_EIGHT)
    case = Case(tuple(NINE_TO_EIGHT.values()), [names.index(name) for name in people], timing)
    places, slots = appointed(case)
    clock = lambda at: "-" if at is None else f"{datetime.fromtimestamp(at, ZoneInfo('America/New_York')):%d %H:%M}"  # noqa: E731
    return [f"{clock(s.start)} {clock(s.until)} {clock(s.end)} {places.count(n)}" for n, s in enumerate(slots)]


def test_zones_in_their_hours_start_at_once_those_that_close_first_before():
    people = ["Los_Angeles", "New_York", "Chicago", "New_York"]
    assert slots_of(people, Timing(NOON, at_once=True)) == ["- - 15 20:00 2", "- - 15 21:00 1", "- - 15 23:00 1"]
    assert slots_of(people, Timing(NOON - 3 * 3600))[2] == "15 12:00 - 15 23:00 1"


def test_who_would_run_past_the_end_starts_in_the_next_window():
    capacity = Capacity(concurrency=1, minutes_per_call=240)
    assert slots_of(["New_York"] * 3 + ["Los_Angeles"], Timing(NOON, capacity=capacity)) == [
        "15 12:00 15 20:00 15 20:00 2", "16 09:00 16 13:00 16 20:00 1", "16 13:00 16 17:00 16 23:00 1",
    ]  # fmt: skip


def test_calls_that_the_service_has_already_come_first():
    capacity = Capacity(concurrency=2, minutes_per_call=60)
    taken = capacity.taken([(NOON - 3600, 4), (NOON - 1800, 1)])
    assert taken == ((NOON - 3600, NOON + 3600), (NOON + 3600, NOON + 7200))
    assert slots_of(["New_York"], Timing(NOON, capacity=capacity, taken=taken)) == ["15 14:00 15 15:00 15 20:00 1"]


def test_hours_that_open_later_and_close_sooner_come_in_between():
    """Else a long queue would keep people with short hours waiting until the day after."""
    short = Calendar((LocalHours("America/New_York", time(15), time(16)),), "a state")
    capacity = Capacity(concurrency=1, minutes_per_call=60)
    case = Case((NINE_TO_EIGHT["New_York"], short), [0] * 5 + [1], Timing(NOON, capacity=capacity))
    places, slots = appointed(case)
    assert places == [0, 0, 0, 2, 2, 1]
    assert [slot.start for slot in slots] == [NOON, NOON + 3 * 3600, NOON + 4 * 3600]


@pytest.mark.parametrize(("people", "left"), [(2, 0), (3, 1)])
def test_who_is_not_through_by_the_end_of_the_schedule_is_left_out(people, left):
    capacity = Capacity(concurrency=1, minutes_per_call=60)
    case = Case((), [None] * people, Timing(NOON, finish=NOON + 7200, capacity=capacity))
    places, _ = appointed(case)
    assert places.count(None) == left


def test_hours_that_never_come_leave_out_after_a_year():
    never = Calendar((LocalHours("UTC", time(9), time(10)), LocalHours("UTC", time(11), time(12))), "two clocks")
    rows, slots, found = appoint(rows_of([0]), (never,), Timing(NOON))
    assert (rows["outcome"][0], slots, found["detail"][0]) == (
        "left_out",
        (),
        "there is no room for the call within a year",
    )


def test_a_queue_that_takes_more_than_a_year_leaves_out_the_rest():
    daily = Calendar((LocalHours("UTC", time(9), time(10)),), "the number")
    capacity = Capacity(concurrency=1, minutes_per_call=60)
    places, slots = appointed(Case((daily,), [0] * 400, Timing(NOON, capacity=capacity)))
    assert 366 <= len(slots) <= 368
    assert places.count(None) == 400 - len(slots)
