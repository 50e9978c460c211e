"""The memory: whom a campaign has called, by the states of its batches."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from pipeline.deliver.adopt import adopt
from pipeline.ledger import open_ledger
from schemas.outcomes import Outcome
from schemas.plan import row_text
from schemas.states import Answer, BatchState, Verdict
from tests.plans import NOW, Person, context, number, people, plan_of

REMEMBERED = {BatchState.SENDING, BatchState.ACCEPTED, BatchState.UNCONFIRMED, BatchState.CANCELLED}


@pytest.fixture
def ledger(place):
    with open_ledger(place, create=True, clock=lambda: NOW) as opened:
        yield opened


def put(ledger, state: BatchState) -> None:
    with ledger.transaction() as connection:
        connection.exec_driver_sql(f"UPDATE batches SET state = '{state}'")


@pytest.mark.parametrize("state", list(BatchState))
def test_only_batches_that_may_have_been_called_are_remembered(ledger, state):
    adopt(plan_of(people(2, 3)), ledger, context(), NOW)
    put(ledger, state)
    expected = [number(row) for row in (2, 3, 4)] if state in REMEMBERED else []
    assert ledger.memory("survey").phones.to_list() == expected


def test_the_memory_comes_in_compact_columns(ledger):
    persons = [*people(2, 1), Person(3, None, whatsapp="zoë"), Person(4, None, whatsapp="00123")]
    adopt(plan_of(persons), ledger, context(), NOW)
    put(ledger, BatchState.ACCEPTED)
    memory = ledger.memory("survey")
    assert_series_equal(memory.phones.sort(), pl.Series("phone", [123, number(2)], pl.Int64))
    assert_series_equal(memory.whatsapp, pl.Series("whatsapp", ["zoë"]))
    assert_series_equal(memory.ids, pl.Series("id", ["hs-2"]))


def test_a_name_that_was_never_used_remembers_nobody(ledger):
    memory = ledger.memory("new")
    assert (memory.phones.len(), memory.phones.dtype, memory.ids.dtype) == (0, pl.Int64, pl.String)


def test_one_campaign_does_not_remember_for_another(ledger):
    adopt(plan_of(people()), ledger, context(), NOW)
    put(ledger, BatchState.ACCEPTED)
    assert ledger.memory("another").phones.is_empty()


def test_a_claim_of_a_batch_that_is_being_sent_is_remembered_at_once(ledger):
    batch = adopt(plan_of(people(2, 2)), ledger, context(), NOW).batches[0].id
    attempt = ledger.begin(batch, "T", NOW)
    assert ledger.memory("survey").phones.len() == 2
    ledger.finish(batch, attempt, Answer(Verdict.NOT_PLACED), NOW)
    assert ledger.memory("survey").phones.is_empty()


def test_marks_are_crockfords_and_each_campaigns_own(ledger):
    marks = {ledger.mark(f"campaign {index}") for index in range(20)}
    assert len(marks) == 20
    assert all(len(mark) == 4 and set(mark) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for mark in marks)
    assert ledger.mark("campaign 0") in marks


nights = st.lists(
    st.tuples(st.sets(st.integers(2, 9), min_size=1), st.lists(st.sampled_from(list(Verdict)), min_size=4, max_size=4)),
    min_size=1,
    max_size=3,
)


@settings(max_examples=10, deadline=None)
@given(nights)
def test_whatever_the_nights_bring_nobody_is_sent_twice_but_whom_nobody_called(tmp_path_factory, nights):
    """Each night plans whom the memory does not know; a person's number may be in two requests only if the first one
    certainly placed nothing."""
    sent: dict[int, list[Verdict]] = {}
    with open_ledger(tmp_path_factory.mktemp("l") / "l.sqlite", create=True) as ledger:
        for rows, verdicts in nights:
            known = set(ledger.memory("survey").phones)
            adopted = adopt(
                plan_of([Person(row, number(row)) for row in sorted(rows) if number(row) not in known]),
                ledger,
                context(),
                NOW,
            )
            for batch, verdict in zip(adopted.batches, verdicts, strict=False):
                attempt = ledger.begin(batch.id, f"T{batch.id}", NOW)
                ledger.finish(batch.id, attempt, Answer(verdict), NOW)
                for text in ledger.payload(batch.id).split(b",\n"):
                    sent.setdefault(int(text[18:29]), []).append(verdict)
    may_ring = {Verdict.ACCEPTED, Verdict.UNKNOWN}
    assert all(verdict not in may_ring for verdicts in sent.values() for verdict in verdicts[:-1])


def test_the_rows_to_fix_of_the_last_runs_are_known_again_by_their_cells(ledger):
    def to_fix(*rows: int) -> list[Person]:
        return [*people(2, 3), *(Person(row, outcome=Outcome.TO_FIX, codes="not_a_date") for row in rows)]

    assert ledger.memory("survey").told.is_empty()
    adopt(plan_of(to_fix(5, 6)), ledger, context(), NOW)
    adopt(plan_of(to_fix(6, 8)), ledger, context(), NOW)
    adopt(plan_of(to_fix(9), name="another"), ledger, context(), NOW)
    cells = pl.DataFrame({"row": [5, 6, 8]}).select(
        pl.format(f"cell {index} of {{}}", "row").alias(f"c{index}") for index in range(3)
    )
    assert ledger.memory("survey").told.sort().to_list() == cells.select(row_text(cells.columns)).to_series().to_list()
