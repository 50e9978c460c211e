"""Adopting a plan: whole or not at all, and nobody claimed twice."""

import io
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from pipeline.deliver.adopt import Adopted, ClaimConflict, adopt
from pipeline.ledger import open_ledger
from schemas.outcomes import Outcome
from schemas.request import Head
from schemas.states import Answer, BatchState, Verdict
from schemas.suppression import SuppressionList
from tests.plans import NOW, Person, Spilled, context, number, people, plan_of

TABLES = ("campaigns", "runs", "batches", "payloads", "rows", "sources", "claims", "attempts")


@pytest.fixture
def ledger(place):
    with open_ledger(place, create=True, clock=lambda: NOW) as opened:
        yield opened


def lines(ledger, query: str) -> list[tuple]:
    with ledger.transaction(reading=True) as connection:
        return [tuple(line) for line in connection.exec_driver_sql(query)]


def everything(ledger) -> dict[str, list[tuple]]:
    return {table: lines(ledger, f"SELECT * FROM {table}") for table in TABLES}


def accept(ledger, adopted: Adopted, which: int = 0, verdict: Verdict = Verdict.ACCEPTED) -> None:
    batch = adopted.batches[which].id
    attempt = ledger.begin(batch, f"TOKEN{batch:05}", NOW)
    ledger.finish(batch, attempt, Answer(verdict), NOW)


MIXED = [
    *people(2, 3),
    Person(5, outcome=Outcome.TO_FIX, codes="not_a_date,phone_too_short"),
    Person(6, number(3), outcome=Outcome.LEFT_OUT, codes="duplicate_phone"),
    Person(7, number(900), outcome=Outcome.CALLED_BEFORE, codes="called_before"),
]


def test_a_plan_becomes_a_run_with_its_batches(ledger):
    start = datetime(2024, 4, 1, 13, tzinfo=UTC)
    adopted = adopt(plan_of(MIXED, start=start), ledger, context(), NOW)
    head = Head("Survey April", "agent_1", "phone_1", start=1_711_976_400)
    assert [(b.number, b.recipients, b.head) for b in adopted.batches] == [(1, 2, head), (2, 1, head)]
    assert ledger.ready(adopted.run_id) == adopted.batches


def test_a_head_keeps_all_that_it_carries(ledger):
    head = Head("Süß", "a", None, None, {"whatsapp_phone_number_id": "w"}, {"target_concurrency_limit": 10})
    adopted = adopt(replace(plan_of(people()), head=head), ledger, context(), NOW)
    assert adopted.batches[0].head == head


def test_a_run_says_with_what_it_was_made(ledger):
    adopt(plan_of(MIXED), ledger, context(), NOW)
    who = "host, pid, program_version, base_url, key_fingerprint, source_path"
    assert lines(ledger, f"SELECT {who} FROM runs") == [
        ("box", 4711, "1.2.3", "https://api.example", "f1ng3r", "people.csv")
    ]
    when = "kind, started_at, ended_at, exit_code, start_unix"
    assert lines(ledger, f"SELECT {when} FROM runs") == [("run", "2024-04-01T13:00:00.000Z", None, None, None)]
    ((inputs, source),) = lines(ledger, "SELECT CAST(inputs AS TEXT), source_sha256 FROM runs")
    assert json.loads(inputs) == {"people.csv": "ab" * 32, "prompt.md": "cd" * 32}
    assert source == "ab" * 32


def test_a_run_says_which_lists_it_heeded(ledger):
    heeded = SuppressionList("dnc.csv", "ef" * 32, 3, 1, datetime(2024, 3, 1, tzinfo=UTC), 31, True, 31)
    adopt(replace(plan_of(people()), lists=(heeded,)), ledger, context(), NOW)
    ((lists,),) = lines(ledger, "SELECT CAST(lists AS TEXT) FROM runs")
    assert json.loads(lists) == [
        {"name": "dnc.csv", "sha256": "ef" * 32, "numbers": 3, "refused": 1, "as_of": "2024-03-01T00:00:00+00:00",
         "age_days": 31, "registry": True, "most_days": 31, "read_as": ""},
    ]  # fmt: skip


