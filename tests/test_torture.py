"""A little of each torture; `make torture` does much more of it."""

import pytest

from tests.conftest import DATABASES
from tests.torture import scenes
from tests.torture.world import Tally


@pytest.fixture
def tally():
    """At the end of each test nobody was called twice."""
    counted = Tally()
    yield counted
    assert counted.placed
    assert counted.doubles == 0


@pytest.fixture(params=DATABASES)
def databases(request):
    """None is SQLite."""
    return None if request.param == "sqlite" else request.getfixturevalue("server")


@pytest.mark.parametrize("boundary", range(4, 84, 16))
def test_a_process_killed_at_a_boundary_calls_nobody_twice_and_loses_nobody(tally, boundary, databases):
    assert scenes.killed_at(boundary, tally, databases=databases)


@pytest.mark.parametrize(("boundary", "statements"), [(12, False), (24, False), (36, False), (48, False), (57, True)])
def test_a_process_killed_while_the_service_refuses_people_by_name(tally, boundary, statements):
    assert scenes.refused_at(boundary, tally, statements=statements)
    assert tally.placed in {4, 5}  # what is lost where it was killed stays unconfirmed


def test_a_run_that_is_not_killed_is_the_measure_of_all_others(tally):
    assert not scenes.killed_at(100_000, tally)
    assert (tally.kills, tally.placed, tally.unconfirmed) == (0, 7, 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_deaths_at_a_service_that_lies(tally, seed, databases):
    scenes.pretended_storm(seed, tally, people=30, databases=databases)
    assert tally.kills
    assert tally.faults


def test_signals_at_random_moments(tally, databases):
    scenes.storm(3, tally, databases=databases)


def test_connections_that_are_cut_at_a_random_moment(tally, server):
    scenes.cut_off(1, tally, databases=server)


def test_a_server_that_crashes_in_the_middle_of_a_run(tally, server):
    assert scenes.crashed(tally, server, after=2) == 4
    assert tally.placed == 30


@pytest.mark.parametrize(("reading", "seconds"), [(3, -3600.0), (3, 3600.0), (4, 11.0)])
def test_a_clock_that_jumps(tally, reading, seconds):
    scenes.jumped(reading, seconds, tally)
    assert (tally.placed, tally.unconfirmed) == (7, 0)


def test_a_process_that_was_stopped_for_too_long_does_not_send(tally):
    scenes.stopped(tally, seconds=0.4, begin_within=0.3)
    assert (tally.placed, tally.unconfirmed) == (7, 0)


def test_with_the_lock_taken_away_the_claims_alone_prevent_a_second_call(tally, databases):
    scenes.raced(tally, latency=0.01, databases=databases)
    assert tally.placed == 30


@pytest.mark.parametrize(("most_bytes", "code"), [(40_000, 2), (150_000, 4)])
def test_a_file_that_cannot_grow(tally, most_bytes, code):
    assert scenes.filled(tally, most_bytes) == code


def test_a_full_disk(tally):
    try:
        code = scenes.filled_disk(tally, 260)
    except PermissionError as error:
        pytest.skip(f"{error}; that takes root")
    assert code == 4


@pytest.mark.parametrize("flip", [False, True])
def test_a_ledger_that_was_damaged(tally, flip):
    for seed in range(5):
        assert scenes.damaged(seed, tally, flip=flip) in {0, 2, 4, 75}
