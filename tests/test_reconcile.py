"""Reconciling: what is found, what is absent by all four rules, and what turns up late."""

import asyncio
import time

import pytest

from pipeline.deliver.adopt import adopt
from pipeline.deliver.reconcile import Finding, Place, reconcile, refuse_unknown, token_of
from pipeline.ledger import open_ledger
from schemas.errors import CampaignError
from schemas.receipts import Receipt
from schemas.states import Answer, BatchState, Verdict
from tests.a_service import RECEIPT
from tests.plans import NOW, context, people, plan_of
from tests.program import CAMPAIGN, NUMBERS, called, submits

HERE = Place("https://api.example", "f1ng3r")
GRACE = 900
ONE_BY_ONE = CAMPAIGN.replace("[delivery]", "[delivery]\nconcurrency = 1\ngrace = 0")


class Service:
    """A service with these batches; `cancel` ends one."""

    def __init__(self, *listed):
        self.listed = list(listed)
        self.cancelled = []
        self.asked = []

    async def batches(self, agent_id):
        self.asked.append(agent_id)
        for receipt in self.listed:
            yield receipt

    async def cancel(self, batch_id):
        self.cancelled.append(batch_id)
        (there,) = (receipt for receipt in self.listed if receipt.id == batch_id)
        return there.model_copy(update={"status": "cancelled", "total_calls_dispatched": 1})


class Campaign:
    """Three batches of one campaign in a ledger, sent at NOW, NOW + 10 and NOW + 20; the second answer is lost."""

    def __init__(self, ledger, *, echoed=True, third=True, token="T2"):
        self.ledger = ledger
        self.mark = ledger.mark("survey")
        self.batches = adopt(plan_of(people(2, 6)), ledger, context(), NOW).batches
        self.send(0, "T1", NOW, self.accepted("T1", NOW, echoed=echoed))
        self.send(1, token, NOW + 10, Answer(Verdict.UNKNOWN, message="cut"))
        if third:
            self.send(2, "T3", NOW + 20, self.accepted("T3", NOW + 20, echoed=echoed))

    def send(self, batch, token, at, answer):
        attempt = self.ledger.begin(self.batches[batch].id, token, at)
        assert attempt is not None
        self.ledger.finish(self.batches[batch].id, attempt, answer, at + 1)

    def accepted(self, token, at, *, echoed=True):
        return Answer(Verdict.ACCEPTED, 200, receipt=self.receipt(token, at), echoed=echoed)

    def receipt(self, token, at):
        name = f"Survey April [{self.mark}-{token}]"
        return Receipt(**RECEIPT | {"id": f"id-{token}", "name": name, "created_at_unix": int(at)})

    @property
    def shown(self):
        """What the list shows when the second batch was not placed."""
        return [self.receipt("T3", NOW + 20), self.receipt("T1", NOW)]

    def reconcile(self, service, *, after=GRACE + 11, place=HERE):
        return asyncio.run(reconcile(self.ledger, service, "survey", place, lambda: NOW + after))

    @property
    def states(self):
        return [str(batch.state) for batch in self.ledger.sent(1)]


@pytest.fixture
def ledger(place):
    with open_ledger(place, create=True, clock=lambda: NOW) as opened:
        yield opened


def test_what_is_found_is_accepted_with_every_property_of_the_receipt(ledger):
    campaign = Campaign(ledger)
    (told,) = campaign.reconcile(Service(*campaign.shown, campaign.receipt("T2", NOW + 10)), after=12)
    assert (told.run, told.batch, told.recipients, told.finding) == (1, 2, 2, Finding.ACCEPTED)
    assert campaign.states == ["accepted"] * 3
    with ledger.transaction(reading=True) as connection:
        kept = connection.exec_driver_sql("SELECT * FROM batches WHERE number = 2").mappings().one()
    assert {name: kept[f"service_{name}"] for name in RECEIPT} == campaign.receipt("T2", NOW + 10).model_dump(
        include=set(RECEIPT)
    )


