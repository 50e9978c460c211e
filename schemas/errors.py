"""The exception that means "cannot go on"; caught once, at the door, and shown as one line."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command; the README's table is made from these."""

    DONE = 0
    STOPPED = 1
    REFUSED = 2
    NOT_SENT = 3
    UNCONFIRMED = 4
    BUSY = 75
    INTERRUPTED = 130
    TERMINATED = 143


class CampaignError(Exception):
    """What is wrong, where, and what to do about it, in one line; `exit_code` is the process's."""

    exit_code = Exit.REFUSED

    def __init__(self, message: str, *, exit_code: Exit | None = None) -> None:
        super().__init__(message)
        if exit_code is not None:
            self.exit_code = exit_code
