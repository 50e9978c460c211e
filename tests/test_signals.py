"""Ctrl-C and SIGTERM: the first lets answers come in, the second ends at once, and neither shows a traceback."""

import asyncio
import os
import signal

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


@pytest.mark.parametrize(("number", "code"), CODES)
def test_the_second_ends_at_once_what_sends_nothing(number, code):
    with pytest.raises(CampaignError, match="run the same command again") as ended:
        asyncio.run(signalled(Signals(), number, 2))
    assert ended.value.exit_code == code
