"""Sending goes no further than the answers bear out, and ends well however it ends."""

import asyncio
from dataclasses import replace

import pytest

from pipeline.deliver.gate import StopKind
from schemas.ready import ReadyBatch
from schemas.states import BatchState, Verdict
from tests.a_delivery import ACCEPTED, BUSY, DENIED, HEAD, LOST, NAMES_ONE, REFUSED, Delivering, Scripted


def alone(*answers, count=6):
    """Deliver one batch at a time, so that the order of the answers is the order of the batches."""
    delivering = Delivering(count, Scripted(*answers), concurrency=1, attempts=2)
    return delivering, delivering.run()


@pytest.mark.parametrize(
    ("answers", "kind", "states"),
    [
        ([DENIED], StopKind.DENIED, ["planned"]),
        ([ACCEPTED, DENIED], StopKind.DENIED, ["accepted", "planned"]),
        ([LOST, LOST], StopKind.UNCONFIRMED, ["unconfirmed", "unconfirmed"]),
        ([ACCEPTED, LOST, LOST], StopKind.UNCONFIRMED, ["accepted", "unconfirmed", "unconfirmed"]),
        ([REFUSED, REFUSED], StopKind.REFUSED, ["refused", "refused"]),
        ([LOST, REFUSED, REFUSED], StopKind.REFUSED, ["unconfirmed", "refused", "refused"]),
        ([BUSY, BUSY], StopKind.NOT_PLACED, ["planned"]),
        ([ACCEPTED, BUSY, BUSY], StopKind.NOT_PLACED, ["accepted", "planned"]),
        ([LOST, BUSY, LOST], StopKind.UNCONFIRMED, ["unconfirmed", "unconfirmed"]),
    ],
)
def test_sending_stops_after(answers, kind, states):
    delivering, stopped = alone(*answers)
    assert stopped.kind is kind
    assert delivering.ledger.told == states + ["planned"] * (6 - len(states))


@pytest.mark.parametrize(
    "answers",
    [
        [LOST, ACCEPTED, LOST, ACCEPTED, LOST],
        [REFUSED, ACCEPTED, REFUSED],
        [LOST, REFUSED, LOST, REFUSED, LOST, REFUSED],
        [NAMES_ONE, NAMES_ONE, NAMES_ONE, NAMES_ONE],
        [REFUSED, NAMES_ONE, REFUSED, NAMES_ONE],
        [LOST, NAMES_ONE, LOST],
        [BUSY, ACCEPTED, BUSY, ACCEPTED, BUSY],
    ],
)
def test_sending_goes_on_after(answers):
    delivering, stopped = alone(*answers)
    assert stopped is None
    assert BatchState.PLANNED not in delivering.ledger.states.values()


@pytest.mark.parametrize("place", [10, 10_000])
def test_a_refusal_that_names_somebody_who_was_not_sent_names_nobody(place):
    answer = replace(NAMES_ONE, recipients=(1, place), said={1: "bad", place: "bad"})
    delivering, stopped = alone(answer, REFUSED)
    assert stopped.kind is StopKind.REFUSED
    assert delivering.ledger.attempts[0][3] == replace(NAMES_ONE, recipients=(), said={})


def leaving(delivering, *rests):
    """Let each refusal that names recipients leave a rest: batch 901 of the first of these batches, and so on."""
    for number, batch_id in enumerate(rests, 901):
        delivering.ledger.rests[batch_id] = ReadyBatch(number, number, 5, HEAD)
        delivering.ledger.states[number] = BatchState.PLANNED


def test_the_rest_of_a_refused_batch_goes_next_and_as_alone_as_its_batch():
    service = Scripted(NAMES_ONE, NAMES_ONE, ACCEPTED)
    delivering = Delivering(9, service, concurrency=4)
    leaving(delivering, 101, 901)
    assert delivering.run() is None
    assert [attempt[0] for attempt in delivering.ledger.attempts][:3] == [101, 901, 902]
    assert [change[:2] for change in delivering.progress][:7] == [
        (1, "sending"), (1, "refused"), (901, "sending"), (901, "refused"), (902, "sending"), (902, "accepted"),
        (2, "sending"),
    ]  # fmt: skip
    assert (delivering.progress[1][2], delivering.progress[3][2]) == (10 - 5, 5 - 5)  # those who stay


