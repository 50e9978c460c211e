"""What differs between databases. Each has a module that does this; else only `tables` and `bulk` know which one it is."""

from contextlib import AbstractContextManager
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pipeline.ledger.runs import CampaignRow
from schemas.errors import CampaignError


class Database(Protocol):
    """Where a ledger is, opened for writing or only for reading. Every method may raise CampaignError or DBAPIError.

    Its transactions are each one moment of the ledger, seen whole. Those with the execution option `reading` neither wait
    nor are waited for. Of all others there is only one at a time, whichever process it is of: none has read what another
    is about to change. That is why no statement of the ledger locks rows by itself.
    """

    @property
    def place(self) -> str:
        """The place as it is told to people: it says nothing that is secret."""

    @property
    def engine(self) -> sa.Engine:
        """The connections. One at a time: threads wait for each other."""

    def exists(self) -> bool:
        """Whether there is a ledger; raises CampaignError where there is something else, or where none should be."""

    def make(self, program_version: str, at: float) -> None:
        """Make an empty ledger: whole, or not at all. Where somebody else has just made one, that stays."""

    def check(self, connection: sa.Connection) -> None:
        """Refuse a ledger that is not whole."""

    def held(self, campaign: CampaignRow, at: float) -> AbstractContextManager[None]:
        """Be the only run of the campaign; raises CampaignError (exit 75) that says who is. The dead hold nothing."""

    def still_held(self, connection: sa.Connection) -> None:
        """Raise CampaignError if a lock was lost that is still meant to be `held`."""

    def scrub(self) -> bool:
        """Let nothing that was deleted be left in files; False where others who read them prevent that."""

    def in_words(self, error: DBAPIError) -> CampaignError:
        """What the database said, for people."""
