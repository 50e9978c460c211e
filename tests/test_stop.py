"""`campaign stop` and `start`, against a real service: nothing is begun any more, and what is open is cancelled."""

import asyncio
import json
import re
import time

import httpx
import pytest
import zstandard

from pipeline.deliver.adopt import adopt
from pipeline.deliver.asking import Services
from pipeline.deliver.stop import halt
from pipeline.ledger import open_ledger
from pipeline.ledger.tables import payloads
from pipeline.service.client import Service
from pipeline.service.key import Key
from schemas.receipts import Receipt
from schemas.request import RECIPIENT_SEPARATOR
from schemas.states import Answer, Verdict
from tests.a_service import RECEIPT
from tests.plans import NOW, context, plan_of
from tests.plans import people as persons
from tests.program import CAMPAIGN, KEY, NUMBERS, called, submits
from tests.test_run import wait_until

ONE_AT_A_TIME = CAMPAIGN.replace("[delivery]", "[delivery]\nconcurrency = 1")


def cancels(sandbox) -> int:
    return len(sandbox.calls.requests("/cancel"))


def stopped_at(desk) -> float:
    return desk.call("stop", "--json").document["stopped_at_unix"]


def test_a_stop_halts_the_sender_of_another_process_and_cancels_what_it_had_sent(desk, at_service):
    sandbox = at_service("latency=0.6", call_seconds=3600, at_once=1)
    desk.write(people=12, campaign=ONE_AT_A_TIME)
    sender = desk.start("run", str(desk.file), "--yes", "--create-ledger")
    wait_until(lambda: submits(sandbox) == 2)
    stopped = desk.call("stop")
    out, _ = sender.communicate(timeout=30)
    assert (stopped.code, sender.returncode) == (0, 3), stopped.err
    assert "the campaign is stopped, since" in out
    assert submits(sandbox) == 2
    assert desk.sql("SELECT state FROM batches ORDER BY number") == [("cancelled",)] * 2 + [("planned",)] * 2
    assert all(batch.cancelled_at for batch in sandbox.calls.batches())
    assert "people whose phone never rang, free again: 4" in stopped.out
    assert "Next: Some batches are not sent yet: `campaign start`, then `campaign run`" in out
    status = desk.call("status")
    assert re.search(r"\nspring is stopped, since .* by .*; `campaign start` takes the stop away\n", status.out)
    assert "After `campaign start`: If no run is at work on them, `campaign resume`" in status.out
    (stop,) = desk.call("status", "--json").document["stops"]
    assert (stop["campaign"], stop["stopped_at_unix"]) == ("spring", stopped_at(desk))
    desk.call("start")
    assert ("start`" in desk.call("status").out, desk.call("status", "--json").document["stops"]) == (False, [])


def test_a_run_refuses_until_start_and_then_calls_those_whose_phone_never_rang(desk, at_service):
    sandbox = at_service(call_seconds=3600, at_once=1)
    desk.write(people=6)
    desk.run()
    assert desk.call("stop").code == 0
    checked = desk.call("check", str(desk.file))
    assert checked.code == 1
    refused = desk.run()
    assert (refused.code, submits(sandbox)) == (2, 2)
    assert refused.err.strip().rpartition("nothing was sent: ")[2] in checked.out
    assert re.search(r"spring is stopped, since 20\d\d-\d\d-\d\d \d\d:\d\d UTC by ", refused.err)
    assert "`campaign start`" in refused.err
    test = desk.call("test", str(desk.file), "--to", "+14155552671", "--yes")
    assert (test.code, submits(sandbox)) == (2, 2)
    assert "was stopped since" in desk.call("start").out
    assert desk.call("check", str(desk.file)).code == 0
    again = desk.run()
    assert again.code == 0
    # Of each batch of three, the first was being dialled when it was cancelled.
    assert sorted(called(sandbox)[6:]) == [NUMBERS[n] for n in (1, 2, 4, 5)]


def test_a_stop_needs_neither_the_campaign_file_nor_its_name(desk, at_service):
    at_service(call_seconds=3600)
    desk.write(people=3)
    desk.run()
    (desk.folder / "campaign.toml").unlink()
    stopped = desk.call("stop", "--json")
    assert (stopped.code, stopped.document["campaign"], stopped.document["batches_cancelled"]) == (0, "spring", 1)
    assert desk.call("start", "--name", "autumn").code == 2
    assert desk.call("start", "--json").document == {"campaign": "spring", "was_stopped": True}
    assert "spring was not stopped." in desk.call("start").out


