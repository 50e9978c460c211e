"""Submit the batches of a run: each once, few at a time, and no further than the answers bear out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from pipeline.deliver.gate import Gate, StopKind, Stopped, Visit
from pipeline.deliver.streak import Streak
from pipeline.deliver.window import Start, start_now, stay_planned
from pipeline.service.patience import patient
from schemas.campaign import Delivery
from schemas.masking import masked_text
from schemas.ready import ReadyBatch
from schemas.request import Head
from schemas.states import Answer, BatchState, Verdict

#: Longest time, in seconds, between writing "sending" down and the first byte; after it the world may have moved on.
BEGIN_WITHIN = 10.0

_log = logging.getLogger("campaign")


class SubmitLedger(Protocol):
    """What is asked of the ledger; what writes has committed when it returns. Times are Unix seconds."""

    def subtract(self, batch_id: int, at: float) -> int:
        """Take people who were blocked since they were planned out of the batch; how many it has then, 0 unless planned."""

    def payload(self, batch_id: int) -> bytes:
        """Recipient texts joined by RECIPIENT_SEPARATOR."""

    def begin(self, batch_id: int, token: str, at: float) -> int | None:
        """Planned → sending; the attempt's id, or None if the batch is not planned any more."""

    def finish(self, batch_id: int, attempt_id: int, answer: Answer, at: float) -> BatchState:
        """Write down what the attempt came to; the batch's state after it."""

    def rest(self, batch_id: int) -> ReadyBatch | None:
        """What a refusal that named recipients has left of a batch, as a batch that is planned; in the end None."""


class Submits(Protocol):
    """What is asked of the service: one attempt, never raising for network or HTTP trouble."""

    async def submit(self, body: bytes, call_name: str, *, may_begin: Callable[[], bool]) -> Answer:
        """See `pipeline.service.client.Service.submit`."""


#: Told of every change: the batch's number, its state, its recipients.
Progress = Callable[[int, BatchState, int], None]


async def submit(
    batches: Sequence[ReadyBatch],
    ledger: SubmitLedger,
    service: Submits,
    delivery: Delivery,
    *,
    mark: str,
    token: Callable[[], str],
    clock: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
    stop: asyncio.Event,
    progress: Progress,
) -> Stopped | None:
    """Submit every batch in order of number, and say why sending ended early; None when it did not.

    Batches go alone until one is accepted, then `delivery.concurrency` at once; where a refusal names recipients, the
    rest follows its batch, sent by the same sender. `mark` is the campaign's, `token` makes
    a new token for each attempt, `clock` gives Unix seconds. Once `stop` is set no batch is begun; those in flight are
    awaited. When this is cancelled, or something raises, the batches in flight become unconfirmed before it goes on.
    """
    sending = _Sending(ledger, service, delivery, mark, token, clock, Gate(stop, sleep), progress)
    return await sending.all_of(batches)


