"""What the ledger keeps of the hours of a run's people is what was planned with."""

from dataclasses import replace
from datetime import date, time

import polars as pl
import pytest

from pipeline.deliver.adopt import adopt
from pipeline.ledger import open_ledger
from pipeline.ledger.calendars import kept_calendars
from schemas.calendars import Calendar, LocalHours
from schemas.plan import PlannedBatch, Slot
from tests.plans import NOW, context, people, plan_of

WEEK = LocalHours("America/New_York", time(9, 30), time(20), frozenset({0, 4}), frozenset({date(2024, 12, 25)}))
CALENDARS = (
    Calendar((WEEK, replace(WEEK, zone="America/Chicago")), "number and postal code disagree"),
    Calendar((LocalHours("Asia/Kathmandu", time(9), time(20, 59, 59, 500_000)),), "time zone"),
)


@pytest.fixture
def ledger(place):
    with open_ledger(place, create=True, clock=lambda: NOW) as opened:
        yield opened


def timed_plan():
    made = plan_of(people(count=3), per_batch=3)
    rows = made.rows.with_columns(calendar=pl.Series([0, 1, 0], dtype=pl.UInt32))
    batch = PlannedBatch(1, 3, 300, Slot(int(NOW) + 60, int(NOW) + 600, int(NOW) + 3600), (0, 1))
    return replace(made, rows=rows, batches=(batch,), calendars=CALENDARS)


def test_calendars_come_back_as_they_were_and_each_row_has_its_own(ledger):
    run = adopt(timed_plan(), ledger, context(), NOW).run_id
    with ledger.transaction(reading=True) as connection:
        assert kept_calendars(connection, run) == dict(enumerate(CALENDARS))
        lines = connection.exec_driver_sql("SELECT calendar FROM rows ORDER BY row").scalars().all()
    assert lines == [0, 1, 0]


def test_a_batch_has_the_hours_that_its_people_share(ledger):
    (batch,) = adopt(timed_plan(), ledger, context(), NOW).batches
    assert batch.calendar.clocks == (*CALENDARS[0].clocks, *CALENDARS[1].clocks)
    assert batch.head.start == int(NOW) + 60


def test_a_batch_of_any_hour_has_no_calendar(ledger):
    (batch,) = adopt(plan_of(people(count=1)), ledger, context(), NOW).batches
    assert batch.calendar is None


def test_a_batch_starts_anew_with_all_that_hangs_on_it_unless_it_is_sent(ledger):
    adopted = adopt(timed_plan(), ledger, context(), NOW)
    moved = Slot(int(NOW) + 7200, None, int(NOW) + 9000)
    ledger.start_anew(adopted.batches[0].id, moved)
    ledger.begin(adopted.batches[0].id, "TOKEN", NOW)
    ledger.start_anew(adopted.batches[0].id, Slot(1))
    with ledger.transaction(reading=True) as connection:
        found = connection.exec_driver_sql("SELECT start_unix, until_unix, end_unix FROM batches").all()
    assert found == [(moved.start, None, moved.end)]


def test_what_is_being_called_is_told_until_it_is_estimated_to_be_over(ledger):
    adopted = adopt(timed_plan(), ledger, context(), NOW)
    assert ledger.under_way(NOW) == ()
    ledger.begin(adopted.batches[0].id, "TOKEN", NOW)
    assert ledger.under_way(NOW) == ledger.memory("another").under_way == ((int(NOW) + 60, 3),)
    assert ledger.under_way(NOW + 600) == ()
