"""A refusal that names recipients: who is to fix, who goes on, and that nobody is free for a moment who should not be."""

import sqlite3

import pytest

from pipeline.deliver.adopt import ClaimConflict, adopt
from pipeline.ledger import open_ledger
from schemas.outcomes import Outcome
from schemas.request import RECIPIENT_SEPARATOR
from schemas.states import Answer, BatchState, Verdict
from tests.plans import NOW, Person, context, number, people, plan_of


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite", create=True, clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def batch(ledger):
    """The first of two batches, of five people in the rows 2 to 6, whose run has a row to fix."""
    bad = Person(9, outcome=Outcome.TO_FIX, codes="phone_too_short")
    return adopt(plan_of([*people(2, 7), bad], per_batch=5), ledger, context(), NOW).batches[0]


def refuse(ledger, batch, *positions, **more):
    said = {position: f"bad at {position}" for position in positions}
    answer = Answer(Verdict.REFUSED, 422, "value_error", "some are bad", recipients=positions, said=said, **more)
    attempt = ledger.begin(batch.id, f"T{batch.id}", NOW)
    return ledger.finish(batch.id, attempt, answer, NOW + 1)


def sql(ledger, statement):
    connection = sqlite3.connect(ledger.place)
    found = connection.execute(statement).fetchall()
    connection.close()
    return found


def test_the_named_are_to_fix_and_free_and_the_rest_is_a_batch_of_the_run(ledger, batch):
    assert refuse(ledger, batch, 1, 3) is BatchState.REFUSED
    rest = ledger.rest(batch.id)
    assert (rest.number, rest.recipients, rest.head) == (3, 3, batch.head)
    assert sql(ledger, "SELECT row, outcome, codes, said, batch_id, position FROM rows WHERE row < 7 ORDER BY row") == [
        (2, "planned", None, None, rest.id, 0),
        (3, "to_fix", "refused_by_service", "bad at 1", batch.id, 1),
        (4, "planned", None, None, rest.id, 1),
        (5, "to_fix", "refused_by_service", "bad at 3", batch.id, 3),
        (6, "planned", None, None, rest.id, 2),
    ]
    assert sorted(sql(ledger, f"SELECT DISTINCT batch_id, row FROM claims WHERE batch_id IN ({batch.id}, {rest.id})")) == [
        (rest.id, 2), (rest.id, 4), (rest.id, 6),
    ]  # fmt: skip


def test_the_words_of_the_rest_are_the_same_bytes(ledger, batch):
    before = ledger.payload(batch.id).split(RECIPIENT_SEPARATOR)
    refuse(ledger, batch, 0, 3)
    rest = ledger.rest(batch.id)
    assert ledger.payload(rest.id).split(RECIPIENT_SEPARATOR) == [before[1], before[2], before[4]]
    assert ledger.payload(batch.id).split(RECIPIENT_SEPARATOR) == before
    ((whole,), (less,)) = sql(ledger, f"SELECT body_bytes FROM batches WHERE id IN ({batch.id}, {rest.id}) ORDER BY id")
    assert whole - less == len(ledger.payload(batch.id)) - len(ledger.payload(rest.id))


def test_rows_and_people_are_conserved(ledger, batch):
    refuse(ledger, batch, 2)
    assert sql(ledger, "SELECT rows, planned, to_fix, left_out FROM runs") == [(8, 6, 2, 0)]
    assert [(each.number, each.recipients, each.rest_of, each.named_rows) for each in ledger.sent(1)] == [
        (1, 1, None, (4,)), (2, 2, None, ()), (3, 4, 1, ()),
    ]  # fmt: skip


def test_what_was_not_as_planned_is_told_row_by_row(ledger, batch):
    assert ledger.refused_rows(1).is_empty()
    refuse(ledger, batch, 0, 1, 2, 4)
    assert ledger.refused_rows(1).rows() == [
        (2, 1, "bad at 0"), (3, 1, "bad at 1"), (4, 1, "bad at 2"), (5, 3, None), (6, 1, "bad at 4"),
    ]  # fmt: skip


def test_nobody_of_the_rest_can_be_claimed_by_another_run_and_the_named_can(ledger, batch):
    refuse(ledger, batch, 1)
    rest = ledger.rest(batch.id)
    ledger.begin(rest.id, "R", NOW)
    with pytest.raises(ClaimConflict):
        adopt(plan_of([Person(2, number(2), id="hs-2")]), ledger, context(), NOW)
    adopt(plan_of([Person(3, number(3), id="hs-3")]), ledger, context(), NOW)


def test_where_all_are_named_there_is_no_rest(ledger, batch):
    refuse(ledger, batch, 0, 1, 2, 3, 4)
    assert ledger.rest(batch.id) is None
    assert sql(ledger, "SELECT planned, to_fix FROM runs") == [(2, 6)]
    assert sql(ledger, f"SELECT 1 FROM claims WHERE batch_id = {batch.id}") == []


@pytest.mark.parametrize("positions", [(), (5,), (0, 5), (10_000,)])
def test_who_names_nobody_or_somebody_else_has_refused_the_whole_batch(ledger, batch, positions):
    assert refuse(ledger, batch, *positions) is BatchState.REFUSED
    assert ledger.rest(batch.id) is None
    assert sql(ledger, "SELECT planned, to_fix FROM runs") == [(7, 1)]
    assert sql(ledger, f"SELECT 1 FROM claims WHERE batch_id = {batch.id}") == []


def test_the_same_people_are_sent_three_times_at_the_most(ledger, batch):
    sent = [batch]
    while refuse(ledger, sent[-1], 0) and (rest := ledger.rest(sent[-1].id)):
        sent.append(rest)
    assert [each.recipients for each in sent] == [5, 4, 3]
    assert [(each.recipients, each.state.value) for each in ledger.sent(1)] == [
        (1, "refused"), (2, "planned"), (1, "refused"), (3, "refused"),
    ]  # fmt: skip
    assert sql(ledger, "SELECT planned, to_fix FROM runs") == [(4, 4)]
    assert len(sql(ledger, "SELECT 1 FROM claims WHERE kind = 'phone'")) == 2


def test_without_a_word_of_its_own_a_row_has_the_words_about_the_batch(ledger, batch):
    attempt = ledger.begin(batch.id, "T", NOW)
    ledger.finish(batch.id, attempt, Answer(Verdict.REFUSED, 422, message="bad", recipients=(4,)), NOW)
    assert sql(ledger, "SELECT row, said FROM rows WHERE said NOT NULL") == [(6, "bad")]


def test_an_answer_that_comes_too_late_changes_nobody(ledger, batch):
    late = ledger.begin(batch.id, "A", NOW)
    with ledger.transaction() as connection:  # as somebody does who settles it by hand
        connection.exec_driver_sql("UPDATE batches SET state = 'planned'")
    ledger.finish(batch.id, late, Answer(Verdict.REFUSED, 422, recipients=(1,), said={1: "bad"}), NOW)
    assert ledger.rest(batch.id) is None
    assert sql(ledger, "SELECT count(*) FROM rows WHERE outcome = 'planned'") == [(7,)]


def test_words_that_are_gone_make_no_batch(ledger, batch):
    attempt = ledger.begin(batch.id, "T", NOW)
    with ledger.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM payloads")
    ledger.finish(batch.id, attempt, Answer(Verdict.REFUSED, 422, recipients=(1,), said={1: "bad"}), NOW)
    assert (ledger.rest(batch.id), [each.recipients for each in ledger.sent(1)]) == (None, [5, 2])