def test_every_row_is_counted_and_all_but_those_called_before_are_stored(ledger):
    adopt(plan_of(MIXED), ledger, context(), NOW)
    counts = lines(ledger, "SELECT rows, planned, to_fix, left_out, called_before FROM runs")
    assert counts == [(6, 3, 1, 1, 1)]
    stored = lines(ledger, "SELECT row, outcome, batch, position, phone, recipient_id, codes FROM people ORDER BY row")
    assert stored == [
        (2, "planned", 1, 0, "+14155550002", "hs-2", None),
        (3, "planned", 1, 1, "+14155550003", "hs-3", None),
        (4, "planned", 2, 0, "+14155550004", "hs-4", None),
        (5, "to_fix", None, None, None, None, "not_a_date,phone_too_short"),
        (6, "left_out", None, None, "+14155550003", None, "duplicate_phone"),
    ]


def test_the_words_of_a_batch_come_back_to_the_byte(ledger):
    plan = plan_of(people(2, 3))
    adopted = adopt(plan, ledger, context(), NOW)
    assert [ledger.payload(batch.id) for batch in adopted.batches] == [
        text for _, text in plan.spilled.payloads(plan.rows)
    ]


def test_the_source_columns_are_kept_under_their_headers(ledger):
    headers = ("Name", "Name", "", "row")
    adopt(plan_of(MIXED, headers=headers), ledger, context(), NOW)
    ((columns, blob),) = lines(ledger, "SELECT CAST(columns AS TEXT), parquet FROM sources")
    kept = pl.read_parquet(io.BytesIO(blob))
    assert columns == '["Name", "Name", "", "row"]'
    assert kept.columns == ["row", "Name", "Name#2", "column 3", "row#2"]
    assert kept["row"].to_list() == [2, 3, 4, 5, 6]
    assert kept["Name#2"].to_list()[0] == "cell 1 of 2"


def test_a_plan_without_anybody_is_a_run_all_the_same(ledger):
    adopted = adopt(plan_of([Person(2, outcome=Outcome.TO_FIX, codes="phone_letters")]), ledger, context(), NOW)
    assert adopted.batches == ()
    assert lines(ledger, "SELECT planned, to_fix FROM runs") == [(0, 1)]


def test_a_person_is_claimed_by_every_address(ledger):
    persons = [
        Person(2, number(2), whatsapp=f"+{number(2)}", id="a"),  # one number, written twice
        Person(3, number(3), whatsapp=str(number(30))),
        Person(4, None, whatsapp="zoë.business", id="c"),
        Person(5, None, whatsapp=str(number(5))),
    ]
    adopt(plan_of(persons), ledger, context(), NOW)
    assert lines(ledger, "SELECT kind, address, row FROM claims ORDER BY row, kind") == [
        ("id", "a", 2),
        ("phone", "14155550002", 2),
        ("phone", "14155550003", 3),
        ("phone", "14155550030", 3),
        ("id", "c", 4),
        ("whatsapp", "zoë.business", 4),
        ("phone", "14155550005", 5),
    ]


@pytest.mark.parametrize(
    "other",
    [
        Person(9, number(3)),
        Person(9, number(900), whatsapp=str(number(3))),
        Person(9, number(900), id="hs-3"),
        Person(9, None, whatsapp=f"+{number(3)}"),
    ],
)
def test_a_conflict_by_any_address_changes_nothing(ledger, other):
    accept(ledger, adopt(plan_of(people(2, 2)), ledger, context(), NOW))
    before = everything(ledger)
    with pytest.raises(ClaimConflict):
        adopt(plan_of([*people(20, 4), other]), ledger, context(), NOW)
    assert everything(ledger) == before


