"""One submit over a real connection: what breaks on the way, what is known then, and how often the request was made."""

import asyncio
import json
import logging
import time

import pytest

from schemas.states import Verdict
from tests.a_service import ACCEPTED, BODY, NAME, SECRET, accept, served, submit
from tests.loopback import answer


def test_a_body_arrives_as_it_is_and_its_receipt_is_read():
    got, seen = submit(accept)
    assert (got.verdict, got.echoed) == (Verdict.ACCEPTED, True)
    head, body = seen.requests[0].split(b"\r\n\r\n", 1)
    assert body == BODY
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "post /v1/convai/batch-calling/submit http/1.1"
    assert f"xi-api-key: {SECRET}" in lines
    assert "content-type: application/json" in lines
    assert any(line.startswith("user-agent: campaign/") for line in lines)


def test_a_connection_cut_in_the_middle_of_the_request_is_unknown():
    async def behaviour(connection):
        await connection.reader.readexactly(10_000)
        connection.cut()

    got, seen = submit(behaviour)
    assert (got.verdict, got.status, seen.connections) == (Verdict.UNKNOWN, None, 1)


def test_an_answer_that_never_comes_is_unknown():
    async def behaviour(connection):
        await connection.request()
        connection.cut()

    got, seen = submit(behaviour)
    assert (got.verdict, got.code, seen.posts) == (Verdict.UNKNOWN, "answer_lost", 1)


def test_a_connection_closed_without_an_answer_is_unknown():
    async def behaviour(connection):
        await connection.request()

    got, seen = submit(behaviour)
    assert (got.verdict, seen.posts, seen.connections) == (Verdict.UNKNOWN, 1, 1)


def test_a_silent_server_is_unknown_at_the_deadline():
    async def behaviour(connection):
        await connection.request()
        await asyncio.sleep(60)

    begun = time.monotonic()
    got, seen = submit(behaviour, timeout=0.2)
    assert time.monotonic() - begun < 1.5
    assert (got.verdict, seen.posts) == (Verdict.UNKNOWN, 1)
    assert got.message == "no whole answer within 0.2 seconds"


def test_a_server_that_does_not_read_is_unknown_at_the_deadline():
    async def behaviour(connection):
        connection.writer.transport.pause_reading()
        await asyncio.sleep(60)

    got, _ = submit(behaviour, timeout=0.2)
    assert got.verdict is Verdict.UNKNOWN


def drip(raw):
    async def behaviour(connection):
        await connection.request()
        for at in range(len(raw)):
            await connection.say(raw[at : at + 1])
            await asyncio.sleep(0.02)

    return behaviour


def test_a_dripping_answer_does_not_outlive_the_deadline():
    got, seen = submit(drip(ACCEPTED), timeout=0.3)
    assert (got.verdict, seen.posts) == (Verdict.UNKNOWN, 1)


def test_a_refusal_whose_body_drips_is_still_a_refusal():
    async def behaviour(connection):
        await connection.request()
        await connection.say(b"HTTP/1.1 422 No\r\ncontent-length: 1000\r\n\r\n{")
        await asyncio.sleep(60)

    got, seen = submit(behaviour, timeout=0.2)
    assert (got.verdict, got.status, seen.posts) == (Verdict.REFUSED, 422, 1)


def test_a_rate_limit_whose_body_is_cut_still_says_how_long_to_wait():
    async def behaviour(connection):
        await connection.request()
        await connection.say(b"HTTP/1.1 429 Wait\r\nretry-after: 3\r\ncontent-length: 1000\r\n\r\n{")

    got, seen = submit(behaviour)
    assert (got.verdict, got.retry_after, seen.posts) == (Verdict.NOT_PLACED, 3.0, 1)


def test_200_cut_short_is_unknown():
    async def behaviour(connection):
        await connection.request()
        await connection.say(ACCEPTED[:-5])

    got, seen = submit(behaviour)
    assert (got.verdict, got.code, got.status, seen.posts) == (Verdict.UNKNOWN, "unreadable_answer", 200, 1)


