"""A batch on its way: each transition, what is kept of the answer, and what a crash in between leaves."""

import pytest

from pipeline.deliver.adopt import adopt
from pipeline.ledger import open_ledger
from schemas.errors import CampaignError
from schemas.receipts import Receipt
from schemas.states import STATE_AFTER, Answer, BatchState, Verdict
from tests.plans import NOW, context, people, plan_of

RECEIPT = Receipt(
    id="btcal_1",
    name="Survey April [ABCD-0123456789]",
    agent_id="agent_1",
    agent_name="Ada",
    status="pending",
    created_at_unix=1_711_976_401,
    scheduled_time_unix=1_711_976_402,
    last_updated_at_unix=1_711_976_403,
    total_calls_dispatched=4,
    total_calls_scheduled=5,
    retry_count=6,
    phone_number_id="phone_1",
    phone_provider="twilio",
    whatsapp_params={"whatsapp_call_permission_request_template_name": "é"},
)


@pytest.fixture
def ledger(place):
    with open_ledger(place, create=True, clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def batch(ledger) -> int:
    """The first of two batches."""
    return adopt(plan_of(people(2, 4)), ledger, context(), NOW).batches[0].id


def lines(ledger, query: str) -> list[dict]:
    """What another connection finds."""
    with open_ledger(ledger.place, reading=True) as other, other.transaction(reading=True) as connection:
        return [dict(found) for found in connection.exec_driver_sql(query).mappings()]


def line(ledger, query: str) -> dict:
    (only,) = lines(ledger, query)
    return only


def state(ledger, batch: int) -> str:
    return line(ledger, f"SELECT state FROM batches WHERE id = {batch}")["state"]


def test_sending_is_on_disk_before_begin_returns(ledger, batch):
    attempt = ledger.begin(batch, "0123456789", NOW + 1)
    assert state(ledger, batch) == "sending"
    kept = line(ledger, "SELECT id, batch_id, number, token, begun_at, ended_at, verdict FROM attempts")
    assert kept == {
        "id": attempt,
        "batch_id": batch,
        "number": 1,
        "token": "0123456789",
        "begun_at": "2024-04-01T13:00:01.000Z",
        "ended_at": None,
        "verdict": None,
    }


def test_the_call_name_is_kept_as_it_is_sent(ledger, batch):
    ledger.begin(batch, "0123456789", NOW)
    assert (
        line(ledger, "SELECT call_name FROM attempts")["call_name"]
        == f"Survey April [{ledger.mark('survey')}-0123456789]"
    )


def test_without_a_token_the_call_name_is_the_planned_one(ledger, batch):
    for _ in range(2):  # two attempts without one do not exclude each other
        attempt = ledger.begin(batch, "", NOW)
        ledger.finish(batch, attempt, Answer(Verdict.NOT_PLACED), NOW)
    kept = lines(ledger, "SELECT call_name, token FROM attempts")
    assert kept == [{"call_name": "Survey April", "token": None}] * 2


def test_only_one_of_two_senders_begins_a_batch(ledger, batch):
    with open_ledger(ledger.place) as other:
        begun = [each.begin(batch, token, NOW) for each, token in ((ledger, "A"), (other, "B"))]
    assert [attempt is None for attempt in begun] == [False, True]
    assert len(lines(ledger, "SELECT 1 FROM attempts")) == 1


@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_verdict_leads_to_its_state(ledger, batch, verdict):
    attempt = ledger.begin(batch, "T", NOW)
    after = ledger.finish(batch, attempt, Answer(verdict), NOW + 2)
    assert after is STATE_AFTER[verdict]
    kept = line(ledger, f"SELECT state, state_at FROM batches WHERE id = {batch}")
    assert kept == {"state": after.value, "state_at": "2024-04-01T13:00:02.000Z"}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_a_refusal_frees_the_people_of_a_batch(ledger, batch, verdict):
    attempt = ledger.begin(batch, "T", NOW)
    ledger.finish(batch, attempt, Answer(verdict), NOW)
    claims = lines(ledger, f"SELECT 1 FROM claims WHERE batch_id = {batch}")
    others = lines(ledger, f"SELECT 1 FROM claims WHERE batch_id <> {batch}")
    assert (len(claims), len(others)) == (0 if verdict is Verdict.REFUSED else 4, 4)


def test_every_property_of_the_services_answer_is_kept(ledger, batch):
    attempt = ledger.begin(batch, "T", NOW)
    ledger.finish(batch, attempt, Answer(Verdict.ACCEPTED, 200, receipt=RECEIPT, echoed=True), NOW)
    whole = f"SELECT *, CAST(service_whatsapp_params AS TEXT) AS params FROM batches WHERE id = {batch}"
    kept = line(ledger, whole)
    kept["service_whatsapp_params"] = kept["params"]
    expected = {f"service_{name}": value for name, value in RECEIPT.model_dump().items()}
    expected["service_whatsapp_params"] = '{"whatsapp_call_permission_request_template_name": "é"}'
    assert {name: value for name, value in kept.items() if name.startswith("service_")} == expected
    assert None not in expected.values()


def test_what_an_attempt_came_to_is_kept(ledger, batch):
    answer = Answer(Verdict.REFUSED, 422, "invalid", "bad number", "req_1", (0, 1), retry_after=3.0)
    ledger.finish(batch, ledger.begin(batch, "T", NOW), answer, NOW + 5)
    columns = "ended_at, http_status, verdict, error_code, message, request_id, CAST(named AS TEXT) AS named, echoed"
    kept = line(ledger, f"SELECT {columns} FROM attempts")
    assert kept == {
        "ended_at": "2024-04-01T13:00:05.000Z",
        "http_status": 422,
        "verdict": "refused",
        "error_code": "invalid",
        "message": "bad number",
        "request_id": "req_1",
        "named": "[0, 1]",
        "echoed": 0,
    }


def test_a_batch_that_was_not_placed_is_attempted_again(ledger, batch):
    first = ledger.begin(batch, "A", NOW)
    ledger.finish(batch, first, Answer(Verdict.NOT_PLACED, 429), NOW)
    ledger.begin(batch, "B", NOW)
    assert [(each["number"], each["token"]) for each in lines(ledger, "SELECT * FROM attempts")] == [(1, "A"), (2, "B")]
    assert state(ledger, batch) == "sending"


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REFUSED, Verdict.UNKNOWN])
def test_what_is_settled_is_never_begun_again(ledger, batch, verdict):
    ledger.finish(batch, ledger.begin(batch, "A", NOW), Answer(verdict), NOW)
    assert ledger.begin(batch, "B", NOW) is None


