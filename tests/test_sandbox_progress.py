import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sandbox.progress import Pace, batch_status, dispatched, standings
from pipeline.sandbox.store import Batch, Round

START = 1000.0


def batch(people, *, cancelled_at=None, again=()):
    return Batch(1, "btcal_1", {"scheduled_time_unix": int(START)}, people, 900.0, 900.0, cancelled_at, again)


def people(count):
    return [{"phone_number": f"+1415{position:07}"} for position in range(count)]


def statuses(pace, placed, now):
    return [standing.status for standing in standings(pace, placed, people(placed.people), now)]


def test_calls_are_pending_until_the_start_and_over_at_it():
    placed = batch(3)
    assert (statuses(Pace(), placed, START - 1), batch_status(Pace(), placed, START - 1)) == (
        ["pending"] * 3,
        "pending",
    )
    assert "pending" not in statuses(Pace(), placed, START)
    assert batch_status(Pace(), placed, START) == "completed"


def test_a_start_in_the_past_means_now():
    placed = Batch(1, "btcal_1", {"scheduled_time_unix": 5}, 1, START, START, None)
    assert batch_status(Pace(seconds=10), placed, START) == "in_progress"


def test_calls_run_side_by_side_and_one_after_another():
    pace, placed = Pace(seconds=60, at_once=2), batch(5)
    assert statuses(pace, placed, START + 60)[2:] == ["in_progress", "in_progress", "pending"]
    assert dispatched(pace, placed, START + 60) == 4
    assert batch_status(pace, placed, START + 60) == "in_progress"
    assert batch_status(pace, placed, START + 180) == "completed"


def test_what_had_ended_stays_ended_when_the_rest_is_cancelled():
    pace, placed = Pace(seconds=60, at_once=1), batch(3, cancelled_at=START + 90)
    stands = standings(pace, placed, people(3), START + 900)
    assert [standing.status for standing in stands][1:] == ["cancelled", "cancelled"]
    assert [standing.dialled for standing in stands] == [True, True, False]
    assert batch_status(pace, placed, START + 900) == "cancelled"


def test_a_person_who_is_called_again_is_under_way_again():
    pace, placed = Pace(seconds=60), batch(3, again=(Round(START + 100, [1]),))
    assert statuses(pace, placed, START + 130)[1] == "in_progress"
    assert batch_status(pace, placed, START + 130) == "in_progress"
    assert dispatched(pace, placed, START + 130) == 4


def test_some_calls_fail_and_most_do_not():
    ended = statuses(Pace(), batch(2000), START)
    assert set(ended) == {"completed", "failed", "voicemail"}
    assert 0.75 < ended.count("completed") / len(ended) < 0.9


def test_another_seed_lets_other_calls_fail():
    assert statuses(Pace(seed=1), batch(100), START) != statuses(Pace(seed=2), batch(100), START)


def test_the_same_call_ends_the_same_way():
    assert statuses(Pace(seed=1), batch(100), START) == statuses(Pace(seed=1), batch(100), START + 500)


PACES = st.builds(Pace, seconds=st.sampled_from([0.0, 0.5, 7.0]), at_once=st.integers(1, 4))


@given(PACES, st.integers(1, 20), st.floats(900, 1200), st.none() | st.floats(900, 1200))
def test_as_many_calls_were_dispatched_as_people_were_dialled(pace, count, now, cancelled_at):
    placed = batch(count, cancelled_at=cancelled_at if cancelled_at is None else min(cancelled_at, now))
    stands = standings(pace, placed, people(count), now)
    assert sum(standing.dialled for standing in stands) == dispatched(pace, placed, now)


@given(PACES, st.integers(1, 20), st.floats(900, 1200))
def test_a_batch_is_over_when_its_last_call_is(pace, count, now):
    open_ones = [status for status in statuses(pace, batch(count), now) if status in {"pending", "in_progress"}]
    assert (batch_status(pace, batch(count), now) == "completed") == (open_ones == [])


@pytest.mark.parametrize("now", [START - 1, START, START + 30, START + 500])
def test_a_status_is_since_a_moment_that_has_come(now):
    assert all(standing.since <= now for standing in standings(Pace(seconds=60, at_once=1), batch(5), people(5), now))