def test_a_script_may_say_yes_though_nothing_is_asked(desk, at_service):
    at_service()
    desk.write(people=2)
    assert desk.run().code == 0
    assert desk.call("stop", "--yes").code == 0
    assert desk.run().code == 2


def test_calls_that_are_over_are_not_cancelled_and_stay_called(desk, at_service):
    sandbox = at_service()
    desk.write(people=3)
    desk.run()
    assert desk.call("stop", "--json").document["batches_cancelled"] == 0
    assert desk.sql("SELECT state, service_status FROM batches") == [("accepted", "completed")]
    desk.call("start")
    assert (desk.run().code, len(called(sandbox))) == (0, 3)


def test_what_could_not_be_cancelled_is_named_and_a_second_stop_cancels_it(desk, at_service):
    sandbox = at_service("cancel/400:2", call_seconds=3600)
    desk.write(people=3)
    desk.run()
    first = desk.call("stop")
    assert (first.code, cancels(sandbox)) == (3, 2)
    assert "run 1, batch 1 is not cancelled" in first.err
    assert "calls that go on regardless: not known, up to 3." in first.out
    assert desk.sql("SELECT state FROM batches") == [("accepted",)]
    assert (desk.call("stop").code, cancels(sandbox)) == (0, 3)
    assert desk.sql("SELECT state FROM batches") == [("cancelled",)]


def test_a_batch_whose_answer_was_lost_is_found_in_the_services_list_and_cancelled(desk, at_service):
    sandbox = at_service("lost@1", call_seconds=3600, at_once=1)
    desk.write(people=3)
    assert desk.run().code == 4
    stopped = desk.call("stop")
    assert (stopped.code, cancels(sandbox)) == (0, 1)
    assert desk.sql("SELECT state, service_id FROM batches") == [("cancelled", sandbox.calls.batches()[0].id)]
    desk.call("start")
    assert desk.run().code == 0
    assert called(sandbox)[3:] == NUMBERS[1:3]


def test_an_unconfirmed_batch_that_the_list_does_not_have_keeps_the_stop_unfinished(desk, at_service):
    at_service("500")
    desk.write(people=3)
    assert desk.run().code == 4
    stopped = desk.call("stop")
    assert stopped.code == 3
    assert "run 1, batch 1 is unconfirmed" in stopped.err
    assert "calls that go on regardless: not known, up to 3." in stopped.out


def test_of_calls_that_the_service_does_not_tell_of_it_is_said_how_many_there_are_at_most(desk, at_service):
    at_service("cancel/401:6", "batch/401:6", call_seconds=3600)
    desk.write(people=7)
    desk.run()
    refused = desk.call("stop", "--json")
    assert (refused.document["calls_going_on"], refused.document["calls_going_on_at_most"]) == (None, 7)
    assert (refused.code, "mend the key, then run `campaign stop` again" in refused.err) == (2, True)
    told = desk.call("stop", "--json").document
    assert (told["calls_going_on"], told["calls_going_on_at_most"]) == (0, 0)


def test_a_batch_of_which_only_the_list_knows_and_that_goes_on_is_not_known(desk, at_service):
    at_service("cancel/400@2", call_seconds=3600)
    desk.write(people=3)
    desk.run("--limit", "1")
    older = desk.ledger.read_bytes()
    desk.run()
    desk.ledger.write_bytes(older)
    told = desk.call("stop")
    assert (told.code, "not known, up to 2." in told.out) == (3, True)


def test_without_the_services_list_the_stop_is_unfinished(desk, at_service):
    at_service("list/400@2", call_seconds=3600)
    desk.write(people=3)
    desk.run()
    stopped = desk.call("stop")
    assert stopped.code == 3
    assert "list of batches of agent_1 cannot be had" in stopped.err
    assert desk.sql("SELECT state FROM batches") == [("cancelled",)]


