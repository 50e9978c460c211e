import json
import socket
import time
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime

import httpx
import pytest
from sandbox_client import BATCHES, Clock, batch, client, get, names, post, submit

PLACING = ["500-after", "502-after", "503-after", "504-after-html", "lost", "half", "garbled", "drip=60"]
NOT_PLACING = [
    "400",
    "401",
    "402",
    "403",
    "404",
    "409",
    "413",
    "422",
    "422=0",
    "429",
    "500",
    "502-html",
    "503",
    "504",
    "307",
    "cut",
]


def attempt(sandbox):
    """Submit, and look no further than the head of the answer, which may never come."""
    with (
        client(sandbox) as http,
        suppress(httpx.TransportError),
        http.stream("POST", f"{BATCHES}/submit", json=batch()) as answer,
    ):
        assert answer.status_code


@pytest.mark.parametrize("fault", PLACING)
def test_these_faults_come_after_the_calls_were_placed(start_sandbox, fault):
    sandbox = start_sandbox(fault)
    attempt(sandbox)
    assert len(sandbox.calls.placed()) == 1
    assert submit(sandbox).status_code == 200


@pytest.mark.parametrize("fault", NOT_PLACING)
def test_these_faults_place_nothing(start_sandbox, fault):
    sandbox = start_sandbox(fault)
    attempt(sandbox)
    assert sandbox.calls.placed() == []
    assert submit(sandbox).status_code == 200


@pytest.mark.parametrize(
    "fault", ["400", "401", "402", "403", "404", "409", "413", "422", "429", "500", "502", "503", "504"]
)
def test_a_status_comes_in_the_vendors_shape(start_sandbox, fault):
    answer = submit(start_sandbox(fault))
    assert answer.status_code == int(fault)
    assert answer.json()["detail"].keys() == {"type", "code", "message", "status", "request_id", "param"}
    assert "retry-after" not in answer.headers


def test_a_rate_limit_says_how_long_in_seconds(start_sandbox):
    answer = submit(start_sandbox("429=2"))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert answer.json()["detail"]["code"] == "rate_limit_exceeded"


def test_a_rate_limit_says_how_long_as_a_date(start_sandbox):
    clock = Clock()
    answer = submit(start_sandbox("429-date=90", clock=clock))
    assert parsedate_to_datetime(answer.headers["retry-after"]).timestamp() == clock.now + 90
    assert parsedate_to_datetime(answer.headers["date"]).timestamp() == clock.now


def test_a_status_may_have_another_code(start_sandbox):
    answer = submit(start_sandbox("403=batch_calling_agreement_required"))
    assert answer.json()["detail"]["status"] == "batch_calling_agreement_required"


def test_a_422_may_name_recipients(start_sandbox):
    answer = submit(start_sandbox("422=0,17"))
    assert [told["loc"] for told in answer.json()["detail"]] == [
        ["body", "recipients", 0, "phone_number"],
        ["body", "recipients", 17, "phone_number"],
    ]


def test_an_error_may_be_a_plain_text_or_a_web_page(start_sandbox):
    sandbox = start_sandbox("400-plain", "502-html")
    assert isinstance(submit(sandbox).json()["detail"], str)
    assert submit(sandbox).headers["content-type"].startswith("text/html")


def test_a_redirect_leads_elsewhere(start_sandbox):
    sandbox = start_sandbox("307", "302=http://127.0.0.1:9/")
    assert (submit(sandbox).status_code, sandbox.calls.requests("/elsewhere")) == (307, [])
    assert submit(sandbox).headers["location"] == "http://127.0.0.1:9/"


def test_a_lost_answer_has_not_a_byte(start_sandbox):
    assert raw(start_sandbox("lost"), json.dumps(batch()).encode()) == b""


def test_a_cut_connection_closes_before_the_body_is_sent(start_sandbox):
    assert raw(start_sandbox("cut"), b"{", length=1_000_000) == b""


def test_half_an_answer_promises_the_whole_one(start_sandbox):
    received = raw(start_sandbox("half"), json.dumps(batch()).encode())
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert 0 < len(body) < int(dict(line.lower().split(b": ") for line in head.split(b"\r\n")[1:])[b"content-length"])