def test_an_attempt_is_answered_once(ledger, batch):
    attempt = ledger.begin(batch, "A", NOW)
    ledger.finish(batch, attempt, Answer(Verdict.ACCEPTED), NOW)
    with pytest.raises(CampaignError, match="no open attempt"):
        ledger.finish(batch, attempt, Answer(Verdict.NOT_PLACED), NOW)
    assert state(ledger, batch) == "accepted"


def test_an_answer_for_another_batch_changes_nothing(ledger, batch):
    attempt = ledger.begin(batch, "A", NOW)
    with pytest.raises(CampaignError, match="no open attempt"):
        ledger.finish(batch + 1, attempt, Answer(Verdict.ACCEPTED), NOW)
    assert state(ledger, batch) == "sending"


def test_a_crash_between_begin_and_finish_leaves_a_batch_unconfirmed(ledger, batch):
    ledger.begin(batch, "A", NOW)
    ledger.close()  # as a kill would: what was committed is there, the rest is not
    with open_ledger(ledger.place) as after, after.lock("survey"):
        assert after.orphans("survey", NOW + 60) == 1
        assert after.orphans("survey", NOW + 60) == 0
        assert [each.state for each in after.sent(1)] == [BatchState.UNCONFIRMED, BatchState.PLANNED]
        assert after.begin(batch, "B", NOW) is None
    kept = line(ledger, "SELECT verdict, ended_at, message FROM attempts")
    assert (kept["verdict"], kept["ended_at"]) == ("unknown", None)
    assert "ended before the answer" in kept["message"]