def test_what_is_absent_by_all_four_rules_is_planned_again_with_its_claims(ledger):
    campaign = Campaign(ledger)
    (told,) = campaign.reconcile(Service(*campaign.shown))
    assert told.finding is Finding.PLANNED
    assert campaign.states == ["accepted", "planned", "accepted"]
    with ledger.transaction(reading=True) as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM claims WHERE batch_id = 2").scalar_one()
    assert count == 4


@pytest.mark.parametrize(
    ("made", "asked", "listed", "why"),
    [
        ({"echoed": False}, {}, 2, "repeated a call name"),
        ({}, {"place": Place("https://other.example", "f1ng3r")}, 2, "https://other.example"),
        ({}, {"place": Place("https://api.example", "another")}, 2, "another key"),
        ({"third": False}, {}, 2, "from after it"),
        ({}, {}, 0, "from after it"),
        ({}, {"after": GRACE + 10}, 2, "look again in 1 s"),
        ({}, {"after": -5}, 2, "look again"),
        ({"token": ""}, {}, 2, "without a token"),
    ],
)
def test_where_one_rule_is_missing_a_batch_stays_unconfirmed_and_it_is_said_why(ledger, made, asked, listed, why):
    campaign = Campaign(ledger, **made)
    shown = campaign.shown[1:] if made.get("third") is False else campaign.shown[:listed]
    (told,) = campaign.reconcile(Service(*shown), **asked)
    assert told.finding is Finding.UNCONFIRMED
    assert why in told.said
    assert "\n" not in str(told)
    assert campaign.states[1] == "unconfirmed"


def test_a_batch_that_was_begun_before_the_answer_was_lost_proves_nothing_about_the_list(ledger):
    campaign = Campaign(ledger, third=False)
    campaign.send(2, "T3", NOW + 10.5, campaign.accepted("T3", NOW + 10))
    (told,) = campaign.reconcile(Service(*campaign.shown))
    assert "from after it" in told.said


def test_where_nothing_is_open_nobody_is_asked(ledger):
    campaign = Campaign(ledger)
    service = Service(*campaign.shown, campaign.receipt("T2", NOW + 10))
    campaign.reconcile(service)
    assert campaign.reconcile(service) == []
    assert service.asked == ["agent_1"]


@pytest.mark.parametrize("sent_again", [True, False])
def test_a_token_that_was_given_up_is_watched(ledger, sent_again):
    campaign = Campaign(ledger)
    campaign.reconcile(Service(*campaign.shown))
    if sent_again:
        campaign.send(1, "T4", NOW + 2000, campaign.accepted("T4", NOW + 2000))
    service = Service(*campaign.shown, campaign.receipt("T2", NOW + 10))
    (told,) = campaign.reconcile(service, after=3000)
    assert told.finding is (Finding.CANCELLED if sent_again else Finding.ACCEPTED)
    assert service.cancelled == (["id-T2"] if sent_again else [])
    assert campaign.states == ["accepted"] * 3
    assert campaign.reconcile(service, after=4000) == []


def test_a_late_batch_of_people_whom_a_newer_run_took_over_is_cancelled(ledger):
    campaign = Campaign(ledger)
    campaign.reconcile(Service(*campaign.shown))
    adopt(plan_of(people(4, 2)), ledger, context(), NOW + 2000)
    service = Service(*campaign.shown, campaign.receipt("T2", NOW + 10))
    (told,) = campaign.reconcile(service, after=3000)
    assert (told.finding, service.cancelled) == (Finding.CANCELLED, ["id-T2"])
    assert "1 of its 3 calls had been dispatched" in told.said
    assert campaign.states[1] == BatchState.SUPERSEDED


def test_a_late_batch_that_has_ended_is_told_without_being_cancelled(ledger):
    campaign = Campaign(ledger)
    campaign.reconcile(Service(*campaign.shown))
    campaign.send(1, "T4", NOW + 2000, campaign.accepted("T4", NOW + 2000))
    ended = campaign.receipt("T2", NOW + 10).model_copy(update={"status": "completed", "total_calls_dispatched": 3})
    service = Service(*campaign.shown, ended)
    (told,) = campaign.reconcile(service, after=3000)
    assert (told.finding, service.cancelled) == (Finding.CANCELLED, [])
    assert "3 of its 3" in told.said


