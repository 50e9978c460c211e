"""What is wrong with a ledger's file, in words that say what to do."""

import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from schemas.errors import CampaignError, Exit

#: By the beginning of SQLite's name of the error (https://www.sqlite.org/rescode.html).
_WORDS = {
    "SQLITE_NOTADB": "is no ledger; name another with --ledger",
    "SQLITE_CORRUPT": "is damaged; put back a copy from before, and do not run this campaign without it",
    "SQLITE_READONLY": "cannot be written; make the file and its folder writable for you",
    "SQLITE_PERM": "cannot be written; make the file and its folder writable for you",
    "SQLITE_FULL": "cannot grow, because the disk is full; free some space and run again",
    "SQLITE_CANTOPEN": "cannot be opened; you need to be able to read the file and write to its folder",
    "SQLITE_IOERR": "cannot be read or written, because the disk fails; look at the machine's log",
    "SQLITE_TOOBIG": "cannot take a text as long as one that was given; make max_bytes smaller",
}


class Unreadable(Exception):  # noqa: N818 -- named as what it is
    """Something that this program wrote into the ledger is not what it was."""


def damaged(path: Path) -> CampaignError:
    """What is said of a ledger that holds something else than what was written into it."""
    return CampaignError(f"the ledger {path} {_WORDS['SQLITE_CORRUPT']}")


def in_words(path: Path, error: DBAPIError | sqlite3.Error) -> CampaignError:
    """What the database said about the ledger at `path`, for people."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return CampaignError(f"the ledger {path} is in use by another program; run again later", exit_code=Exit.BUSY)
    if name == "SQLITE_ERROR" and "no such" in str(cause):
        name = "SQLITE_CORRUPT"  # a table or a column of ours is gone
    words = next((words for code, words in _WORDS.items() if name.startswith(code)), None)
    return CampaignError(f"the ledger {path} {words or f'cannot be used: {cause}; name another with --ledger'}")
