"""The exception that means "cannot go on"; caught once, at the door, and shown as one line."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    STOPPED = 1
    REFUSED = 2
    NOT_SENT = 3
    UNCONFIRMED = 4
    BUSY = 75
    INTERRUPTED = 130
    TERMINATED = 143


#: What each code means, and what a scheduler should do; the README and `run --help` say it from here.
EXIT_MEANINGS: dict[Exit, tuple[str, str]] = {
    Exit.DONE: ("done, also when there was nobody new; `check`: `run` would go", "nothing"),
    Exit.STOPPED: (
        "data or a rule stopped it before anything was sent (`check` predicts it), the service refused people, or placed calls twice",
        "call a person",
    ),
    Exit.REFUSED: (
        "usage, campaign file, source, ledger, key, or an agent that does not suit: nothing was sent",
        "call a person",
    ),
    Exit.NOT_SENT: (
        "some batches are not sent yet, or nothing is because the service cannot be reached; `stop`: some are not cancelled yet",
        "run the same command again",
    ),
    Exit.UNCONFIRMED: (
        "some batches are unconfirmed: their calls may have been placed, and nobody in them is called again",
        "run the same command again after the grace time; then call a person",
    ),
    Exit.BUSY: ("another run of this campaign is active", "run it again later"),
    Exit.INTERRUPTED: ("interrupted by Ctrl-C; the ledger is whole", "run it again"),
    Exit.TERMINATED: ("interrupted by SIGTERM; the ledger is whole", "run it again"),
}


class CampaignError(Exception):
    """What is wrong, where, and what to do about it, in one line; `exit_code` is the process's."""

    exit_code = Exit.REFUSED

    def __init__(self, message: str, *, exit_code: Exit | None = None) -> None:
        super().__init__(message)
        if exit_code is not None:
            self.exit_code = exit_code