@pytest.mark.parametrize("raw", [answer("200 OK", b"<html>"), answer("200 OK", b"gibberish", "content-encoding: gzip")])
def test_200_with_an_unreadable_body_is_unknown(raw):
    async def behaviour(connection):
        await connection.request()
        await connection.say(raw)

    got, seen = submit(behaviour)
    assert (got.verdict, got.status, seen.posts) == (Verdict.UNKNOWN, 200, 1)


def test_an_answer_that_is_no_http_is_unknown():
    async def behaviour(connection):
        await connection.request()
        await connection.say(b"SSH-2.0-OpenSSH\r\n\r\n")

    got, seen = submit(behaviour)
    assert (got.verdict, seen.posts) == (Verdict.UNKNOWN, 1)


def test_an_endless_answer_is_not_read_to_its_end():
    async def behaviour(connection):
        await connection.request()
        await connection.say(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        while True:
            await connection.say(b" " * 1_000_000)

    got, seen = submit(behaviour)
    assert (got.verdict, seen.posts) == (Verdict.UNKNOWN, 1)
    assert got.message == "the answer is longer than 10,000,000 bytes"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status):
    async def behaviour(connection):
        await connection.request()
        await connection.say(answer(status, b"", "location: /v1/convai/batch-calling/submit"))

    got, seen = submit(behaviour)
    assert (got.verdict, seen.posts, seen.connections) == (Verdict.UNKNOWN, 1, 1)


def test_a_connection_is_used_once_so_that_none_can_be_stale():
    async def behaviour(connection):
        while True:
            await connection.request()
            await connection.say(ACCEPTED)

    async def ask(service):
        answers = [await service.submit(BODY, NAME) for _ in range(3)]
        await service.agent("agent_1")
        return answers

    answers, seen = served(behaviour, ask)
    assert [got.verdict for got in answers] == [Verdict.ACCEPTED] * 3
    assert (seen.posts, seen.connections) == (3, 4)
    assert all(b"connection: close" in request.lower() for request in seen.requests)


def test_a_request_that_may_not_begin_any_more_is_not_sent():
    allowed = iter([True, False])  # before the connection, and once it stands
    got, seen = submit(accept, may_begin=lambda: next(allowed))
    assert (got.verdict, seen.posts, seen.connections) == (Verdict.NOT_PLACED, 0, 1)
    got, seen = submit(accept, may_begin=lambda: False)
    assert (got.verdict, seen.posts, seen.connections) == (Verdict.NOT_PLACED, 0, 0)


def test_cancellation_passes_through_and_leaves_no_connection():
    async def behaviour(connection):
        await connection.request()
        attempts[0].cancel()
        gone.append(await connection.reader.read())

    async def ask(service):
        attempts.append(asyncio.create_task(service.submit(BODY, NAME)))
        with pytest.raises(asyncio.CancelledError):
            await attempts[0]
        await asyncio.sleep(0.01)

    attempts, gone = [], []
    served(behaviour, ask)
    assert gone == [b""]


def test_the_key_is_not_in_the_words_about_an_answer_that_is_no_http():
    async def behaviour(connection):
        await connection.request()
        await connection.say(f"{SECRET}\r\n\r\n".encode())

    got, _ = submit(behaviour)
    assert got.message == "the connection broke before the answer was whole"
    assert SECRET not in repr(got)


def test_the_key_is_in_no_log_and_no_answer_even_if_it_comes_back(caplog):
    async def behaviour(connection):
        await connection.request()
        body = json.dumps({"detail": {"code": SECRET, "message": f"Invalid key {SECRET}"}}).encode()
        await connection.say(answer("401 Unauthorized", body, f"x-request-id: {SECRET}"))

    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "httpx"):
        got, _ = submit(behaviour)
    assert "Invalid key [the key]" in got.message
    assert SECRET not in repr(got)
    sent = [record.getMessage() for record in caplog.records if "send_request" in record.getMessage()]
    assert sent, "httpcore tells nothing any more: this test has to look elsewhere"
    assert not [line for line in sent if SECRET in line]