def test_a_rest_is_not_sent_once_the_gate_is_shut():
    delivering = Delivering(3, Scripted(NAMES_ONE, DENIED))
    leaving(delivering, 101)
    assert delivering.run().kind is StopKind.DENIED
    assert delivering.ledger.told == ["refused", "planned", "planned", "planned"]


def test_a_rest_that_is_refused_for_no_reason_counts_for_two_in_a_row():
    delivering = Delivering(6, Scripted(NAMES_ONE, REFUSED, REFUSED))
    leaving(delivering, 101)
    assert delivering.run().kind is StopKind.REFUSED
    assert len(delivering.service.sent) == 3


def test_the_reason_is_for_people_and_shows_no_number():
    _, stopped = alone(*[replace(REFUSED, message="+14155552671 is bad")] * 2)
    assert (
        stopped.reason
        == "the service refused two batches in a row without naming a recipient (the last: +1415•••71 is bad)"
    )


def test_answers_count_in_the_order_in_which_they_come():
    """Batches 2 and 4 are lost, 3 is accepted long after them: two in a row."""

    async def run():
        late = asyncio.Event()

        async def accepted_late():
            await late.wait()
            return ACCEPTED

        service = Scripted(ACCEPTED, LOST, accepted_late, LOST)
        delivering = Delivering(9, service, concurrency=3)
        sending = asyncio.create_task(delivering.go())
        await until(lambda: delivering.ledger.told.count("unconfirmed") == 2)
        late.set()
        return delivering, await sending

    delivering, stopped = asyncio.run(run())
    assert stopped.kind is StopKind.UNCONFIRMED
    assert delivering.ledger.told[:4] == ["accepted", "unconfirmed", "accepted", "unconfirmed"]


def test_after_a_denial_those_in_flight_are_awaited_and_none_is_begun():
    delivering = Delivering(20, Scripted(ACCEPTED, DENIED))
    assert delivering.run().kind is StopKind.DENIED
    assert delivering.ledger.told == ["accepted", "planned", *["accepted"] * 3, *["planned"] * 15]


def test_the_first_reason_is_the_one_that_is_told():
    delivering = Delivering(20, Scripted(ACCEPTED, DENIED, LOST, LOST))
    assert delivering.run().kind is StopKind.DENIED
    assert delivering.ledger.told[:4] == ["accepted", "planned", "unconfirmed", "unconfirmed"]


class Hanging(Scripted):
    """A service whose answers come when the test lets them; it calls `on_submit` first."""

    def __init__(self, on_submit=lambda _count: None):
        super().__init__()
        self.release = asyncio.Event()
        self.on_submit = on_submit
        self.waits = self._wait

    async def _wait(self, _seconds):
        self.on_submit(len(self.sent))
        if len(self.sent) > 1:
            await self.release.wait()


def until(condition):
    async def wait():
        for _ in range(1000):
            if condition():
                return
            await asyncio.sleep(0)
        raise AssertionError("it never came to that")

    return wait()


def test_once_stopped_no_batch_is_begun_and_those_in_flight_are_awaited():
    async def run():
        service = Hanging()
        delivering = Delivering(20, service)
        sending = asyncio.create_task(delivering.go())
        await until(lambda: service.in_flight == 4)
        delivering.stop.set()
        service.release.set()
        return delivering, await sending

    delivering, stopped = asyncio.run(run())
    assert stopped.kind is StopKind.INTERRUPTED
    assert delivering.ledger.told == ["accepted"] * 5 + ["planned"] * 15


