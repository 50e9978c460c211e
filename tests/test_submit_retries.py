"""The error table of the service, a test a line: how many POSTs were made, and what became of the batch."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from pipeline.deliver.gate import StopKind
from pipeline.service.client import Service
from pipeline.service.key import Key
from tests.a_delivery import ACCEPTED, BUSY, Delivering, Scripted
from tests.a_service import RECEIPT, SECRET

AGAIN = 3


def over_http(answer, **delivery):
    """Deliver one batch to a service that always answers so; the delivery, why it stopped, the requests."""
    requests = []

    def respond(request):
        requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run():
        transport = httpx.MockTransport(respond)
        async with Service("https://service.example", Key(SECRET), timeout=5, transport=transport) as service:
            delivering = Delivering(1, service, attempts=AGAIN, **delivery)
            return delivering, await delivering.go(), requests

    return asyncio.run(run())


def refusal(status, **headers):
    return httpx.Response(status, json={"detail": {"code": "no", "message": "No"}}, headers=headers)


@pytest.mark.parametrize(
    ("answer", "posts", "state", "kind"),
    [
        pytest.param(httpx.Response(200, json=RECEIPT), 1, "accepted", None, id="a receipt"),
        pytest.param(httpx.ConnectError("refused"), AGAIN, "planned", StopKind.NOT_PLACED, id="connection refused"),
        pytest.param(httpx.ConnectTimeout("slow"), AGAIN, "planned", StopKind.NOT_PLACED, id="connect timeout"),
        pytest.param(refusal(400), 1, "refused", None, id="400"),
        pytest.param(refusal(401), 1, "planned", StopKind.DENIED, id="401"),
        pytest.param(refusal(402), 1, "planned", StopKind.DENIED, id="402"),
        pytest.param(refusal(403), 1, "planned", StopKind.DENIED, id="403"),
        pytest.param(refusal(404), 1, "refused", None, id="404"),
        pytest.param(refusal(409), 1, "refused", None, id="409"),
        pytest.param(refusal(413), 1, "refused", None, id="413"),
        pytest.param(refusal(422), 1, "refused", None, id="422"),
        pytest.param(refusal(429), AGAIN, "planned", StopKind.NOT_PLACED, id="429"),
        pytest.param(refusal(503), 1, "unconfirmed", None, id="503"),
        pytest.param(refusal(500), 1, "unconfirmed", None, id="500"),
        pytest.param(refusal(502), 1, "unconfirmed", None, id="502"),
        pytest.param(refusal(504), 1, "unconfirmed", None, id="504"),
        pytest.param(refusal(503, **{"retry-after": "1"}), 1, "unconfirmed", None, id="503 with Retry-After"),
        pytest.param(httpx.ReadTimeout("slow"), 1, "unconfirmed", None, id="read timeout"),
        pytest.param(httpx.WriteTimeout("slow"), 1, "unconfirmed", None, id="write timeout"),
        pytest.param(httpx.ReadError("cut"), 1, "unconfirmed", None, id="dropped while reading"),
        pytest.param(httpx.WriteError("cut"), 1, "unconfirmed", None, id="dropped while writing"),
        pytest.param(httpx.RemoteProtocolError("gone"), 1, "unconfirmed", None, id="dropped without an answer"),
        pytest.param(httpx.Response(200, text="OK"), 1, "unconfirmed", None, id="200 with an unreadable body"),
        pytest.param(httpx.Response(307, headers={"location": "/x"}), 1, "unconfirmed", None, id="redirect"),
        pytest.param(httpx.Response(418), 1, "unconfirmed", None, id="a status that is not in the table"),
    ],
)
def test_an_answer_means(answer, posts, state, kind):
    delivering, stopped, requests = over_http(answer)
    assert len(requests) == posts
    assert len(delivering.ledger.attempts) == posts
    assert delivering.ledger.told == [state]
    assert (stopped and stopped.kind) == kind


def test_the_body_that_is_posted_is_the_one_with_the_attempts_token():
    delivering, _, requests = over_http(refusal(429))
    names = [json.loads(request.content)["call_name"] for request in requests]
    assert names == [f"Spring [MARK-{token}]" for _, token, *_ in delivering.ledger.attempts]
    assert len(set(names)) == AGAIN


def test_retry_after_is_obeyed():
    delivering = Delivering(1, Scripted(replace(BUSY, retry_after=42)))
    assert delivering.run() is None
    assert delivering.clock.slept == [42]


def test_a_retry_after_beyond_the_time_left_is_not_waited_for():
    delivering = Delivering(5, Scripted(replace(BUSY, retry_after=301)))
    stopped = delivering.run()
    assert stopped.kind is StopKind.NOT_PLACED
    assert stopped.reason == "batch 1 could not be sent: busy"
    assert delivering.clock.slept == []
    assert delivering.ledger.told == ["planned"] * 5


def test_time_is_bounded_as_well_as_attempts():
    delivering = Delivering(1, Scripted(*[replace(BUSY, retry_after=100)] * 50), attempts=50, max_seconds=350)
    assert delivering.run().kind is StopKind.NOT_PLACED
    assert len(delivering.service.sent) == 4


def test_whoever_is_told_to_wait_makes_all_wait():
    class Watching(Scripted):
        async def submit(self, body, call_name, *, may_begin):
            times.append(delivering.clock.now)
            return await super().submit(body, call_name, may_begin=may_begin)

    times = []
    delivering = Delivering(12, Watching(ACCEPTED, replace(BUSY, retry_after=30)))
    start = delivering.clock.now
    assert delivering.run() is None
    early = [time for time in times if time < start + 30]
    assert len(early) <= 1 + 4, "those in flight when the wait began, and none after"
    assert len(times) == 13


class OneAtATime(Scripted):
    """A service that takes one submit at a time and says "busy" to any other."""

    async def submit(self, body, call_name, *, may_begin):
        if self.in_flight:
            self.answers.insert(0, BUSY)
        return await super().submit(body, call_name, may_begin=may_begin)


def test_a_service_that_takes_one_at_a_time_gets_all_batches_without_running_out_of_attempts():
    delivering = Delivering(40, OneAtATime(), attempts=4)
    assert delivering.run() is None
    attempts = [attempt[0] for attempt in delivering.ledger.attempts]
    assert max(attempts.count(number) for number in set(attempts)) <= 2
