import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from sandbox_client import batch, client, names, submit

from pipeline.sandbox.calls import Calls
from pipeline.sandbox.server import running
from pipeline.sandbox.settings import Settings
from schemas.errors import CampaignError


@contextmanager
def command(*options, folder):
    """`campaign sandbox` as a process; it is gone in the end."""
    arguments = [sys.executable, "-m", "pipeline", "sandbox", *options]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    started = subprocess.Popen(
        arguments, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_when_it_listens_and_quits_cleanly(tmp_path, number):
    with command("--fault", "429=1", "--fault", "drip=60", folder=tmp_path) as process:
        ready = process.stdout.readline()
        url = re.fullmatch(r"sandbox ready: (http://127\.0\.0\.1:\d+)\n", ready)[1]
        sandbox = SimpleNamespace(url=url)
        assert submit(sandbox).status_code == 429
        with client(sandbox) as http, http.stream("POST", "/v1/convai/batch-calling/submit", json=batch()):
            process.send_signal(number)
            rest, _ = process.communicate(timeout=10)
        assert (process.returncode, rest) == (0, "")
    assert len(Calls(tmp_path / "sandbox.sqlite").placed()) == 1


def test_what_was_placed_outlives_a_kill(tmp_path):
    with command("--file", "kept.sqlite", "--json", folder=tmp_path) as process:
        submit(SimpleNamespace(**json.loads(process.stdout.readline())))
        process.kill()
        process.wait()
    assert len(Calls(tmp_path / "kept.sqlite").placed()) == 1


def test_a_fault_that_is_none_ends_the_command_in_one_line(tmp_path):
    with command("--fault", "nonsense", folder=tmp_path) as process:
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert re.fullmatch(r"campaign: .*nonsense.*\n", err)


def test_a_port_that_is_taken_is_told(sandbox, tmp_path):
    port = sandbox.url.rpartition(":")[2]
    with command("--port", port, folder=tmp_path) as process:
        _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert f"port {port} cannot be used" in err


def test_a_sandbox_starts_and_ends_at_once(tmp_path):
    seconds = [started_and_ended(tmp_path / f"{number}.sqlite") for number in range(3)]
    assert min(start for start, _ in seconds) < 0.2
    assert min(end for _, end in seconds) < 0.2


def started_and_ended(file):
    """How long a sandbox took to start, and to end in the middle of an answer."""
    begun = time.monotonic()
    with running(file, Settings(faults=("drip=60",))) as sandbox:
        started = time.monotonic()
        with client(sandbox) as http, http.stream("POST", "/v1/convai/batch-calling/submit", json=batch()):
            ending = time.monotonic()
    return started - begun, time.monotonic() - ending


def test_a_sandbox_that_cannot_begin_leaves_no_thread(tmp_path):
    before = threading.active_count()
    with pytest.raises(CampaignError), running(tmp_path / "sandbox.sqlite", Settings(faults=("nonsense",))):
        pass
    assert threading.active_count() == before


def test_a_sandbox_may_come_back_on_its_port(tmp_path):
    file = tmp_path / "sandbox.sqlite"
    with running(file, Settings()) as first:
        submit(first)
    with running(file, Settings(), port=int(first.url.rpartition(":")[2])) as second:
        assert second.url == first.url
        assert names(second) == ["Survey"]


def test_two_sandboxes_know_nothing_of_each_other(start_sandbox):
    one, other = start_sandbox(), start_sandbox()
    submit(one)
    assert (names(one), names(other)) == (["Survey"], [])
