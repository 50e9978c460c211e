"""Answers on stdout: that nobody reads one, or that it cannot be written, is not allowed to change what was done."""

import os
import sys
from collections.abc import Callable

from rich.console import Console

from schemas.errors import CampaignError

#: Nothing is wrapped or cut for a pipe.
_PIPE_WIDTH = 10_000


class _Stdout(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end the process with a code of its own."""
        raise BrokenPipeError


def stdout() -> Console:
    """Rich on a terminal; plain text of any width elsewhere."""
    return _Stdout(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH, soft_wrap=True)


def answer(write: Callable[[], None]) -> None:
    """Write an answer; a reader that has gone away, as `head` does, is no error. Raises CampaignError for a full disk."""
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        _write_to_nobody()
    except OSError as error:
        _write_to_nobody()
        raise CampaignError(f"the answer cannot be written to stdout: {error.strerror}") from None


def _write_to_nobody() -> None:
    """What is left in the buffer must not fail once more when the program ends."""
    nobody = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nobody, sys.stdout.fileno())
    os.close(nobody)
