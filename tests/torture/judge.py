"""What must hold in a world, at any time and once it has settled; raises AssertionError that says what does not."""

import json
from collections import Counter, defaultdict

from tests.program import NUMBERS
from tests.torture.world import World

#: In these states a batch has no part in what is to come: its people are another's.
_GIVEN_UP = {"superseded", "refused"}


def judge_any_time(world: World) -> None:
    """Nobody twice; nothing at the service that was not written down before; no claim and no row too many or too few."""
    assert not _called_twice(world)
    if not world.has_ledger():
        assert not world.calls.batches()
        return
    assert world.is_sound()
    _judge_written_down_first(world)
    _judge_rows(world)
    _judge_claims(world)


def judge_settled(world: World) -> None:
    """Also: everybody is accepted and was called once, or is unconfirmed and was called once or never; nobody waits."""
    judge_any_time(world)
    called, states = Counter(placed.address for placed in world.calls.placed()), _states(world)
    assert set(called) <= set(states)
    assert set(states) | set(world.refused) == set(NUMBERS[: world.people])
    assert not set(called) & set(world.refused)
    for number, of_batches in states.items():
        assert len(of_batches) == 1, (number, of_batches)
        assert of_batches[0] in {"accepted", "unconfirmed"}, (number, of_batches)
        assert called[number] == 1 or (of_batches[0] == "unconfirmed" and not called[number]), (number, of_batches)
    _judge_words(world)
    _judge_told(world)


def _called_twice(world: World) -> set[str]:
    return {number for number, times in Counter(each.address for each in world.calls.placed()).items() if times > 1}


def _states(world: World) -> dict[str, list[str]]:
    """For each number the states of the batches that it is in, without those given up."""
    found = defaultdict(list)
    for number, state in world.desk.sql("SELECT phone, state FROM people WHERE outcome = 'planned'"):
        if state not in _GIVEN_UP:
            found[number].append(state)
    return found


def _judge_written_down_first(world: World) -> None:
    names = [name for (name,) in world.desk.sql("SELECT call_name FROM attempts")]
    assert {batch.head["call_name"] for batch in world.calls.batches()} <= set(names)
    assert len(world.calls.requests("/submit")) <= len(names)


def _judge_rows(world: World) -> None:
    """rows = planned + to fix + left out + called before; planned + refused by name = the sum over the states of its batches."""
    uneven = world.desk.sql(
        "SELECT id FROM runs WHERE rows != planned + to_fix + left_out + called_before"
        " OR planned + (SELECT count(*) FROM rows WHERE run_id = runs.id AND codes = 'refused_by_service')"
        " != (SELECT coalesce(sum(recipients), 0) FROM batches WHERE run_id = runs.id)"
        " OR planned != (SELECT count(*) FROM rows WHERE run_id = runs.id AND outcome = 'planned' AND batch_id IS NOT NULL)"
        f" OR rows != {world.people + 1}"
    )
    assert uneven == []
    wrong = "SELECT id FROM batches WHERE recipients != (SELECT count(*) FROM rows WHERE batch_id = batches.id)"
    assert world.desk.sql(wrong) == []


def _judge_claims(world: World) -> None:
    """Those who are in a batch that is not given up are claimed by it, by number and id; nobody else is claimed."""
    claimed = world.desk.sql("SELECT batch_id, kind, address FROM claims ORDER BY 1, 2, 3")
    meant = world.desk.sql(
        "SELECT batch_id, 'id', recipient_id FROM people WHERE state NOT IN ('superseded', 'refused')"
        " UNION ALL SELECT batch_id, 'phone', substr(phone, 2) FROM people WHERE state NOT IN ('superseded', 'refused')"
        " ORDER BY 1, 2, 3"
    )
    assert claimed == meant


def _judge_words(world: World) -> None:
    """What the service has under an accepted batch's id is that batch: the same people at the same places."""
    bodies = {batch.id: json.loads(world.calls.body(batch.id))["recipients"] for batch in world.calls.batches()}
    accepted = world.desk.sql("SELECT DISTINCT batch_id, service_id FROM people WHERE state = 'accepted'")
    for batch, service_id in accepted:
        people = world.desk.sql(f"SELECT recipient_id FROM rows WHERE batch_id = {batch} ORDER BY position")
        assert [(person["id"],) for person in bodies[service_id]] == people


def _judge_told(world: World) -> None:
    """No error was one that should not happen, and none left as a traceback."""
    said = world.said.read_text("utf-8") if world.said.exists() else ""
    assert "Traceback" not in said, said
    assert "should not happen" not in said, said