def test_a_late_batch_that_cannot_be_cancelled_stays_watched(ledger):
    campaign = Campaign(ledger)
    campaign.reconcile(Service(*campaign.shown))
    campaign.send(1, "T4", NOW + 2000, campaign.accepted("T4", NOW + 2000))
    service = Service(*campaign.shown, campaign.receipt("T2", NOW + 10))

    async def fail(batch_id):
        raise CampaignError(f"{batch_id} cannot be cancelled")

    service.cancel, cancel = fail, service.cancel
    with pytest.raises(CampaignError, match="id-T2"):
        campaign.reconcile(service, after=3000)
    service.cancel = cancel
    assert [told.finding for told in campaign.reconcile(service, after=3000)] == [Finding.CANCELLED]


def test_batches_with_the_mark_that_the_ledger_does_not_know_are_refused(ledger):
    campaign = Campaign(ledger)
    foreign = campaign.receipt("FOREIGN", NOW).model_copy(update={"name": "Else [XXXX-T9]"})

    def refuse(*listed):
        asyncio.run(refuse_unknown(ledger, Service(*listed), "survey", {"agent_1"}))

    refuse(*campaign.shown, foreign)
    with pytest.raises(CampaignError, match="2 batches are at the service but not in this ledger"):
        refuse(*campaign.shown, campaign.receipt("T8", NOW), campaign.receipt("T9", NOW))


@pytest.mark.parametrize(
    ("name", "token"),
    [("Spring [ABCD-0123456789]", "0123456789"), ("Spring [ABCD-01", "01"), ("A [ABCD-1] [ABCD-2]", "2"),
     ("Spring", None), ("Spring [XXXX-0123456789]", None), ("Spring[ABCD-1]", None)],
)  # fmt: skip
def test_a_token_is_read_from_a_call_name(name, token):
    assert token_of(name, "ABCD") == token


def test_a_lost_answer_is_found_by_the_next_run(desk, at_service):
    sandbox = at_service("lost@2")
    desk.write(people=10)
    assert desk.run().code == 4
    again = desk.run()
    assert (again.code, submits(sandbox), sorted(called(sandbox))) == (0, 4, NUMBERS[:10])
    assert "accepted; the service has it as" in again.err
    assert desk.sql("SELECT settled FROM attempts WHERE verdict = 'unknown'") == [("found",)]


def test_what_was_not_placed_is_sent_again_and_everybody_is_called_once(desk, at_service):
    sandbox = at_service("500@2")
    desk.write(people=9, campaign=ONE_BY_ONE)
    assert desk.run().code == 4
    assert desk.run().code == 0
    assert sorted(called(sandbox)) == NUMBERS[:9]
    assert submits(sandbox) == 4


def test_a_list_that_lags_is_waited_for_within_the_grace(desk, at_service):
    sandbox = at_service("lost@2", "lag-lists=3:1@2")
    desk.write(people=9, campaign=ONE_BY_ONE.replace("grace = 0", "grace = 60"))
    assert desk.run().code == 4
    second = desk.run()
    assert second.code == 4
    assert "look again in" in second.err
    codes = [desk.run().code for _ in range(3)]
    assert codes[-1] == 0
    assert sorted(called(sandbox)) == NUMBERS[:9]


def test_what_is_placed_after_it_was_sent_again_is_cancelled(desk, at_service):
    sandbox = at_service("504-after@2", "late=2:1@2", call_seconds=60)
    desk.write(people=9, campaign=ONE_BY_ONE)
    assert desk.run().code == 4
    assert desk.run().code == 0
    wait_until_placed(sandbox, 4)
    again = desk.run()
    assert (again.code, submits(sandbox)) == (1, 4)
    assert "turned up at the service after all; it was cancelled there" in again.err
    assert "may have been called twice" in again.err
    cancelled = [batch for batch in sandbox.calls.batches() if batch.cancelled_at is not None]
    assert [sandbox.calls.batches().index(batch) for batch in cancelled] == [1]