@contextmanager
def hanging(sandbox, body, *, length=None):
    """A connection on which a submit was sent, and nothing was received yet."""
    url = httpx.URL(sandbox.url)
    head = (
        f"POST {BATCHES}/submit HTTP/1.1\r\nHost: sandbox\r\nxi-api-key: k\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length or len(body)}\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port), timeout=5) as line:
        line.sendall(head.encode() + body)
        yield line


def raw(sandbox, body, *, length=None):
    """All bytes of the answer to a submit, until the sandbox hangs up."""
    received = b""
    with hanging(sandbox, body, length=length) as line:
        while chunk := _received(line):
            received += chunk
    return received


def _received(line):
    try:
        return line.recv(65536)
    except ConnectionResetError:
        return b""


def test_an_unreadable_body_comes_with_200(start_sandbox):
    answer = submit(start_sandbox("garbled"))
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Unterminated"):
        answer.json()


def test_a_dripping_answer_outlives_a_clients_patience_between_bytes(start_sandbox):
    sandbox = start_sandbox("drip=0.01")
    with client(sandbox) as http, http.stream("POST", f"{BATCHES}/submit", json=batch(), timeout=0.5) as answer:
        drops = answer.iter_raw()
        assert answer.status_code == 200
        assert [next(drops) for _ in range(5)] == [b" "] * 5


def test_latency_holds_for_every_answer(start_sandbox):
    sandbox = start_sandbox(latency=0.1)
    begun = time.monotonic()
    submit(sandbox)
    names(sandbox)
    assert time.monotonic() - begun >= 0.2


def test_latency_comes_after_the_calls_were_placed(start_sandbox):
    sandbox = start_sandbox("latency=60")
    with hanging(sandbox, json.dumps(batch()).encode()):
        deadline = time.monotonic() + 5
        while not sandbox.calls.placed():
            assert time.monotonic() < deadline
    assert [request.status for request in sandbox.calls.requests("submit")] == [None]


def test_a_batch_may_appear_in_the_list_seconds_later(start_sandbox):
    clock = Clock()
    sandbox = start_sandbox("lag=3", clock=clock)
    receipt = submit(sandbox).json()
    assert names(sandbox) == []
    assert get(sandbox, f"{BATCHES}/{receipt['id']}").status_code == 200
    clock.now += 3
    assert names(sandbox) == ["Survey"]


def test_a_batch_may_appear_in_the_list_requests_later(start_sandbox):
    sandbox = start_sandbox("lag-lists=2:1")
    submit(sandbox, batch(call_name="slow"))
    submit(sandbox, batch(call_name="fast"))
    assert [names(sandbox) for _ in range(3)] == [["fast"], ["fast"], ["fast", "slow"]]


def test_a_lost_batch_may_be_placed_late(start_sandbox):
    clock = Clock()
    sandbox = start_sandbox("lost", "late=30", clock=clock)
    attempt(sandbox)
    [placed] = sandbox.calls.batches()
    assert (names(sandbox), get(sandbox, f"{BATCHES}/{placed.id}").status_code) == ([], 404)
    clock.now += 30
    assert names(sandbox) == ["Survey"]
    assert get(sandbox, f"{BATCHES}/{placed.id}").json()["created_at_unix"] == clock.now


def test_other_endpoints_fail_when_told_so(start_sandbox):
    sandbox = start_sandbox("list/503=1", "batch/garbled", "cancel/500-after", "agent/403", "retry/429")
    receipt = submit(sandbox).json()
    path = f"{BATCHES}/{receipt['id']}"
    assert get(sandbox, f"{BATCHES}/workspace").status_code == 503
    assert get(sandbox, path).content == b'{"id": "btcal_'
    assert post(sandbox, f"{path}/cancel").status_code == 500
    assert sandbox.calls.batches()[0].cancelled_at is not None
    assert get(sandbox, "/v1/convai/agents/agent_1").status_code == 403
    assert post(sandbox, f"{path}/retry").status_code == 429


def test_a_body_that_is_refused_stays_refused_under_a_fault(start_sandbox):
    sandbox = start_sandbox("500-after")
    assert submit(sandbox, batch("no number")).status_code == 422
    assert sandbox.calls.placed() == []


def test_each_request_is_remembered_with_its_fault(start_sandbox):
    sandbox = start_sandbox("429=1", "lost", "lag=3")
    for _ in range(3):
        attempt(sandbox)
    told = [(request.method, request.fault, request.status) for request in sandbox.calls.requests("/submit")]
    assert told == [("POST", "429=1 lag=3", 429), ("POST", "lost lag=3", None), ("POST", "lag=3", 200)]


def test_a_client_that_goes_away_in_the_middle_of_its_body_places_nothing(sandbox):
    with hanging(sandbox, b'{"call_name"', length=1000):
        pass
    assert submit(sandbox).status_code == 200
    assert len(sandbox.calls.placed()) == 1


def test_chaos_strikes_what_it_says(start_sandbox):
    sandbox = start_sandbox(chaos="7:1")
    for _ in range(20):
        attempt(sandbox)
    requests = sandbox.calls.requests("/submit")
    assert len(requests) == 20
    assert all(request.fault for request in requests)
