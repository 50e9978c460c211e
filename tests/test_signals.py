"""Ctrl-C and SIGTERM: the first lets answers come in, the second ends at once, and neither shows a traceback."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial

import pytest

from pipeline.commands.signals import Signals
from schemas.errors import CampaignError, Exit

CODES = [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)]


async def signalled(signals: Signals, number: signal.Signals, times: int) -> None:
    with signals.caught():
        for _ in range(times):
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("number", "code"), CODES)
def test_the_first_only_says_to_stop(number, code):
    signals = Signals()
    asyncio.run(signalled(signals, number, 1))
    assert signals.stop.is_set()
    assert signals.exit_code == code


def test_what_sigterm_did_before_it_does_again():
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        asyncio.run(signalled(Signals(), signal.SIGTERM, 1))
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def _ended(process, number):
    """What it wrote; the signal is sent again should it have come between the opening of the pipe and the reading."""
    for _ in range(20):
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=2)
    raise AssertionError("it does not end")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_sends_nothing_yet_says_that_it_was_interrupted(tmp_path, number):
    os.mkfifo(pipe := tmp_path / "campaign.toml")
    command = [sys.executable, "-m", "pipeline", "check", "x.csv", "--json", "-c", str(pipe)]
    at_terminal = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a job in the background ignores Ctrl-C
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    check = subprocess.Popen(command, **both, text=True, preexec_fn=at_terminal)  # noqa: PLW1509 -- no thread but this
    with pipe.open("w"):  # the program waits for what is never written
        out, err = _ended(check, number)
    assert (check.returncode, err.strip()) == (dict(CODES)[number], "campaign: interrupted")
    assert json.loads(out) == {"error": {"message": "interrupted", "exit_code": dict(CODES)[number]}}


@pytest.mark.parametrize(("number", "code"), CODES)
def test_the_second_ends_at_once_what_sends_nothing(number, code):
    with pytest.raises(CampaignError, match="run the same command again") as ended:
        asyncio.run(signalled(Signals(), number, 2))
    assert ended.value.exit_code == code
