"""What tests of delivery share: a ledger in memory that holds batches to their states, a clock, a scripted service."""

import asyncio
import itertools

from pipeline.deliver.submit import submit
from schemas.campaign import Delivery
from schemas.ready import ReadyBatch
from schemas.receipts import Receipt
from schemas.request import Head
from schemas.states import STATE_AFTER, Answer, BatchState, Verdict
from tests.a_service import NOW, RECEIPT

HEAD = Head("Spring", "agent_1", "phone_1")
ACCEPTED = Answer(Verdict.ACCEPTED, 200, receipt=Receipt(**RECEIPT), echoed=True)
REFUSED = Answer(Verdict.REFUSED, 400, message="no such agent")
NAMES_ONE = Answer(Verdict.REFUSED, 422, message="bad number", recipients=(1,))
DENIED = Answer(Verdict.DENIED, 401, message="bad key")
BUSY = Answer(Verdict.NOT_PLACED, 429, message="busy")
LOST = Answer(Verdict.UNKNOWN, message="cut")


class FakeLedger:
    """The ledger's part of the agreement, checked: who breaks an order of states fails the test."""

    def __init__(self, count):
        self.states = dict.fromkeys(range(101, 101 + count), BatchState.PLANNED)
        self.rests = {}  # what a refusal leaves, by the refused batch's id
        self.attempts = []  # [batch id, token, begun, answer, finished]

    def subtract(self, batch_id, _at):
        return int(self.states[batch_id] is BatchState.PLANNED)

    def payload(self, batch_id):
        return b'{"id":"%d"}' % batch_id

    def begin(self, batch_id, token, at):
        if self.states[batch_id] is not BatchState.PLANNED:
            return None
        self.states[batch_id] = BatchState.SENDING
        self.attempts.append([batch_id, token, at, None, None])
        return len(self.attempts) - 1

    def finish(self, batch_id, attempt_id, answer, at):
        assert self.states[batch_id] is BatchState.SENDING
        assert self.attempts[attempt_id][0] == batch_id
        self.states[batch_id] = STATE_AFTER[answer.verdict]
        self.attempts[attempt_id][3:] = [answer, at]
        return self.states[batch_id]

    def rest(self, batch_id):
        return self.rests.get(batch_id)

    @property
    def told(self):
        """The states in order of number, in a word."""
        return [str(state) for state in self.states.values()]


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self):
        self.now = NOW
        self.slept = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Scripted:
    """A service that gives these answers in turn, and ACCEPTED after them; what can be called, it calls."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []  # (body, call name)
        self.in_flight = 0
        self.most_in_flight = 0
        self.waits = asyncio.sleep

    async def submit(self, body, call_name, *, may_begin):
        assert may_begin()
        self.sent.append((body, call_name))
        answer = self.answers.pop(0) if self.answers else ACCEPTED
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.waits(0)
            return answer if isinstance(answer, Answer) else await answer()
        finally:
            self.in_flight -= 1


class Delivering:
    """A delivery of `count` batches: everything passed in, and everything that came of it."""

    def __init__(self, count, service=None, *, head=HEAD, calendar=None, **delivery):
        self.batches = [ReadyBatch(100 + number, number, 10 * number, head, calendar) for number in range(1, count + 1)]
        self.ledger = FakeLedger(count)
        self.service = service or Scripted()
        self.clock = FakeClock()
        self.delivery = Delivery(**delivery)
        self.tokens = (f"T{number:09d}" for number in itertools.count())
        self.stop = asyncio.Event()
        self.progress = []

    async def go(self):
        return await submit(
            self.batches,
            self.ledger,
            self.service,
            self.delivery,
            mark="MARK",
            token=lambda: next(self.tokens),
            clock=self.clock,
            sleep=self.clock.sleep,
            stop=self.stop,
            progress=lambda *change: self.progress.append(change),
        )

    def run(self):
        return asyncio.run(self.go())
