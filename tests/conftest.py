"""What several test files need."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import settings

from pipeline.ledger import open_ledger
from pipeline.sandbox.server import running
from pipeline.sandbox.settings import Settings
from tests.postgres_server import Server, running_server
from tests.program import KEY, Desk

# Times are benchmarks' business: a loaded machine makes no test fail.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for another process."""
    return (os.cpu_count() or 1) + 1


#: Where a ledger can be.
DATABASES = ("sqlite", "postgresql")


@pytest.fixture
def start_sandbox(tmp_path_factory) -> Iterator[Callable[..., object]]:
    """`start_sandbox("429=1", "lost@3", call_seconds=2.0)` → a running sandbox with `.url` and `.calls`.

    Faults are in the grammar of `campaign sandbox --help`, keywords are those of pipeline.sandbox.settings.Settings.
    Each has a port and a file (`file=`) of its own; all are closed at the end of the test.
    """
    with ExitStack() as open_ones:

        def start(*faults, file=None, **settings):
            path = file or tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite"
            return open_ones.enter_context(running(path, Settings(faults=faults, **settings)))

        yield start


@pytest.fixture
def sandbox(start_sandbox):
    """A sandbox that does nothing wrong."""
    return start_sandbox()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server, whose database `ledger` is a new ledger; it is started when a test first needs it."""
    try:
        with running_server() as started:
            started.tell("CREATE DATABASE ledger")
            open_ledger(started.url("ledger"), create=True).close()
            yield started
    except FileNotFoundError as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=DATABASES)
def place(request, tmp_path) -> str:
    """Where a new ledger is or may be made, in either database."""
    return _url(request, "ledger") or str(tmp_path / "ledger.sqlite")


def _url(request, template: str) -> str | None:
    """The URL of a new database, if that is what is asked for."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    return request.getfixturevalue("server").fresh(template)


@pytest.fixture
def desk(request, tmp_path, capsys, monkeypatch):
    """A folder to work in, far from the user's own; the key is set, and no service is there.

    Its ledger is a file in it, or on a server for whoever asks for that: `parametrize("desk", DATABASES, indirect=True)`.
    """
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    monkeypatch.setenv("ELEVENLABS_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return Desk(tmp_path, capsys, _url(request, "template0"))


@pytest.fixture
def at_service(start_sandbox, monkeypatch):
    """`at_service("429")` → a sandbox with these faults, at which the program sends."""

    def start(*faults, **settings):
        sandbox = start_sandbox(*faults, **settings)
        monkeypatch.setenv("ELEVENLABS_BASE_URL", sandbox.url)
        return sandbox

    return start
