"""The gate that all senders pass before each request: open, closed while one of them waits, or shut for good."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum


class StopKind(StrEnum):
    """Why nothing more is sent."""

    DENIED = "denied"  # the service refuses the key, the account or the permission
    UNCONFIRMED = "unconfirmed"  # two answers in a row were lost
    REFUSED = "refused"  # two batches in a row were refused as a whole
    NOT_PLACED = "not_placed"  # the service took nothing, for as long as it was tried
    WINDOW = "window"  # the hours in which people may be called do not allow it
    HALTED = "halted"  # the campaign was stopped meanwhile
    INTERRUPTED = "interrupted"  # somebody asked for it


@dataclass(frozen=True)
class Stopped:
    """Why sending ended early: `reason` is a sentence for people."""

    kind: StopKind
    reason: str


_INTERRUPTED = Stopped(StopKind.INTERRUPTED, "sending was interrupted")


class Gate:
    """One for all senders of a run. `stop` is set from outside and shuts it; `sleep` takes seconds.

    `stopped` is why it is shut; None while it is not. It is closed while a sender that was told to wait has not got its
    batch through: then those who waited go one at a time, and new batches follow when all of them are through. Many at
    once would only be told to wait again.
    """

    def __init__(self, stop: asyncio.Event, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.stopped: Stopped | None = None
        self._stop = stop
        self._sleep = sleep
        self._shut = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()
        self._holders = 0
        self._one_at_a_time = asyncio.Lock()

    def shut(self, why: Stopped) -> None:
        """Let nobody through any more; the first reason is the one that is told."""
        self.stopped = self.stopped or why
        self._shut.set()

    @contextmanager
    def visit(self) -> Iterator["Visit"]:
        """One sender, with one batch, from its first attempt to its last."""
        visit = Visit(self)
        try:
            yield visit
        finally:
            if visit.waited:
                self._holders -= 1
                if not self._holders:
                    self._open.set()

    def hold(self) -> None:
        """Close the gate to new batches, until the visit that asks for it ends."""
        self._holders += 1
        self._open.clear()

    async def rest(self, seconds: float) -> None:
        """Sleep; shutting the gate ends it."""
        await _first(self._sleep(seconds), self._shut.wait(), self._stop.wait())

    @asynccontextmanager
    async def passage(self, *, waited: bool) -> AsyncIterator[bool]:
        """Go through for one attempt; gives False where the gate is shut. Whoever `waited` goes before new batches."""
        if waited:
            async with self._one_at_a_time:
                yield self._is_passable()
            return
        while self._is_passable() and not self._open.is_set():
            await _first(self._open.wait(), self._shut.wait(), self._stop.wait())
        yield self._is_passable()

    def _is_passable(self) -> bool:
        if self._stop.is_set():
            self.shut(_INTERRUPTED)
        return self.stopped is None


class Visit:
    """A sender's way through the gate with one batch; `waited` says that it has been told to wait."""

    def __init__(self, gate: Gate) -> None:
        self.waited = False
        self._gate = gate

    async def wait(self, seconds: float) -> None:
        """Wait before the next attempt, and keep the gate closed from now on."""
        if not self.waited:
            self.waited = True
            self._gate.hold()
        await self._gate.rest(seconds)

    def passage(self) -> AbstractAsyncContextManager[bool]:
        """See Gate.passage."""
        return self._gate.passage(waited=self.waited)


async def _first(*waits: Awaitable[object]) -> None:
    """Wait for the first to end, then end the others; raises what it raised."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
