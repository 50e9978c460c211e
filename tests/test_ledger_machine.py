"""The ledger against a plain model, in any order of what can happen: nobody is claimed twice, and no state is skipped."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from pipeline.deliver.adopt import ClaimConflict, adopt
from pipeline.ledger import open_ledger
from schemas.errors import CampaignError
from schemas.states import STATE_AFTER, Answer, BatchState, Verdict
from tests.plans import NOW, Person, context, number, plan_of

NAME = "survey"
CALLED = {BatchState.SENDING, BatchState.ACCEPTED, BatchState.UNCONFIRMED}
ROWS = st.sets(st.integers(2, 9), min_size=1)


@dataclass
class Model:
    """A batch: its people by their rows, and where it stands."""

    rows: frozenset[int]
    state: BatchState = BatchState.PLANNED


class LedgerMachine(RuleBasedStateMachine):
    batches = Bundle("batches")
    open_attempts = Bundle("open attempts")

    def __init__(self, place: Callable[[], str | Path]):
        super().__init__()
        self.ledger = open_ledger(place(), create=True, clock=lambda: NOW)
        self.model: dict[int, Model] = {}
        self.tokens = 0

    def teardown(self):
        self.ledger.close()

    def called(self) -> set[int]:
        return {row for batch in self.model.values() if batch.state in CALLED for row in batch.rows}

    def adopted(self, rows, per_batch):
        """The batches that a plan for these rows became; raises ClaimConflict."""
        plan = plan_of(
            [Person(row, number(row), id=f"hs-{row}") for row in sorted(rows)], name=NAME, per_batch=per_batch
        )
        done = adopt(plan, self.ledger, context(), NOW)
        for batch in self.model.values():
            if batch.state is BatchState.PLANNED:
                batch.state = BatchState.SUPERSEDED
        ordered = sorted(rows)
        for at, batch in enumerate(done.batches):
            self.model[batch.id] = Model(frozenset(ordered[at * per_batch : (at + 1) * per_batch]))
        return done

    @rule(target=batches, rows=ROWS, per_batch=st.integers(1, 3))
    def adopt_what_the_memory_allows(self, rows, per_batch):
        free = rows - self.called()
        return multiple(*(batch.id for batch in self.adopted(free, per_batch).batches)) if free else multiple()

    @rule(target=batches, rows=ROWS, per_batch=st.integers(1, 3))
    def adopt_what_was_planned_before(self, rows, per_batch):
        if rows & self.called():
            with pytest.raises(ClaimConflict):
                self.adopted(rows, per_batch)
            return multiple()
        return multiple(*(batch.id for batch in self.adopted(rows, per_batch).batches))

    @rule(target=open_attempts, batch=batches)
    def begin(self, batch):
        self.tokens += 1
        attempt = self.ledger.begin(batch, f"T{self.tokens:09d}", NOW)
        assert (attempt is not None) == (self.model[batch].state is BatchState.PLANNED)
        if attempt is None:
            return multiple()
        self.model[batch].state = BatchState.SENDING
        return (batch, attempt)

    @rule(attempt=consumes(open_attempts), verdict=st.sampled_from(Verdict))
    def finish(self, attempt, verdict):
        state = self.ledger.finish(*attempt, Answer(verdict), NOW)
        assert state is STATE_AFTER[verdict]
        self.model[attempt[0]].state = state
        with pytest.raises(CampaignError):
            self.ledger.finish(*attempt, Answer(Verdict.ACCEPTED), NOW)

    @rule()
    def find_orphans(self):
        sending = [batch for batch in self.model.values() if batch.state is BatchState.SENDING]
        assert self.ledger.orphans(NAME, NOW) == len(sending)
        for batch in sending:
            batch.state = BatchState.UNCONFIRMED

    @rule(batch=batches, code=st.sampled_from([0, 3, 4]))
    def end_a_run(self, batch, code):
        with self.ledger.transaction(reading=True) as connection:
            (run,) = connection.exec_driver_sql(f"SELECT run_id FROM batches WHERE id = {batch}").one()
        self.ledger.end_run(run, code, NOW)

    @invariant()
    def the_states_are_those_of_the_model(self):
        with self.ledger.transaction(reading=True) as connection:
            found = connection.exec_driver_sql("SELECT id, state FROM batches").all()
        assert {batch: BatchState(state) for batch, state in found} == {
            batch: model.state for batch, model in self.model.items()
        }

    @invariant()
    def whoever_may_have_been_called_is_remembered_and_nobody_else(self):
        memory = self.ledger.memory(NAME)
        assert sorted(memory.phones) == sorted(map(number, self.called()))
        assert sorted(memory.ids) == sorted(f"hs-{row}" for row in self.called())

    @invariant()
    def everybody_is_claimed_once_by_the_batch_that_calls_them(self):
        with self.ledger.transaction(reading=True) as connection:
            claimed = connection.exec_driver_sql("SELECT address, batch_id FROM claims WHERE kind = 'phone'").all()
        live = {batch: model for batch, model in self.model.items() if model.state in {*CALLED, BatchState.PLANNED}}
        assert sorted(map(tuple, claimed)) == sorted(
            (str(number(row)), batch) for batch, model in live.items() for row in model.rows
        )


OFTEN = settings(max_examples=8, stateful_step_count=20, deadline=None)
SLOWLY = settings(OFTEN, max_examples=5)


def test_the_ledger_does_what_the_model_says(tmp_path):
    numbers = count()
    run_state_machine_as_test(lambda: LedgerMachine(lambda: tmp_path / f"{next(numbers)}.sqlite"), settings=OFTEN)


def test_so_does_a_ledger_on_a_server(server):
    run_state_machine_as_test(lambda: LedgerMachine(lambda: server.fresh("ledger")), settings=SLOWLY)