def test_a_run_tells_in_its_document_what_was_reconciled_before(desk, at_service):
    at_service("lost", "none", "lost@3", "lag=3600:1@3")
    desk.write(people=6)
    assert desk.run().code == 4
    desk.write(people=9)
    assert desk.run("--json").document["reconciled"][0]["finding"] == "accepted"
    told = desk.run("--json")
    (line,) = told.document["reconciled"]
    assert (told.code, line["run"], line["batch"], line["recipients"], line["finding"]) == (4, 2, 1, 3, "unconfirmed")
    assert "no batch of ours from after it" in line["said"]
    assert desk.call("status").out.count("settled as found by the service's list") == 0
    assert desk.call("status", "--run", "1").out.count("was settled as found by the service's list") == 1


def test_an_unconfirmed_batch_is_warned_of_once(desk, at_service):
    at_service("lost", "lag=3600:1")
    desk.write(people=3)
    for ended in (desk.run("-q"), desk.run("-q"), desk.call("resume", "-q"), desk.call("resume", "-q")):
        assert (ended.code, ended.err.count("warning")) == (4, 1)
        assert "look at the service for" in ended.err
    assert "no answer has repeated a call name yet" in ended.err


def test_a_ledger_from_before_refuses_to_send(desk, at_service):
    sandbox = at_service()
    desk.write(people=3)
    desk.run()
    before = desk.ledger.read_bytes()
    desk.write(people=6)
    desk.run()
    for beside in desk.folder.glob("ledger.sqlite-*"):
        beside.unlink()
    desk.ledger.write_bytes(before)
    ended = desk.run()
    assert (ended.code, submits(sandbox)) == (2, 2)
    assert "1 batch is at the service but not in this ledger" in ended.err


def test_a_list_that_cannot_be_had_refuses_to_send(desk, at_service):
    sandbox = at_service("list/503=0:*")
    desk.write(people=3)
    ended = desk.run()
    assert (ended.code, submits(sandbox)) == (3, 0)
    assert "nothing was sent" in ended.err


@pytest.mark.parametrize(
    ("fault", "code"),
    [("429=0", 3), ("500", 3), ("half", 3), ("401", 2), ("403", 2), ("404", 2), ("garbled", 2)],
)
def test_what_may_pass_by_itself_is_to_be_tried_again_and_all_else_is_for_a_person(desk, at_service, fault, code):
    sandbox = at_service(f"list/{fault}:*")
    desk.write(people=3, campaign=CAMPAIGN.replace("attempts = 2", "attempts = 1"))
    assert (desk.run().code, submits(sandbox)) == (code, 0)


@pytest.mark.parametrize(("fault", "code"), [("503=0", 3), ("401", 2)])
def test_resume_ends_as_run_does_where_the_list_cannot_be_had(desk, at_service, fault, code):
    sandbox = at_service("none", "429=0", f"list/{fault}:*@2")
    desk.write(people=6, campaign=CAMPAIGN.replace("attempts = 2", "attempts = 1"))
    assert desk.run().code == 3
    ended = desk.call("resume")
    assert (ended.code, submits(sandbox)) == (code, 2)
    assert "nothing was sent" in ended.err


def test_a_quiet_night_asks_the_service_nothing(desk, at_service):
    sandbox = at_service()
    desk.write(people=3)
    desk.run()
    count = len(sandbox.calls.requests(""))
    assert desk.run().code == 0
    assert len(sandbox.calls.requests("")) == count


def wait_until_placed(sandbox, batches):
    """Wait for a batch that is placed late."""
    end = time.monotonic() + 10
    while sum(batch.placed_at <= time.time() for batch in sandbox.calls.batches()) < batches:
        assert time.monotonic() < end
        time.sleep(0.05)
