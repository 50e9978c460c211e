"""The starts of a saved plan that is run later than it was made for."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from pipeline.deliver.saved_starts import kept_in_time
from schemas.calendars import Calendar, LocalHours
from schemas.plan import Slot
from schemas.timing import Timing
from tests.plans import NOW, people, plan_of

AT = datetime.fromtimestamp(NOW, UTC)  # 13:00 UTC
HOUR = 60 * 60
MORNING = Calendar((LocalHours("UTC", time(9), time(12)),), "told")


def a_plan(*starts: int | None, calendars=(MORNING,)):
    """A plan with a batch for each start, all of them with the first of the calendars."""
    made = plan_of(people(count=2 * len(starts)), start=AT)
    own = (0,) if calendars else ()
    batches = (replace(each, slot=Slot(at), calendars=own) for each, at in zip(made.batches, starts, strict=True))
    return replace(made, batches=tuple(batches), calendars=calendars)


@pytest.mark.parametrize(("hours", "starts"), [
    (-5, [NOW - 3 * HOUR, NOW + 21 * HOUR]),  # 08:00: both lie ahead
    (-3, [None, NOW + 21 * HOUR]),            # 10:00 as planned
    (-2, [None, NOW + 21 * HOUR]),            # 11:00: the first has passed, and its hours are open
    (1, [NOW + 20 * HOUR, NOW + 21 * HOUR]),  # 14:00: the first waits for the next morning
])  # fmt: skip
def test_what_has_passed_becomes_now_or_the_next_hours_and_what_lies_ahead_stays(hours, starts):
    plan = a_plan(int(NOW) - 3 * HOUR, int(NOW) + 21 * HOUR)
    later = kept_in_time(plan, Timing(int(NOW) + hours * HOUR, at_once=True))
    assert [batch.slot.start for batch in later.batches] == starts
    assert later.refusals == ()


@pytest.mark.parametrize(("hours", "start"), [(-1, AT), (0, None), (1, None)])
def test_the_start_of_the_plan_is_now_once_it_has_passed(hours, start):
    later = kept_in_time(a_plan(int(NOW), calendars=()), Timing(int(NOW) + hours * HOUR, at_once=True))
    assert later.start == start
    assert later.head.start == (start and int(NOW))


def test_people_for_whom_no_moment_is_left_are_a_reason_not_to_run():
    finish = int((AT + timedelta(hours=2)).timestamp())
    later = kept_in_time(a_plan(int(NOW) - 3 * HOUR), Timing(int(NOW), at_once=True, finish=finish))
    assert "2 people of the saved plan cannot be called in time any more" in later.refusals[0]
