"""What PostgreSQL says, in words that say what to do."""

import re
from collections.abc import Iterable

from sqlalchemy.exc import DBAPIError

from pipeline.ledger.trouble import Trouble

_LOST = "cannot be reached any more, because the connection was cut; see that the server runs, and run again"
ONLY_READS = "cannot be written: the server, or this user, only reads; name the primary server with --ledger"
_DENIED = "may not be used so by this user; let its owner grant what is needed"
#: By the beginning of SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), the longer ones first.
_WORDS: dict[str, Trouble | str] = {
    "25006": ONLY_READS,
    "25P": _LOST,
    "42501": _DENIED,
    "42P01": Trouble.DAMAGED,  # a table
    "42703": Trouble.DAMAGED,  # or a column of ours is gone
    "53100": Trouble.FULL,
    "55000": ONLY_READS,  # a standby gives no such lock
    "55P03": Trouble.IN_USE,
    "40P01": Trouble.IN_USE,
    "40001": Trouble.IN_USE,
    "57P": _LOST,
    "08": _LOST,
    "54": Trouble.TOO_LONG,
    "XX": Trouble.DAMAGED,
}
#: A failed connection has no SQLSTATE, only the server's words, which are English unless its owner has other wishes.
_CONNECTING = {
    "password authentication failed|no password supplied": (
        "refuses this user's password; set it in ~/.pgpass or in the URL of CAMPAIGN_LEDGER"
    ),
    "no pg_hba.conf entry": "does not let this user in from here; let its owner change pg_hba.conf",
    "role .* does not exist": "does not know this user; name another in the URL",
    "permission denied": _DENIED,
    "database .* does not exist": "does not exist on that server; make it with createdb, or name another with --ledger",
}


def in_words(error: DBAPIError, secrets: Iterable[str]) -> Trouble | str:
    """What is wrong, as the end of a sentence about the ledger; `secrets` are never in it."""
    state = getattr(error.orig, "sqlstate", None)
    said = _one_line(error, secrets)
    if state is not None:
        words = next((words for code, words in _WORDS.items() if state.startswith(code)), None)
        return words or f"cannot be used: {said}; name another with --ledger"
    if error.connection_invalidated:
        return _LOST
    words = next((words for text, words in _CONNECTING.items() if re.search(text, said)), None)
    return words or f"cannot be reached: {said}; see that the server runs"


def _one_line(error: DBAPIError, secrets: Iterable[str]) -> str:
    said = " ".join(str(error.orig).split())
    for secret in secrets:
        said = said.replace(secret, "…")
    return said
