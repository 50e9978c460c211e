"""`[recall]`: who was not reached is called a further time, and nobody else; the stage, the memory and the whole program."""

import csv
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.deliver.adopt import ClaimConflict, adopt
from pipeline.ledger import open_ledger
from pipeline.plan.recall import recall, recall_notes
from pipeline.sandbox.progress import Pace
from schemas.addresses import Kind
from schemas.calls import Recalls
from schemas.earlier import Recall
from schemas.states import Answer, Verdict
from tests.conftest import DATABASES
from tests.plans import NOW, Person, context, number, people, plan_of
from tests.program import CAMPAIGN, NUMBERS, called
from tests.test_dedupe import outcomes, rows_of

RULE = Recall(when=("failed", "voicemail"), after="2d", at_most=2)
START = datetime.fromtimestamp(NOW, UTC)
DAY = 86_400
AGAIN = (
    CAMPAIGN.replace("max_recipients = 3", "max_recipients = 30")
    + '[recall]\nwhen = ["failed", "voicemail"]\nafter = "2d"\nat_most = 2\n'
)


def ended_first(seed=0, people=30):
    """The numbers whose first call ends in each way, in order."""
    pace, found = Pace(seed=seed), {"completed": [], "failed": [], "voicemail": []}
    for each in NUMBERS[:people]:
        found[pace.ending({"phone_number": each}, 0)].append(each)
    return found


def recalls_of(*calls: tuple[int | str, int, int | None], unknown: int = 0) -> Recalls:
    """Of (address, attempt, at); numbers are phones, texts are ids."""
    by = {kind: [] for kind in (Kind.PHONE, Kind.WHATSAPP, Kind.ID)}
    for key, attempt, at in calls:
        by[Kind.PHONE if isinstance(key, int) else Kind.ID].append((key, attempt, at))
    frames = {
        kind: pl.DataFrame(
            lines,
            schema={"key": pl.Int64 if kind is Kind.PHONE else pl.String, "attempt": pl.Int64, "at": pl.Int64},
            orient="row",
        )
        for kind, lines in by.items()
    }
    return Recalls(frames, unknown)


def attempts(rows: pl.DataFrame) -> list[tuple[str, int | None]]:
    return list(zip(outcomes(rows), rows["attempt"].to_list(), strict=True))


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([(1, 1, NOW - 2 * DAY)], ("planned", 2)),
        ([(1, 1, NOW - 2 * DAY + 1)], ("called_before", None)),
        ([(1, 2, NOW - 9 * DAY)], ("planned", 3)),
        ([(1, 3, NOW - 9 * DAY)], ("called_before", None)),
        ([(1, 1, None)], ("called_before", None)),
        ([(1, 1, NOW - 9 * DAY), ("a", 2, NOW - 5 * DAY)], ("planned", 3)),
        ([(1, 1, NOW - 9 * DAY), ("a", 2, NOW - DAY)], ("called_before", None)),
        ([], ("planned", None)),
    ],
)
def test_a_further_call_comes_after_a_while_and_a_few_times_at_the_most(calls, expected):
    rows = recall(rows_of((1, None, "a")), recalls_of(*calls), RULE, START)
    assert attempts(rows) == [expected]


