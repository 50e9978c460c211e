"""Ctrl-C and SIGTERM while batches are sent: the first lets the answers come in, the second gives them up."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.commands.messages import log
from schemas.errors import CampaignError, Exit

_CODES = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}


class Signals:
    """`stop` is set by the first signal; `exit_code` is then what the process ends with."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.exit_code: Exit | None = None

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Catch both signals for the running task, until the end of the block.

        Raises CampaignError where the second one ends what does not give up answers: nothing is being sent then.
        """
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        before = signal.getsignal(signal.SIGTERM)
        for number in _CODES:
            loop.add_signal_handler(number, self._on, number, task)
        try:
            yield
        except asyncio.CancelledError:
            said = "interrupted while nothing was being sent; run the same command again"
            raise CampaignError(said, exit_code=self.exit_code or Exit.INTERRUPTED) from None
        finally:
            for number in _CODES:
                loop.remove_signal_handler(number)
            signal.signal(signal.SIGTERM, before)  # asyncio leaves the system's own, which says nothing

    def _on(self, number: signal.Signals, task: "asyncio.Task[Any] | None") -> None:
        if self.stop.is_set() and task is not None:
            log.warning("stopping at once: batches whose answer was due become unconfirmed")
            task.cancel()
            return
        self.exit_code = _CODES[number]
        self.stop.set()
        log.warning(
            "stopping: no further batch is sent; waiting for the answers that are due (once more to give them up)"
        )
