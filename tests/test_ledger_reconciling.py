"""What the ledger keeps of attempts that were left open, and in which states they may be settled."""

import pytest

from pipeline.deliver.adopt import adopt
from pipeline.ledger import open_ledger
from pipeline.ledger.reconciling import Word
from schemas.states import Answer, Verdict
from tests.plans import NOW, context, people, plan_of
from tests.test_ledger_attempts import RECEIPT

LOST = Answer(Verdict.UNKNOWN, message="cut")
ACCEPTED = Answer(Verdict.ACCEPTED, 200, receipt=RECEIPT, echoed=True)
SAID = {
    "found": lambda ledger, trace: ledger.found(trace, RECEIPT, NOW + 9),
    "absent": lambda ledger, trace: ledger.absent(trace, NOW + 9),
    "placed": lambda ledger, trace: ledger.settle(trace, Word("ann", "btcal_9", None), NOW + 9),
    "not_placed": lambda ledger, trace: ledger.settle(trace, Word("ann", None, "not checked"), NOW + 9),
}
STATES = {"found": "accepted", "absent": "planned", "placed": "accepted", "not_placed": "planned"}


@pytest.fixture
def ledger(place):
    with open_ledger(place, create=True, clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def batches(ledger):
    """Two batches, not sent yet."""
    return adopt(plan_of(people(2, 4)), ledger, context(), NOW).batches


def send(ledger, batch, token, answer, at=NOW):
    ledger.finish(batch.id, ledger.begin(batch.id, token, at), answer, at + 1)


def asked(ledger, query):
    with ledger.transaction(reading=True) as connection:
        return [tuple(line) for line in connection.exec_driver_sql(query)]


def test_only_attempts_that_may_yet_turn_up_leave_a_trace(ledger, batches):
    send(ledger, batches[0], "T1", LOST)
    send(ledger, batches[1], "T2", ACCEPTED)
    (trace,) = ledger.traces("survey")
    assert (trace.token, trace.run, trace.batch, trace.recipients, trace.agent_id) == ("T1", 1, 1, 2, "agent_1")
    assert (trace.base_url, trace.key_fingerprint, trace.given_up_at) == ("https://api.example", "f1ng3r", NOW + 1)
    assert trace.is_open
    assert not trace.is_watched
    assert ledger.traces("another") == []


def test_an_attempt_whose_sender_was_killed_is_given_up_when_it_began(ledger, batches):
    ledger.begin(batches[0].id, "T1", NOW + 5)
    ledger.orphans("survey", NOW + 60)
    (trace,) = ledger.traces("survey")
    assert (trace.is_open, trace.given_up_at) == (True, NOW + 5)


@pytest.mark.parametrize("word", SAID)
def test_each_word_moves_an_unconfirmed_batch_once_and_is_kept(ledger, batches, word):
    send(ledger, batches[0], "T1", LOST)
    (trace,) = ledger.traces("survey")
    assert SAID[word](ledger, trace)
    assert asked(ledger, "SELECT state FROM batches ORDER BY id") == [(STATES[word],), ("planned",)]
    by, note = ("ann" if "placed" in word else None), ("not checked" if word == "not_placed" else None)
    assert asked(ledger, "SELECT settled, settled_by, settled_note FROM attempts") == [(word, by, note)]
    assert asked(ledger, "SELECT count(*) FROM claims WHERE batch_id = 1") == [(4,)]
    watched = [trace.is_watched for trace in ledger.traces("survey")]
    assert watched == ([True] if STATES[word] == "planned" else [])


@pytest.mark.parametrize("word", ["absent", "placed", "not_placed"])
def test_what_is_not_unconfirmed_any_more_stays_as_it_is(ledger, batches, word):
    send(ledger, batches[0], "T1", LOST)
    (trace,) = ledger.traces("survey")
    ledger.found(trace, RECEIPT, NOW + 5)
    assert not SAID[word](ledger, trace)
    assert asked(ledger, "SELECT state, service_id FROM batches WHERE number = 1") == [("accepted", "btcal_1")]
    assert asked(ledger, "SELECT settled FROM attempts") == [("found",)]


def test_what_is_found_after_it_was_sent_again_is_not_this_batch(ledger, batches):
    send(ledger, batches[0], "T1", LOST)
    (trace,) = ledger.traces("survey")
    ledger.absent(trace, NOW + 5)
    send(ledger, batches[0], "T2", ACCEPTED)
    assert not ledger.found(trace, RECEIPT.model_copy(update={"id": "late"}), NOW + 9)
    ledger.late(trace, RECEIPT.model_copy(update={"id": "late"}), NOW + 9)
    assert ledger.traces("survey") == []
    (note,) = asked(ledger, "SELECT settled_note FROM attempts WHERE settled = 'late'")
    assert note == ("late: 4 of 5 calls were dispatched",)


def test_tests_are_known_by_their_tokens_and_otherwise_left_alone(ledger, batches):
    (test,) = adopt(plan_of(people(2, 1)), ledger, context("test"), NOW).batches
    send(ledger, test, "T9", LOST)
    send(ledger, batches[0], "T1", ACCEPTED, NOW + 3)
    assert ledger.tokens("survey") == {"T9": NOW, "T1": NOW + 3}
    assert ledger.traces("survey") == []


@pytest.mark.parametrize(("token", "answer", "echoed"), [
    ("T1", ACCEPTED, True), ("T1", Answer(Verdict.ACCEPTED, 200, receipt=RECEIPT), False), ("", ACCEPTED, False),
    ("T1", LOST, False),
])  # fmt: skip
def test_an_echo_counts_for_the_address_that_gave_it(ledger, batches, token, answer, echoed):
    send(ledger, batches[0], token, answer)
    assert ledger.has_echoed("https://api.example") is echoed
    assert not ledger.has_echoed("https://other.example")


def test_a_run_is_left_as_long_as_it_has_planned_batches(ledger, batches):
    assert [(left.run, left.base_url) for left in ledger.runs_left("survey")] == [(1, "https://api.example")]
    assert ledger.runs_left("survey")[0].campaign_text == ledger.campaign_text(1)
    for number, batch in enumerate(batches):
        send(ledger, batch, f"T{number}", ACCEPTED)
    assert ledger.runs_left("survey") == []
    assert ledger.batch_with("btcal_1") in {(1, 1), (1, 2)}
    assert ledger.batch_with("btcal_2") is None
    assert ledger.campaign_names() == ["survey"]


def test_the_rest_of_a_run_may_be_sent_with_another_key(ledger, batches):
    send(ledger, batches[0], "T1", Answer(Verdict.DENIED, 401))
    ledger.use_key(ledger.runs_left("survey")[0], "n3w")
    assert asked(ledger, "SELECT key_fingerprint FROM runs") == [("n3w",)]


@pytest.mark.parametrize("word", ["unconfirmed", "absent"])
def test_a_run_with_an_open_attempt_and_another_key_has_no_key_of_its_own(ledger, batches, word):
    send(ledger, batches[0], "T1", LOST)
    if word == "absent":
        ledger.absent(ledger.traces("survey")[0], NOW + 5)
    (left,) = ledger.runs_left("survey")
    ledger.use_key(left, "f1ng3r")
    assert asked(ledger, "SELECT key_fingerprint FROM runs") == [("f1ng3r",)]
    for fingerprint in ("n3w", "f1ng3r"):
        ledger.use_key(left, fingerprint)
        assert asked(ledger, "SELECT key_fingerprint FROM runs") == [("several",)]
