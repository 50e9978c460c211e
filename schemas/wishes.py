"""Wishes: what people want of us, as the ledger keeps it."""

from enum import StrEnum


class Wish(StrEnum):
    """What somebody wants, or what was done about it. `blocked` holds until a later `released`."""

    BLOCKED = "blocked"  # is never called again, in any campaign
    RELEASED = "released"  # is not blocked any more
    CALL_AGAIN = "call_again"  # may be called once more by campaigns that have called already
    FORGOTTEN = "forgotten"  # nothing is kept but hashes