def test_a_conflict_leaves_what_waited_from_earlier_runs_as_it_was(ledger):
    first = adopt(plan_of(people(2, 4)), ledger, context(), NOW)
    accept(ledger, first)
    before = everything(ledger)
    with pytest.raises(ClaimConflict):
        adopt(plan_of(people(2, 4)), ledger, context(), NOW)
    assert everything(ledger) == before
    assert ledger.ready(first.run_id) == first.batches[1:]


def test_a_failure_after_the_claims_changes_nothing(ledger):
    class Broken(Spilled):
        def source_columns(self, rows):
            del rows
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="gone"):
        adopt(replace(plan_of(people()), spilled=Broken()), ledger, context(), NOW)
    assert set(map(len, everything(ledger).values())) == {0}


def test_a_new_run_takes_over_whom_an_earlier_one_never_called(ledger):
    first = adopt(plan_of(people(2, 4)), ledger, context(), NOW)
    accept(ledger, first)
    second = adopt(plan_of(people(4, 3)), ledger, context(), NOW)
    assert [batch.state for batch in ledger.sent(first.run_id)] == [BatchState.ACCEPTED, BatchState.SUPERSEDED]
    claimed = lines(ledger, f"SELECT address FROM claims WHERE kind = 'phone' AND run_id = {second.run_id} ORDER BY 1")
    assert claimed == [(str(number(row)),) for row in (4, 5, 6)]
    assert ledger.begin(first.batches[1].id, "TOKEN", NOW) is None


def test_whoever_is_not_in_the_new_plan_is_free(ledger):
    adopt(plan_of(people(2, 4)), ledger, context(), NOW)
    adopt(plan_of(people(4, 1)), ledger, context(), NOW)
    assert lines(ledger, "SELECT DISTINCT row FROM claims") == [(4,)]


def test_another_campaign_is_another_memory(ledger):
    first = adopt(plan_of(people()), ledger, context(), NOW)
    adopt(plan_of(people(), name="another"), ledger, context(), NOW)
    assert ledger.ready(first.run_id) == first.batches
    assert len(lines(ledger, "SELECT DISTINCT campaign_id FROM claims")) == 2


def test_a_test_claims_nobody_and_supersedes_no_run(ledger):
    run = adopt(plan_of(people()), ledger, context(), NOW)
    claims = lines(ledger, "SELECT * FROM claims")
    adopt(plan_of(people()), ledger, context("test"), NOW)
    assert lines(ledger, "SELECT * FROM claims") == claims
    assert ledger.ready(run.run_id) == run.batches


def test_a_run_leaves_the_batch_of_a_test_alone(ledger):
    test = adopt(plan_of(people()), ledger, context("test"), NOW)
    adopt(plan_of(people()), ledger, context(), NOW)
    assert ledger.ready(test.run_id) == test.batches
    assert ledger.memory("survey").phones.is_empty()


def test_of_two_who_race_for_the_same_people_one_gets_them_all(ledger):
    """Without the lock: the first one's batches are on their way when the second adopts what it planned before."""
    plan, together, outcomes = plan_of(people(2, 50), per_batch=100), threading.Barrier(2), []

    def compete() -> None:
        with open_ledger(ledger.place) as mine:
            together.wait()
            try:
                adopted = adopt(plan, mine, context(), NOW)
                outcomes.append(mine.begin(adopted.batches[0].id, f"T{adopted.run_id}", NOW) is not None)
            except ClaimConflict:
                outcomes.append(False)

    threads = [threading.Thread(target=compete) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sending = lines(ledger, "SELECT sum(recipients) FROM batches WHERE state = 'sending'")
    assert sorted(outcomes) == [False, True]
    assert sending == [(50,)]
    assert lines(ledger, "SELECT count(*), count(DISTINCT address) FROM claims WHERE kind = 'phone'") == [(50, 50)]
