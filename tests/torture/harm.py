"""What befalls the program from within: it dies, or is stopped, at an exact boundary. The product knows nothing of it."""

import asyncio
import itertools
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from unittest.mock import patch

import httpx
import sqlalchemy as sa
from httpcore._backends.anyio import AnyIOStream
from tenacity import wait_none

from pipeline.commands import sending
from pipeline.deliver import submit
from pipeline.ledger.store import Ledger
from pipeline.service import patience
from pipeline.service.client import Service

Cross = Callable[[str], None]


class Dead(BaseException):
    """The process is no more; whatever it tries after that is not done either."""


@dataclass(frozen=True)
class Harm:
    """What befalls one process.

    `kill_at` is the boundary, counted from 1, at which it dies; `pause_at` names the one at which it stops itself
    (SIGSTOP), the first time. `statements` counts every statement of the ledger as a boundary too. `lock` False takes
    the lock away, `begin_within` is BEGIN_WITHIN, `most_bytes` the longest that a file may become. `jump` says that the
    clock of the sending jumps when it is read for the n-th time, and by how many seconds.
    """

    kill_at: int | None = None
    pause_at: str | None = None
    statements: bool = False
    lock: bool = True
    begin_within: float | None = None
    most_bytes: int | None = None
    jump: tuple[int, float] | None = None


#: What befalls a process that is left alone.
UNHARMED = Harm()


class Life:
    """Counts the boundaries that a process crosses, and ends it at one: by SIGKILL, or so that nothing works any more.

    The second is for many deaths in one process: from then on every boundary raises, so that no transaction commits, no
    byte leaves and no answer is read, which is all that a dead process leaves undone.
    """

    def __init__(self, harm: Harm, *, pretended: bool) -> None:
        self.dead = False
        self.at = ""
        self._harm = harm
        self._pretended = pretended
        self._crossed = 0
        self._paused = False

    def cross(self, boundary: str) -> None:
        """Go over a boundary, or die at it."""
        if self.dead:
            raise Dead
        self._crossed += 1
        if boundary == self._harm.pause_at and not self._paused:
            self._paused = True
            os.kill(os.getpid(), signal.SIGSTOP)
        if self._crossed == self._harm.kill_at:
            self._die(boundary)

    def _die(self, boundary: str) -> None:
        if not self._pretended:
            os.kill(os.getpid(), signal.SIGKILL)
        self.dead, self.at = True, boundary
        raise Dead


@contextmanager
def harmed(harm: Harm, *, pretended: bool = False) -> Iterator[Life]:
    """The program in the block suffers `harm`; its waits are short."""
    life = Life(harm, pretended=pretended)
    with ExitStack() as patches:
        for owner, name, instead in (*_boundaries(life.cross), *_conditions(harm)):
            patches.enter_context(patch.object(owner, name, instead))
        if harm.statements:
            patches.enter_context(_each_statement(life.cross))
        if harm.most_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (harm.most_bytes, harm.most_bytes))
        yield life


def _boundaries(cross: Cross) -> Iterator[tuple[object, str, object]]:
    yield Ledger, "transaction", _transaction(Ledger.transaction, cross)
    yield Service, "submit", _submit(Service.submit, cross)
    yield AnyIOStream, "write", _write(AnyIOStream.write, cross)
    yield AnyIOStream, "read", _read(AnyIOStream.read, cross)


def _conditions(harm: Harm) -> Iterator[tuple[object, str, object]]:
    yield patience, "_BACKOFF", wait_none()
    yield sending, "Effects", partial(sending.Effects, clock=_clock(*harm.jump or (0, 0.0)), sleep=_short_sleep)
    yield httpx, "create_ssl_context", _ssl_context
    if not harm.lock:
        yield Ledger, "lock", lambda *_: nullcontext()
    if harm.begin_within:
        yield submit, "BEGIN_WITHIN", harm.begin_within


def _clock(at: int, seconds: float) -> Callable[[], float]:
    readings = itertools.count(1)
    return lambda: time.time() + (seconds if at and next(readings) >= at else 0.0)


async def _short_sleep(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.01))


_ssl_context = cache(httpx.create_ssl_context)


def _transaction(real: Callable, cross: Cross) -> Callable:
    @contextmanager
    def transaction(ledger: Ledger, *, reading: bool = False) -> Iterator[sa.Connection]:
        cross("before a transaction")
        with real(ledger, reading=reading) as connection:
            yield connection
            cross("before its commit")
        cross("after its commit")

    return transaction


def _submit(real: Callable, cross: Cross) -> Callable:
    async def submit_(service: Service, *given: object, **named: object) -> object:
        cross("before the request")
        answer = await real(service, *given, **named)
        cross("after the request")
        return answer

    return submit_


def _write(real: Callable, cross: Cross) -> Callable:
    async def write(stream: AnyIOStream, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        cross("before bytes leave")
        half = len(buffer) // 2
        await real(stream, buffer[:half], timeout)
        cross("in the middle of the bytes")
        await real(stream, buffer[half:], timeout)
        cross("after bytes left")

    return write


def _read(real: Callable, cross: Cross) -> Callable:
    async def read(stream: AnyIOStream, most: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        answer = await real(stream, most, timeout)
        cross("answered")
        return answer

    return read


@contextmanager
def _each_statement(cross: Cross) -> Iterator[None]:
    def listen(*_: object) -> None:
        cross("before a statement")

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