def test_a_stop_before_the_start_sends_nothing():
    delivering = Delivering(3)
    delivering.stop.set()
    assert delivering.run().kind is StopKind.INTERRUPTED
    assert delivering.service.sent == []


def test_a_stop_from_within_a_progress_call_is_obeyed_at_once():
    delivering = Delivering(3, concurrency=1)
    delivering.progress = _StoppingList(delivering.stop)
    assert delivering.run().kind is StopKind.INTERRUPTED
    assert delivering.ledger.told == ["accepted", "planned", "planned"]


class _StoppingList(list):
    def __init__(self, stop):
        super().__init__()
        self.stop = stop

    def append(self, change):
        super().append(change)
        if change[1] is BatchState.ACCEPTED:
            self.stop.set()


def test_a_stop_ends_a_long_wait():
    async def run():
        delivering = Delivering(3, Scripted(BUSY))

        async def for_ever(_seconds):
            waiting.set()
            await asyncio.Event().wait()

        waiting = asyncio.Event()
        delivering.clock.sleep = for_ever
        sending = asyncio.create_task(delivering.go())
        await waiting.wait()
        delivering.stop.set()
        return delivering, await asyncio.wait_for(sending, 20)

    delivering, stopped = asyncio.run(run())
    assert stopped.kind is StopKind.INTERRUPTED
    assert delivering.ledger.told == ["planned"] * 3


def test_another_batchs_denial_ends_a_long_wait():
    async def run():
        delivering = Delivering(9, Scripted(ACCEPTED, busy, denied_later))
        delivering.clock.sleep = for_ever
        return delivering, await asyncio.wait_for(delivering.go(), 20)

    async def for_ever(_seconds):
        waiting.set()
        await asyncio.Event().wait()

    async def busy():
        await asked.wait()  # else a loaded machine may keep the other from being asked before all wait
        return BUSY

    async def denied_later():
        asked.set()
        await waiting.wait()
        return DENIED

    asked, waiting = asyncio.Event(), asyncio.Event()
    delivering, stopped = asyncio.run(run())
    assert stopped.kind is StopKind.DENIED
    assert delivering.ledger.told[:3] == ["accepted", "planned", "planned"]


def test_a_stop_after_the_last_batch_stops_nothing():
    delivering = Delivering(1)
    delivering.progress = _StoppingList(delivering.stop)
    assert delivering.run() is None


def test_cancelled_the_batches_in_flight_are_unconfirmed_before_it_goes_on():
    async def run():
        service = Hanging()
        delivering = Delivering(20, service)
        sending = asyncio.create_task(delivering.go())
        await until(lambda: service.in_flight == 4)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        return delivering

    delivering = asyncio.run(run())
    assert delivering.ledger.told == ["accepted"] + ["unconfirmed"] * 4 + ["planned"] * 15
    assert delivering.ledger.attempts[1][3].verdict is Verdict.UNKNOWN


def test_an_unexpected_error_makes_its_batch_unconfirmed_and_is_raised_when_the_others_have_ended():
    async def fails():
        raise RuntimeError("odd")

    delivering = Delivering(20, Scripted(ACCEPTED, fails))
    with pytest.raises(RuntimeError, match="odd"):
        delivering.run()
    assert delivering.ledger.told == ["accepted", "unconfirmed", *["accepted"] * 3, *["planned"] * 15]


def test_a_ledger_that_fails_to_begin_sends_nothing():
    def full(*_arguments):
        raise OSError("disk full")

    delivering = Delivering(5)
    delivering.ledger.begin = full
    with pytest.raises(OSError, match="disk full"):
        delivering.run()
    assert delivering.service.sent == []


def test_a_ledger_that_fails_to_finish_ends_sending():
    def full(*_arguments):
        raise OSError("disk full")

    delivering = Delivering(5)
    delivering.ledger.finish = full
    with pytest.raises(OSError, match="disk full"):
        delivering.run()
    assert len(delivering.service.sent) == 1
    assert delivering.ledger.told == ["sending"] + ["planned"] * 4