def test_orphans_of_another_campaign_are_not_ours(ledger, batch):
    ledger.begin(batch, "A", NOW)
    assert ledger.orphans("another", NOW) == 0
    assert state(ledger, batch) == "sending"


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.NOT_PLACED])
def test_an_answer_still_counts_for_a_batch_that_was_taken_for_abandoned(ledger, batch, verdict):
    attempt = ledger.begin(batch, "A", NOW)
    ledger.orphans("survey", NOW)
    assert ledger.finish(batch, attempt, Answer(verdict), NOW) is STATE_AFTER[verdict]


def test_a_late_answer_does_not_speak_for_a_later_attempt(ledger, batch):
    late = ledger.begin(batch, "A", NOW)
    with ledger.transaction() as connection:  # as somebody does who settles it by hand
        connection.exec_driver_sql("UPDATE batches SET state = 'planned'")
    ledger.begin(batch, "B", NOW)
    assert ledger.finish(batch, late, Answer(Verdict.NOT_PLACED), NOW) is BatchState.SENDING
    assert lines(ledger, "SELECT verdict FROM attempts ORDER BY id") == [{"verdict": "not_placed"}, {"verdict": None}]


def test_an_accepted_batch_is_not_sent_again_although_somebody_had_settled_it_as_not_placed(ledger, batch):
    attempt = ledger.begin(batch, "A", NOW)
    with ledger.transaction() as connection:
        connection.exec_driver_sql("UPDATE batches SET state = 'planned'")
    assert ledger.finish(batch, attempt, Answer(Verdict.ACCEPTED, receipt=RECEIPT), NOW) is BatchState.ACCEPTED
    assert ledger.begin(batch, "B", NOW) is None


@pytest.mark.usefixtures("batch")
def test_a_run_says_how_it_ended_and_how_it_ended_after_being_resumed(ledger):
    for code in (3, 0):
        ledger.end_run(1, code, NOW + 9)
    kept = line(ledger, "SELECT exit_code, ended_at FROM runs")
    assert kept == {"exit_code": 0, "ended_at": "2024-04-01T13:00:09.000Z"}
    with pytest.raises(CampaignError, match="no run 77"):
        ledger.end_run(77, 0, NOW)


def test_words_that_are_gone_cannot_be_sent(ledger, batch):
    with ledger.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM payloads")
    with pytest.raises(CampaignError, match="no words of batch"):
        ledger.payload(batch)


def test_what_became_of_a_run_is_told_batch_by_batch(ledger, batch):
    first = ledger.begin(batch, "A", NOW)
    ledger.finish(batch, first, Answer(Verdict.NOT_PLACED, 429, message="slow down"), NOW)
    ledger.finish(batch, ledger.begin(batch, "B", NOW), Answer(Verdict.UNKNOWN, message="lost"), NOW)
    told = [(each.number, each.recipients, each.state, each.said) for each in ledger.sent(1)]
    assert told == [(1, 2, BatchState.UNCONFIRMED, "lost"), (2, 2, BatchState.PLANNED, None)]


def test_unconfirmed_batches_are_found_whichever_run_they_are_of_but_tests_are_not(ledger, batch):
    ledger.finish(batch, ledger.begin(batch, "A", NOW), Answer(Verdict.UNKNOWN), NOW)
    adopt(plan_of(people(20, 1)), ledger, context(), NOW)
    test = adopt(plan_of(people(30, 1)), ledger, context("test"), NOW).batches[0].id
    ledger.finish(test, ledger.begin(test, "B", NOW), Answer(Verdict.UNKNOWN), NOW)
    assert [(each.run_id, each.number) for each in ledger.unconfirmed("survey")] == [(1, 1)]
    assert ledger.unconfirmed("another") == ()