def test_calls_that_go_on_are_counted_and_their_people_stay_called(tmp_path):
    people = [("hs-2", "in_progress"), ("hs-3", "cancelled")]

    def answer(request):
        if request.url.path.endswith("/workspace"):
            return httpx.Response(200, json={"batch_calls": [], "has_more": False})
        recipients = [{"id": name, "status": status} for name, status in people]
        return httpx.Response(200, json=RECEIPT | {"status": "cancelled", "recipients": recipients})

    async def stop(ledger):
        transport = httpx.MockTransport(answer)
        async with Services(lambda url: Service(url, Key(KEY), timeout=5, transport=transport)) as services:
            return await halt(ledger, services, "survey", "me", clock=lambda: NOW, patience=0)

    with open_ledger(tmp_path / "ledger.sqlite", create=True, clock=lambda: NOW) as ledger:
        batch = adopt(plan_of(persons(2, 2)), ledger, context(), NOW).batches[0].id
        texts = RECIPIENT_SEPARATOR.join(json.dumps({"id": name}).encode() for name, _ in people)
        with ledger.transaction() as connection:
            connection.execute(payloads.update().values(recipients_zstd=zstandard.compress(texts)))
        accepted = Answer(Verdict.ACCEPTED, 200, receipt=Receipt.model_validate(RECEIPT))
        ledger.finish(batch, ledger.begin(batch, "A" * 10, NOW), accepted, NOW)
        told = asyncio.run(stop(ledger))
        memory = ledger.memory("survey")
    assert (told.failures, told.going_on, told.freed) == ([], {"btcal_1": 1}, 1)
    assert memory.ids.to_list() == ["hs-2"]


def test_the_stop_is_written_down_even_where_the_service_cannot_be_asked(desk, at_service, monkeypatch):
    sandbox = at_service(call_seconds=3600)
    desk.write(people=3)
    desk.run()
    monkeypatch.delenv("ELEVENLABS_API_KEY")
    stopped = desk.call("stop")
    assert (stopped.code, cancels(sandbox)) == (3, 0)
    assert "run `campaign stop` again" in stopped.err
    assert desk.sql("SELECT stopped_at IS NOT NULL FROM campaigns") == [(1,)]
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    assert (desk.call("stop").code, cancels(sandbox)) == (0, 1)


def test_a_batch_with_the_campaigns_mark_that_the_ledger_does_not_know_is_cancelled_too(desk, at_service):
    sandbox = at_service(call_seconds=3600)
    desk.write(people=3)
    desk.run("--limit", "2")
    older = desk.ledger.read_bytes()
    desk.run()
    desk.ledger.write_bytes(older)
    assert desk.call("stop", "--json").document["batches_cancelled"] == 2
    assert all(batch.cancelled_at for batch in sandbox.calls.batches())


@pytest.mark.parametrize("due", [True, False])
def test_a_sender_gets_so_long_for_the_answer_that_is_due(desk, at_service, due):
    sandbox = at_service("latency=1.5@1" if due else "latency=20@1", call_seconds=3600)
    desk.write(people=3)
    sender = desk.start("run", str(desk.file), "--yes", "--create-ledger")
    wait_until(lambda: submits(sandbox))
    time.sleep(0.1)

    async def stop():
        async with Services(lambda url: Service(url, Key(KEY), timeout=5)) as services:
            return await halt(ledger, services, "spring", "me", clock=time.time, patience=5 if due else 0.5)

    with open_ledger(desk.ledger) as ledger:
        told = asyncio.run(stop())
    if due:
        assert (told.failures, len(told.cancelled)) == ([], 1)
    else:
        assert "a sender is still waiting for the service's answer" in told.failures
        assert told.not_known == 3
        sender.kill()
    sender.communicate(timeout=10)


def test_a_killed_sender_is_not_waited_for(desk, at_service):
    sandbox = at_service("latency=20@1")
    desk.write(people=3)
    sender = desk.start("run", str(desk.file), "--yes", "--create-ledger")
    wait_until(lambda: submits(sandbox))
    sender.kill()
    sender.communicate()
    began = time.monotonic()
    stopped = desk.call("stop")
    assert stopped.code == 0  # the service's list says that its calls are over
    assert "go on regardless: 0." in stopped.out
    assert time.monotonic() - began < 10
    assert desk.sql("SELECT state FROM batches") == [("unconfirmed",)]
