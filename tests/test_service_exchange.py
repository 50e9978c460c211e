"""One request: whatever the libraries below make of a cancellation, it is one."""

import asyncio

import httpx
import pytest

from pipeline.service.exchange import Exchange, exchange


class Confused(httpx.AsyncBaseTransport):
    """Makes a RuntimeError of a cancellation, as a generator does that is not done when it is thrown into."""

    async def handle_async_request(self, _request):
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            raise RuntimeError("generator didn't stop after athrow()") from None


class Broken(httpx.AsyncBaseTransport):
    async def handle_async_request(self, _request):
        raise RuntimeError("something else")


async def asked(transport: httpx.AsyncBaseTransport, seconds: float) -> Exchange:
    async with httpx.AsyncClient(transport=transport) as client:
        return await exchange(client, "GET", "http://127.0.0.1:1/", seconds=seconds, seen=Exchange())


def test_a_deadline_stays_a_deadline():
    seen = asyncio.run(asked(Confused(), 0.01))
    assert seen.trouble == "no whole answer within 0.01 seconds"


def test_a_cancellation_stays_a_cancellation():
    async def given_up() -> None:
        task = asyncio.create_task(asked(Confused(), 5))
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(given_up())


def test_any_other_error_of_that_kind_is_not_hidden():
    with pytest.raises(RuntimeError, match="something else"):
        asyncio.run(asked(Broken(), 5))
