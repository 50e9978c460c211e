"""One request and what came of it: how far it got, under one deadline, with a bounded answer."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

#: The longest answer that is read, in bytes after decompression.
MOST_BYTES = 10_000_000

#: Without a trace (transports that are not httpcore's) these alone tell that no byte of the request had left.
_BEFORE_A_REQUEST = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class _SentLateError(Exception):
    """The time in which the request may begin is over; no byte of it has left."""


class _TooLongError(Exception):
    """The answer is longer than MOST_BYTES."""


@dataclass
class Exchange:
    """What is known of one request, written down while it happens, since a failure may come at any point.

    `sent` says that a byte of the request may have left. `status` is None where no status line arrived. Headers have
    lower-case names. `trouble` tells, for people, why the answer is missing or cut short; empty where it is whole.
    """

    may_begin: Callable[[], bool] = lambda: True
    sent: bool = False
    connecting: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    trouble: str = ""

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Follow httpcore: a request begins with its headers. The CONNECT that opens a proxy's tunnel carries none of it."""
        if event == "connection.connect_tcp.started":
            self.connecting = True
        elif event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.begin()

    def begin(self) -> None:
        """Called right before the first byte leaves; raises when that is too late."""
        if not self.may_begin():
            raise _SentLateError
        self.sent = True

    def fail(self, error: Exception) -> None:
        """Write down what ended the exchange. Where nothing proves the contrary, the request counts as sent."""
        certain = isinstance(error, (*_BEFORE_A_REQUEST, _SentLateError)) or self.connecting
        self.sent = self.sent or not certain
        self.trouble = _told(error)


_ADDRESS = "look at the network, and whether the base URL is right"
_WORDS: Mapping[tuple[type[Exception], ...], str] = {
    (httpx.ConnectTimeout,): f"no connection could be made in time; {_ADDRESS}",
    (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError): "the connection broke before the answer was whole",
    (_SentLateError,): "too much time passed before the request could begin, so it was not sent",
    (_TooLongError,): f"the answer is longer than {MOST_BYTES:,} bytes",
}


async def exchange(
    client: httpx.AsyncClient, method: str, url: str, *, seconds: float, seen: Exchange, **request: Any
) -> Exchange:
    """Make one request, fill `seen` and give it back. Never raises for network or HTTP trouble.

    `seconds` are for everything together, from the name look-up to the last byte of the answer: httpx's
    own are per read, and a dripping answer outlives them.
    """
    try:
        if not seen.may_begin():
            raise _SentLateError
        async with asyncio.timeout(seconds):
            await _cancellable(_converse(client, method, url, seen, request))
    except TimeoutError:
        seen.fail(TimeoutError(f"no whole answer within {seconds:g} seconds"))
    except (httpx.HTTPError, httpx.StreamError, OSError, _SentLateError, _TooLongError) as error:
        seen.fail(error)
    return seen


async def _cancellable(work: Coroutine[Any, Any, None]) -> None:
    """Let a cancellation be one, whatever the libraries below make of it: at a bad moment that is a RuntimeError."""
    try:
        await work
    except RuntimeError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from None
        raise


async def _converse(
    client: httpx.AsyncClient, method: str, url: str, seen: Exchange, request: Mapping[str, Any]
) -> None:
    async with client.stream(method, url, extensions={"trace": seen.trace}, **request) as response:
        seen.sent = True
        seen.status = response.status_code
        seen.headers = {name.lower(): value for name, value in response.headers.items()}
        async for chunk in response.aiter_bytes():
            seen.body += chunk
            if len(seen.body) > MOST_BYTES:
                raise _TooLongError


def _told(error: Exception) -> str:
    """What ended an exchange, for people; the text of a broken connection may hold what was received."""
    for kinds, words in _WORDS.items():
        if isinstance(error, kinds):
            return words
    if isinstance(error, httpx.ConnectError):
        return f"no connection could be made ({error}); {_ADDRESS}"
    return str(error) if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}".removesuffix(": ")
