"""People are called in their hours, and the service is never told a time in the past."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.deliver.window import Start, on_time, start_now
from schemas.calendars import Calendar, LocalHours
from schemas.capacity import Capacity
from schemas.plan import Slot
from schemas.ready import ReadyBatch
from schemas.request import Head
from schemas.timing import Timing

NEW_YORK = ZoneInfo("America/New_York")
DAY = Calendar((LocalHours("America/New_York", time(9), time(20)),), "the number")
WEST = Calendar((LocalHours("America/Los_Angeles", time(9), time(20)),), "the number")
HOUR, TOMORROW = 3600, 86_400


def at(*moment, zone=NEW_YORK):
    return int(datetime(*moment, tzinfo=zone).timestamp())


NOON = at(2026, 7, 1, 12)
NIGHT = at(2026, 7, 1, 22)
MORNING = at(2026, 7, 2, 9)


def batch(start, number=1, recipients=10, calendar=DAY):
    return ReadyBatch(100 + number, number, recipients, Head("Spring", "agent_1", start=start), calendar)


@pytest.mark.parametrize(
    ("planned", "now", "start"),
    [
        (None, NOON, Start(None)),
        (NOON - 1, NOON, Start(None)),
        (NOON, NOON, Start(None)),
        (NOON + 1, NOON, Start(NOON + 1)),
        (NOON + TOMORROW, NIGHT, Start(NOON + TOMORROW)),
        (None, NIGHT, None),
        (NOON, NIGHT, None),
        (NIGHT, NOON, None),
    ],
)
def test_a_start_is_as_planned_or_now_or_not_at_all(planned, now, start):
    assert start_now(batch(planned), now) == start


def test_without_a_calendar_it_is_any_hour():
    assert start_now(batch(None, calendar=None), NIGHT) == Start(None)


@given(
    planned=st.none() | st.integers(1_700_000_000, 1_900_000_000),
    now=st.floats(1_700_000_000, 1_900_000_000),
    zone=st.sampled_from(["America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
    hours=st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] < pair[1]),
)
def test_no_start_lies_in_the_past_or_outside_the_hours(planned, now, zone, hours):
    start = start_now(batch(planned, calendar=Calendar((LocalHours(zone, *hours),), "drawn")), now)
    if start is not None:
        assert start.at is None or start.at > now
        moment = now if start.at is None else start.at
        local: time = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone)).time()
        assert hours[0] <= local < hours[1]


@dataclass
class Written:
    """A ledger that keeps which starts were written down."""

    starts: dict[int, Slot] = field(default_factory=dict)

    def start_anew(self, batch_id, slot):
        self.starts[batch_id] = slot


def starts(batches, now, **timing):
    """The start of each batch by number, "late" where there is none; and what was written down."""
    ledger = Written()
    found = on_time(batches, ledger, Timing(now, at_once=True, **timing))
    told = {each.number: each.head.start for each in found.ready} | dict.fromkeys(
        [b.number for b in found.late], "late"
    )
    assert [each.number for each in found.ready] == sorted(each.number for each in found.ready)
    return told, {number - 100: slot.start for number, slot in ledger.starts.items()}


def test_starts_that_lie_ahead_or_are_now_stay_and_nothing_is_written():
    batches = [batch(None), batch(None, 2, calendar=WEST), batch(NOON + HOUR, 3)]
    assert starts(batches, NOON) == ({1: None, 2: None, 3: NOON + HOUR}, {})


def test_a_start_that_has_passed_moves_to_now_or_to_the_next_hours_of_the_people():
    batches = [batch(NOON - HOUR), batch(NOON - HOUR, 2, calendar=None)]
    assert starts(batches, NOON)[1] == {1: None, 2: None}
    assert starts([batch(NOON), batch(None, 2, calendar=WEST)], NIGHT) == ({1: MORNING, 2: None}, {1: MORNING})


def test_one_queue_is_kept_free_of_others_calls():
    """Ten calls take five hours: what was planned for the morning and is sent late goes on after the others."""
    capacity = Capacity(concurrency=2, minutes_per_call=60)
    batches = [batch(NOON - HOUR), batch(NOON, 2), batch(NOON + 5 * HOUR, 3, 2), batch(NOON + 6 * HOUR, 4, 2)]
    assert starts(batches[1:], NOON, capacity=capacity)[0] == {2: None, 3: NOON + 5 * HOUR, 4: NOON + 6 * HOUR}
    found, written = starts(batches, NOON, capacity=capacity)
    assert found == {1: None, 2: MORNING, 3: NOON + 5 * HOUR, 4: NOON + 6 * HOUR}
    assert written == {1: None, 2: MORNING}


def test_batches_that_started_together_follow_each_other_where_they_have_no_room_together_any_more():
    capacity = Capacity(concurrency=2, minutes_per_call=60)
    batches = [batch(NOON, 1, 6), batch(NOON, 2, 6), batch(NOON, 3, 6)]
    assert starts(batches, at(2026, 7, 1, 15), capacity=capacity)[0] == {1: None, 2: MORNING, 3: MORNING + 3 * HOUR}


def test_what_cannot_be_over_in_time_is_late():
    assert starts([batch(NOON)], NIGHT, finish=MORNING) == ({1: "late"}, {})
    assert starts([batch(NOON, recipients=100)], NOON, capacity=Capacity(concurrency=1, minutes_per_call=60)) == (
        {1: "late"}, {},
    )  # fmt: skip
    late = on_time([batch(NOON, 7), replace(batch(None, 8), recipients=3)], Written(), Timing(NIGHT, finish=NIGHT))
    assert "2 batches (from 7 on) stay planned" in late.stopped.reason


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-48, 48).map(lambda hours: NOON + 1800 * hours),
            st.integers(1, 30),
            st.sampled_from([DAY, WEST, None]),
        ),
        max_size=8,
    ),
    st.integers(0, 96).map(lambda halves: NOON + 1800 * halves),
    st.sampled_from([None, Capacity(concurrency=3, minutes_per_call=20)]),
)
def test_no_batch_starts_or_is_estimated_to_end_outside_of_its_hours_or_among_others(drawn, now, capacity):
    batches = [batch(start, number, people, calendar) for number, (start, people, calendar) in enumerate(drawn, 1)]
    found = on_time(batches, Written(), Timing(now, at_once=True, capacity=capacity))
    assert len(found.ready) + len(found.late) == len(batches)
    queue: dict[int, int] = {}
    for each in found.ready:
        start = each.head.start if each.head.start is not None else now
        assert start >= max(now, batches[each.number - 1].head.start or 0)
        queue[start] = queue.get(start, 0) + each.recipients
        for moment in range(start, start + (capacity.seconds(queue[start]) if capacity else 1), 60):
            assert each.calendar is None or each.calendar.allows(moment)
    if capacity:
        ends = [start + capacity.seconds(people) for start, people in sorted(queue.items())]
        assert all(end <= start for end, start in zip(ends, sorted(queue)[1:], strict=False))


@pytest.mark.parametrize(("count", "said"), [(1, "1 batch starts now"), (2, "2 batches start now")])
def test_batches_that_are_moved_are_counted_in_words(caplog, count, said):
    caplog.set_level("INFO", "campaign")
    starts([batch(NOON - HOUR, number) for number in range(1, count + 1)], NOON)
    assert caplog.messages == [f"{said}, since what was planned cannot be kept."]


def test_one_batch_that_stays_planned_is_named_alone():
    assert on_time([batch(NOON, 7)], Written(), Timing(NIGHT, finish=NIGHT)).stopped.reason.startswith(
        "1 batch (7) stays"
    )
