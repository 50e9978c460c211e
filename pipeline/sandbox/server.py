"""The sandbox, served on loopback: for the command until a signal comes, for a test in a thread."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from pipeline.sandbox.app import application
from pipeline.sandbox.calls import Calls
from pipeline.sandbox.record import Record
from pipeline.sandbox.settings import Settings
from schemas.errors import CampaignError

_LOOPBACK = "127.0.0.1"
_PATIENCE = 2.0  # seconds for answers under way to notice that their connection is gone

Close = Callable[[], object]


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that listens at `url`; `calls` are those it placed."""

    url: str
    calls: Calls


class _Line(H11Protocol):
    """A connection that its requests can close: `scope["state"]["transport"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def serve(file: Path, settings: Settings, port: int, ready: Callable[[Sandbox], None]) -> None:
    """Serve until SIGINT or SIGTERM; says `ready` when it listens. Raises CampaignError when it cannot begin."""

    def listens(close: Close) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, close)
        ready(_sandbox(listening, file))

    with Record(file, seed=settings.seed) as record, _listening(port) as listening:
        asyncio.run(_answer(_App(file, settings, record), listening, listens))


@contextmanager
def running(file: Path, settings: Settings, *, port: int = 0) -> Iterator[Sandbox]:
    """A sandbox in a thread until the block ends, on a port of its own unless told which."""
    closers: list[Close] = []
    begun = threading.Event()

    def listens(close: Close) -> None:
        closers.append(close)
        begun.set()

    with Record(file, seed=settings.seed) as record, _listening(port) as listening:
        app = _App(file, settings, record)
        sandbox = _sandbox(listening, file)
        thread = threading.Thread(target=lambda: asyncio.run(_answer(app, listening, listens)), name="sandbox")
        thread.start()
        begun.wait()
        try:
            yield sandbox
        finally:
            closers[0]()
            thread.join()


class _App:
    """The application and the event that closes it."""

    def __init__(self, file: Path, settings: Settings, record: Record) -> None:
        self.closing = asyncio.Event()
        self.asgi: Starlette = application(settings, record, Calls(file), self.closing)


async def _answer(app: _App, listening: socket.socket, listens: Callable[[Close], None]) -> None:
    """Answer until closed, which may be asked for in any thread; then every connection is dropped, answered or not."""
    loop, state = asyncio.get_running_loop(), ServerState()
    config = Config(app.asgi, ws="none", log_config=None, access_log=False)
    server = await loop.create_server(lambda: _Line(config, state, {}), sock=listening)
    listens(lambda: loop.call_soon_threadsafe(app.closing.set))
    await app.closing.wait()
    server.close()
    for line in list(state.connections):
        line.transport.abort()
    if state.tasks:
        await asyncio.wait(state.tasks, timeout=_PATIENCE)


def _listening(port: int) -> socket.socket:
    # Only of a socket that says it is TCP does asyncio turn Nagle's wait off: 40 ms an answer.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_LOOPBACK, port))
        listening.listen()
    except (OSError, OverflowError) as error:
        listening.close()
        raise CampaignError(f"port {port} cannot be used: {error}; choose another, or 0 for any") from error
    return listening


def _sandbox(listening: socket.socket, file: Path) -> Sandbox:
    return Sandbox(f"http://{_LOOPBACK}:{listening.getsockname()[1]}", Calls(file))
