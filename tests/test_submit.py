"""Each batch is sent once, in order, the first one alone and then few at a time."""

import json
import re
from dataclasses import replace
from datetime import time

import pytest

from pipeline.deliver.gate import StopKind
from schemas.calendars import Calendar, LocalHours
from schemas.states import BatchState
from tests.a_delivery import BUSY, HEAD, LOST, NAMES_ONE, Delivering, Scripted
from tests.a_service import NOW

NOON = Calendar((LocalHours("UTC", time(12), time(13)),), "drawn")  # NOW is at 08:00 UTC
MORNING = Calendar((LocalHours("UTC", time(8), time(9)),), "drawn")


def test_every_batch_is_sent_once_and_nothing_stops_it():
    delivering = Delivering(20)
    assert delivering.run() is None
    assert set(delivering.ledger.states.values()) == {BatchState.ACCEPTED}
    assert len(delivering.service.sent) == 20


def test_batches_go_in_order_of_number():
    delivering = Delivering(9)
    delivering.batches.reverse()
    delivering.run()
    assert [attempt[0] for attempt in delivering.ledger.attempts] == list(range(101, 110))


def test_no_batches_are_no_requests():
    assert Delivering(0).run() is None


def test_a_body_is_the_head_with_a_token_of_its_own_and_the_payload():
    delivering = Delivering(2)
    delivering.run()
    bodies = [json.loads(body) for body, _ in delivering.service.sent]
    assert [body["call_name"] for body in bodies] == [name for _, name in delivering.service.sent]
    assert [body["call_name"] for body in bodies] == ["Spring [MARK-T000000000]", "Spring [MARK-T000000001]"]
    assert [body["recipients"] for body in bodies] == [[{"id": "101"}], [{"id": "102"}]]
    assert [attempt[1] for attempt in delivering.ledger.attempts] == ["T000000000", "T000000001"]


def test_every_attempt_has_a_new_token():
    delivering = Delivering(1, Scripted(BUSY, BUSY))
    delivering.run()
    assert len({token for _, token, *_ in delivering.ledger.attempts}) == 3
    assert len({name for _, name in delivering.service.sent}) == 3


def test_without_tokens_the_call_name_is_as_written():
    delivering = Delivering(1, token=False)
    delivering.run()
    assert delivering.service.sent[0][1] == "Spring"
    assert delivering.ledger.attempts[0][1] == ""


def test_a_batch_is_sending_in_the_ledger_before_the_service_hears_of_it():
    class Watching(Scripted):
        async def submit(self, body, call_name, *, may_begin):
            number = int(re.search(rb'"id":"(\d+)"', body)[1])
            assert delivering.ledger.states[number] is BatchState.SENDING
            return await super().submit(body, call_name, may_begin=may_begin)

    delivering = Delivering(5, Watching())
    assert delivering.run() is None


def test_progress_tells_every_change():
    delivering = Delivering(1, Scripted(BUSY))
    delivering.run()
    assert delivering.progress == [(1, "sending", 10), (1, "planned", 10), (1, "sending", 10), (1, "accepted", 10)]


@pytest.mark.parametrize("concurrency", [1, 2, 4])
def test_never_more_than_concurrency_are_in_flight(concurrency):
    delivering = Delivering(30, concurrency=concurrency)
    assert delivering.run() is None
    assert delivering.service.most_in_flight == concurrency


@pytest.mark.parametrize("first", [[], [LOST], [NAMES_ONE], [BUSY, LOST]])
def test_batches_go_alone_until_one_is_accepted(first):
    class Watching(Scripted):
        async def submit(self, body, call_name, *, may_begin):
            self.alone.append(BatchState.ACCEPTED in delivering.ledger.states.values() or self.in_flight == 0)
            return await super().submit(body, call_name, may_begin=may_begin)

    service = Watching(*first)
    service.alone = []
    delivering = Delivering(9, service)
    assert delivering.run() is None
    assert all(service.alone)
    assert service.most_in_flight == 4


def test_payloads_are_loaded_when_their_turn_comes():
    class Watching(Scripted):
        async def submit(self, body, call_name, *, may_begin):
            open_payloads.append(len(loaded) - len(self.sent))
            return await super().submit(body, call_name, may_begin=may_begin)

    loaded, open_payloads = [], []
    delivering = Delivering(30, Watching(), concurrency=3)
    payload = delivering.ledger.payload
    delivering.ledger.payload = lambda number: loaded.append(number) or payload(number)
    delivering.run()
    assert max(open_payloads) <= 3


def test_a_batch_that_somebody_else_took_is_left_to_them():
    delivering = Delivering(3)
    delivering.ledger.states[102] = BatchState.SENDING
    assert delivering.run() is None
    assert delivering.ledger.told == ["accepted", "sending", "accepted"]


def starts(delivering):
    return [json.loads(body).get("scheduled_time_unix") for body, _ in delivering.service.sent]


def test_a_start_that_lies_ahead_is_sent_as_planned():
    delivering = Delivering(1, head=replace(HEAD, start=int(NOW) + 60), calendar=MORNING)
    assert delivering.run() is None
    assert starts(delivering) == [int(NOW) + 60]


def test_a_start_that_has_passed_becomes_now_inside_the_hours():
    delivering = Delivering(1, head=replace(HEAD, start=int(NOW) - 60), calendar=MORNING)
    assert delivering.run() is None
    assert starts(delivering) == [None]


def test_a_start_that_passes_while_waiting_becomes_now():
    delivering = Delivering(
        1, Scripted(replace(BUSY, retry_after=90)), head=replace(HEAD, start=int(NOW) + 60), calendar=MORNING
    )
    assert delivering.run() is None
    assert starts(delivering) == [int(NOW) + 60, None]


@pytest.mark.parametrize("start", [None, int(NOW) - 60, int(NOW) + 60])
def test_outside_the_hours_batches_stay_planned_and_it_is_said(start):
    delivering = Delivering(3, head=replace(HEAD, start=start), calendar=NOON)
    stopped = delivering.run()
    assert stopped.kind is StopKind.WINDOW
    assert "3 batches (from 1 on) stay planned: the hours in which their people may be called have" in stopped.reason
    assert delivering.ledger.told == ["planned"] * 3
    assert delivering.service.sent == []


def test_a_batch_outside_the_hours_does_not_keep_others_from_going():
    delivering = Delivering(3, head=replace(HEAD, start=int(NOW) + 4 * 3600), calendar=NOON)
    delivering.batches[1] = replace(delivering.batches[1], head=replace(HEAD, start=None))
    assert delivering.run().kind is StopKind.WINDOW
    assert delivering.ledger.told == ["accepted", "planned", "accepted"]


def test_the_first_byte_may_leave_within_ten_seconds_of_the_ledgers_commit_and_not_after():
    class Asking(Scripted):
        async def submit(self, body, call_name, *, may_begin):
            begun = delivering.clock.now
            for offset in (0, 10, 10.1, 60, -1):
                delivering.clock.now = begun + offset
                allowed.append(may_begin())
            delivering.clock.now = begun
            return await super().submit(body, call_name, may_begin=may_begin)

    allowed = []
    delivering = Delivering(1, Asking())
    assert delivering.run() is None
    assert allowed == [True, True, False, False, False]
