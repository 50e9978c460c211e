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
from tests.program import wait_until

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


def end(process, number):
    """End it; the signal is sent again should it have come just before a read that waits."""
    for _ in range(10):
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):  # its input stays open
            return process.wait(timeout=1)
    return process.kill()


@pytest.mark.parametrize(("number", "code"), CODES)
def test_it_is_heard_while_an_export_is_waited_for(desk, number, code):
    desk.write()
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # which a job in the background would ignore
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, "-m", "pipeline", *desk.arguments("check", "-", "--json")]
    environment = os.environ | {"TMPDIR": str(desk.folder)}
    check = subprocess.Popen(command, **pipes, text=True, env=environment, preexec_fn=heard)  # noqa: PLW1509 -- no threads
    wait_until(lambda: list(desk.folder.glob("campaign-stdin-*")))
    end(check, number)
    out, err = check.communicate()
    assert (check.returncode, err.splitlines()[-1]) == (code, "campaign: interrupted")
    assert json.loads(out) == {"error": {"message": "interrupted", "exit_code": code}}
    assert list(desk.folder.glob("campaign-stdin-*")) == []


@pytest.mark.parametrize(("number", "code"), CODES)
def test_the_second_ends_at_once_what_sends_nothing(number, code):
    with pytest.raises(CampaignError, match="run the same command again") as ended:
        asyncio.run(signalled(Signals(), number, 2))
    assert ended.value.exit_code == code