@given(st.lists(st.tuples(st.sampled_from([1, 2, "a", "b"]), st.integers(1, 4), st.integers(0, 9)), max_size=8))
def test_what_any_address_of_a_person_says_counts(calls):
    """Against a plain oracle."""
    told = [(key, attempt, int(NOW) - days * DAY // 2) for key, attempt, days in calls]
    persons = [(1, None, "a"), (2, None, "b"), (3, None, "c")]
    rows = recall(rows_of(*persons), recalls_of(*told), RULE, START)
    for person, found in zip(persons, attempts(rows), strict=True):
        mine = [(attempt, at) for key, attempt, at in told if key in person]
        last = max((attempt for attempt, _ in mine), default=0)
        if not mine:
            assert found == ("planned", None)
        elif last <= 2 and all(at + 2 * DAY <= NOW for _, at in mine):
            assert found == ("planned", last + 1)
        else:
            assert found == ("called_before", None)


def test_without_the_rule_nothing_is_looked_at():
    rows = rows_of((1, None, "a"))
    assert recall(rows, None, None, START) is rows
    assert list(recall_notes(rows, None)) == []


def test_the_notes_say_how_many_and_whose_results_are_not_known():
    rows = recall(rows_of((1, None, "a"), (2, None, "b")), recalls_of((1, 1, 0)), RULE, START)
    people, batches = recall_notes(rows, recalls_of(unknown=2))
    assert people == "1 person is called a further time, since no earlier call reached them ([recall])."
    assert batches.startswith("The results of 2 batches are not known for good: nobody in them")


def further(first: int, count: int, attempt: int | None):
    """A plan for people of whom it is this call."""
    plan = plan_of(people(first, count), per_batch=9)
    return replace(plan, rows=plan.rows.with_columns(attempt=pl.lit(attempt, pl.UInt8)))


@pytest.fixture
def ledger(place):
    with open_ledger(place, create=True, clock=lambda: NOW) as opened:
        yield opened


def accepted(ledger, plan):
    """Adopt and send a plan of one batch."""
    done = adopt(plan, ledger, context(), NOW)
    for batch in done.batches:
        attempt = ledger.begin(batch.id, f"TOKEN{batch.id:05}", NOW)
        ledger.finish(batch.id, attempt, Answer(Verdict.ACCEPTED), NOW)
    return done.run_id


def tell(ledger, run, row, status, *, final=True, problem=None):
    with ledger.transaction() as connection:
        (batch,) = connection.exec_driver_sql(f"SELECT id FROM batches WHERE run_id = {run}").one()
        told = "NULL" if problem is None else f"'{problem}'"
        connection.exec_driver_sql(
            "INSERT INTO results (run_id, row, batch_id, status, updated_at_unix, problem)"
            f" VALUES ({run}, {row}, {batch}, '{status}', {int(NOW)}, {told})"
        )
        connection.exec_driver_sql(
            f"UPDATE batches SET results_final = {'TRUE' if final else 'FALSE'} WHERE id = {batch}"
        )


def remembered(ledger):
    """Whose calls are over, and who may be called a further time: their numbers, with the attempt."""
    memory = ledger.memory("survey", recall=RULE)
    again = memory.recalls.by[Kind.PHONE].select("key", "attempt").rows()
    assert len(memory.recalls.by[Kind.ID]) == len(again)
    return sorted(memory.phones), sorted(again)


def test_only_results_that_are_known_final_and_named_may_be_called_again(ledger):
    run = accepted(ledger, plan_of(people(2, 5), per_batch=9))
    everybody = [number(row) for row in range(2, 7)]
    assert remembered(ledger) == (everybody, [])
    assert ledger.memory("survey", recall=RULE).recalls.unknown == 1
    for row, status in ((2, "failed"), (3, "voicemail"), (4, "completed"), (5, "failed")):
        tell(ledger, run, row, status, final=False, problem="two people have this id" if row == 5 else None)
    assert remembered(ledger) == (everybody, [])
    with ledger.transaction() as connection:
        connection.exec_driver_sql("UPDATE batches SET results_final = TRUE")
    assert remembered(ledger) == (everybody[2:], [(number(2), 1), (number(3), 1)])
    assert ledger.memory("survey", recall=RULE).recalls.unknown == 0
    assert ledger.memory("survey").recalls is None
    assert sorted(ledger.memory("survey").phones) == everybody


def test_a_further_call_that_is_not_over_is_in_the_way_of_the_next(ledger):
    tell(ledger, accepted(ledger, further(2, 1, None)), 2, "failed")
    second = accepted(ledger, further(2, 1, 2))
    assert remembered(ledger) == ([number(2)], [(number(2), 1)])
    tell(ledger, second, 2, "voicemail")
    assert remembered(ledger) == ([], [(number(2), 1), (number(2), 2)])


def test_the_same_further_call_is_claimed_once(ledger):
    accepted(ledger, further(2, 2, None))
    accepted(ledger, further(2, 1, 2))
    with pytest.raises(ClaimConflict):
        adopt(further(2, 2, 2), ledger, context(), NOW)
    with pytest.raises(ClaimConflict):
        adopt(further(2, 1, None), ledger, context(), NOW)


def test_a_further_call_is_seen_where_the_first_was_to_another_number(ledger):
    """Under the new number there is no first call, so that its claim alone would not be in the way."""
    moved = plan_of([Person(2, number(70), id="hs-2")])
    accepted(ledger, further(2, 1, None))
    accepted(ledger, replace(moved, rows=moved.rows.with_columns(attempt=pl.lit(2, pl.UInt8))))
    with pytest.raises(ClaimConflict):
        adopt(plan_of([Person(9, number(70), id="hs-9")]), ledger, context(), NOW)


def days_pass(desk, days):
    """As if all that is known had happened so many days earlier."""
    desk.sql(f"UPDATE results SET updated_at_unix = updated_at_unix - {days * DAY}")


@pytest.mark.parametrize("desk", DATABASES, indirect=True)
def test_people_who_were_not_reached_are_called_again_and_each_call_has_its_result(desk, at_service):
    sandbox, first = at_service(), ended_first()
    missed = sorted(first["failed"] + first["voicemail"])
    assert missed
    desk.write(people=30, campaign=AGAIN)
    assert desk.run("--json").document["counts"]["planned"] == 30
    assert desk.run("--json").document["counts"]["called_before"] == 30
    days_pass(desk, 3)
    checked = desk.call("check", str(desk.file), "--json", "--no-report").document
    assert checked["counts"] == {
        "rows": 30, "planned": len(missed), "to_fix": 0, "left_out": 0, "called_before": 30 - len(missed)
    }  # fmt: skip
    assert f"{len(missed)} people are called a further time" in " ".join(checked["notes"])
    assert desk.run().code == 0
    assert sorted(called(sandbox)[30:]) == missed
    assert desk.run("--json").document["counts"]["planned"] == 0
    for run, attempt, count in ((1, "1", 30), (2, "2", len(missed))):
        out = desk.folder / f"results-{run}.csv"
        assert desk.call("results", "--run", str(run), "--out", str(out)).code == 0
        with out.open(encoding="utf-8", newline="") as file:
            told = list(csv.DictReader(file))
        assert [line["campaign_attempt"] for line in told] == [attempt] * count
        assert {line["campaign_status"] for line in told} <= first.keys()
    assert "call 2 to this person" in desk.call("who", missed[0]).out


def test_the_last_further_call_is_the_last(desk, at_service):
    sandbox = at_service(seed=next(seed for seed in range(9999) if _never_reached(seed)))
    desk.write(people=1, campaign=AGAIN)
    for _ in range(5):
        assert desk.run().code == 0
        desk.call("results", "--out", str(desk.folder / "r.csv"))
        days_pass(desk, 3)
    assert called(sandbox) == NUMBERS[:1] * 3
    assert desk.sql("SELECT attempt FROM claims WHERE kind = 'phone' ORDER BY attempt") == [(1,), (2,), (3,)]


def _never_reached(seed):
    """Whether each first call of a batch to the first number ends in vain; the sandbox tells them by number alone."""
    return Pace(seed=seed).ending({"phone_number": NUMBERS[0]}, 0) != "completed"


def test_who_is_blocked_released_or_forgotten_after_a_missed_call(desk, at_service, monkeypatch):
    monkeypatch.setenv("CAMPAIGN_HASH_KEY", "k" * 32)
    sandbox, first = at_service(), ended_first()
    missed = (first["failed"] + first["voicemail"])[:3]
    desk.write(people=30, campaign=AGAIN)
    assert desk.run().code == 0
    assert desk.call("results", "--out", str(desk.folder / "r.csv")).code == 0
    days_pass(desk, 3)
    blocked, forgotten, released = missed
    assert desk.call("people block", blocked, "--reason", "no", "--yes").code == 0
    assert desk.call("people forget", forgotten, "--yes").code == 0
    assert desk.call("people release", released, "--call-again", "--yes").code == 0
    assert desk.run().code == 0
    again = called(sandbox)[30:]
    assert blocked not in again
    assert forgotten not in again
    assert released in again
    ((row,),) = desk.sql("SELECT row FROM rows WHERE run_id = 2 AND phone = ?", released)
    assert desk.sql("SELECT attempt FROM claims WHERE run_id = 2 AND row = ? AND kind = 'phone'", row) == [(1,)]


def test_a_service_that_does_not_tell_results_lets_nobody_be_called_again(desk, at_service):
    sandbox = at_service("batch/404:*")
    desk.write(people=30, campaign=AGAIN)
    assert desk.run().code == 0
    ended = desk.run()
    assert ended.code == 0
    assert "the results of run 1, batch 1:" in ended.err
    assert len(called(sandbox)) == 30