@dataclass(frozen=True)
class _Sending:
    ledger: SubmitLedger
    service: Submits
    delivery: Delivery
    mark: str
    token: Callable[[], str]
    clock: Callable[[], float]
    gate: Gate
    progress: Progress
    streak: Streak = field(default_factory=Streak)
    left: list[ReadyBatch] = field(default_factory=list)

    async def all_of(self, batches: Sequence[ReadyBatch]) -> Stopped | None:
        queue = iter(sorted(batches, key=lambda batch: batch.number))
        await self._send_from(queue, until_accepted=True)
        senders = [self._send_from(queue) for _ in range(self.delivery.concurrency)]
        for ended in await asyncio.gather(*senders, return_exceptions=True):
            if ended is not None:
                raise ended
        return self.gate.stopped or self._left_for_later()

    async def _send_from(self, queue: Iterator[ReadyBatch], *, until_accepted: bool = False) -> None:
        """Send what the queue, shared by all senders, gives next. Should this fail, the others finish theirs and end."""
        try:
            for batch in queue:
                answer = await self._send_with_rest(batch)
                if until_accepted and answer is not None and answer.verdict is Verdict.ACCEPTED:
                    return
        except BaseException:
            self.gate.shut(Stopped(StopKind.INTERRUPTED, "sending was ended by an error"))
            raise

    async def _send_with_rest(self, batch: ReadyBatch) -> Answer | None:
        """Send a batch, and what refusals that name recipients leave of it; the last answer."""
        answer = await self._send(batch)
        while answer is not None and answer.recipients and (rest := self.ledger.rest(batch.id)):
            batch, answer = rest, await self._send(rest)
        return answer

    async def _send(self, batch: ReadyBatch) -> Answer | None:
        """Attempt a batch until its answer is more than "not now"; None if it was not sent."""
        with self.gate.visit() as visit:
            asking = patient(
                attempts=self.delivery.attempts,
                seconds=self.delivery.max_seconds,
                clock=self.clock,
                sleep=visit.wait,
                again=_is_not_placed,
                told=_told,
                say=partial(_say_again, batch),
            )
            answer: Answer | None = await asking(self._attempt, batch, visit)
        if answer is not None and (why := self._why_stop(batch, answer)):
            self.gate.shut(why)
        return answer

    def _why_stop(self, batch: ReadyBatch, answer: Answer) -> Stopped | None:
        if _is_not_placed(answer):
            return Stopped(
                StopKind.NOT_PLACED, f"batch {batch.number} could not be sent: {masked_text(answer.message)}"
            )
        return self.streak.stop_after(answer)

    async def _attempt(self, batch: ReadyBatch, visit: Visit) -> Answer | None:
        """One attempt; None where the gate, the hours or the ledger says no."""
        async with visit.passage() as may_pass:
            return await self._try(batch) if may_pass else None

    async def _try(self, batch: ReadyBatch) -> Answer | None:
        begun = self.clock()
        start = start_now(batch, begun)
        if start is None:
            self.left.append(batch)
            return None
        if not self.ledger.subtract(batch.id, begun):
            return None
        token = self.token() if self.delivery.token else ""
        head = self._head(batch, start, token)
        body = head.body(self.ledger.payload(batch.id))
        attempt = self.ledger.begin(batch.id, token, begun)
        if attempt is None:
            return None
        return await self._exchange(batch, attempt, body, head.call_name, begun)

    def _head(self, batch: ReadyBatch, start: Start, token: str) -> Head:
        head = replace(batch.head, start=start.at)
        return head.marked(self.mark, token) if token else head

    async def _exchange(self, batch: ReadyBatch, attempt: int, body: bytes, call_name: str, begun: float) -> Answer:
        """From "sending" in the ledger to the answer in the ledger, whatever happens in between."""
        try:
            self.progress(batch.number, BatchState.SENDING, batch.recipients)
            answer = await self.service.submit(body, call_name, may_begin=lambda: self._is_fresh(begun))
            answer = answer.to(batch.recipients)
        except BaseException as error:
            lost = f"sending ended before the answer came ({type(error).__name__})"
            self._finish(batch, attempt, Answer(Verdict.UNKNOWN, code="interrupted", message=lost))
            raise
        self._finish(batch, attempt, answer)
        return answer

    def _is_fresh(self, begun: float) -> bool:
        """A clock that was put back proves nothing, and counts as too late as well."""
        return 0 <= self.clock() - begun <= BEGIN_WITHIN

    def _finish(self, batch: ReadyBatch, attempt: int, answer: Answer) -> None:
        state = self.ledger.finish(batch.id, attempt, answer, self.clock())
        rest = self.ledger.rest(batch.id) if answer.recipients else None
        self.progress(batch.number, state, batch.recipients - (rest.recipients if rest else 0))

    def _left_for_later(self) -> Stopped | None:
        if not self.left:
            return None
        return Stopped(
            StopKind.WINDOW,
            f"{stay_planned([batch.number for batch in self.left])}: the hours in which their people may be called have ended; "
            "`campaign run` with the same file, or `campaign resume`, sends them in the next ones",
        )


def _say_again(batch: ReadyBatch, answer: Answer | None, wait: float) -> None:
    if answer is not None:
        _log.info("batch %d: %s; trying again in %.0f s", batch.number, masked_text(answer.message), wait)


def _is_not_placed(answer: Answer | None) -> bool:
    return answer is not None and answer.verdict is Verdict.NOT_PLACED


def _told(answer: Answer | None) -> float | None:
    return answer.retry_after if answer is not None else None
