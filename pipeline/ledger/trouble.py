"""What is wrong with a ledger, in words that say what to do. Which errors mean it is known where the database is."""

from enum import StrEnum

from schemas.errors import CampaignError, Exit


class Trouble(StrEnum):
    """What can be wrong with a ledger in any database: the end of a sentence about it."""

    NO_LEDGER = "is no ledger; name another with --ledger"
    DAMAGED = "is damaged; put back a copy from before, and do not run this campaign without it"
    FULL = "cannot grow, because the disk is full; free some space and run again"
    IN_USE = "is in use by another program; run again later"
    TOO_LONG = "cannot take a text as long as one that was given; make max_bytes smaller"


class Unreadable(Exception):  # noqa: N818 -- named as what it is
    """Something that this program wrote into the ledger is not what it was."""


def trouble(place: str, what: Trouble | str) -> CampaignError:
    """What is said of the ledger at `place`."""
    code = Exit.BUSY if what is Trouble.IN_USE else Exit.REFUSED
    return CampaignError(f"the ledger {place} {what}", exit_code=code)
