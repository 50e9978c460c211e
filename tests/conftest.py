"""What several test files need."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import settings

from pipeline.sandbox.server import running
from pipeline.sandbox.settings import Settings
from tests.program import KEY, Desk

# Times are benchmarks' business: a loaded machine makes no test fail.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


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


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    """A folder to work in, far from the user's own; the key is set, and no service is there."""
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    monkeypatch.setenv("ELEVENLABS_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return Desk(tmp_path, capsys)


@pytest.fixture
def at_service(start_sandbox, monkeypatch):
    """`at_service("429")` → a sandbox with these faults, at which the program sends."""

    def start(*faults, **settings):
        sandbox = start_sandbox(*faults, **settings)
        monkeypatch.setenv("ELEVENLABS_BASE_URL", sandbox.url)
        return sandbox

    return start
