"""Marks and tokens: what a call name carries, so that a lost answer can be found again at the service.

A call name ends in ` [CCCC-TTTTTTTTTT]`: the campaign's mark, and 50 random bits that are new for each attempt.
"""

import secrets

from schemas.request import MARK_LENGTH, TOKEN_LENGTH

#: Crockford's base 32: no I, L, O, U, so that nobody misreads one.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_mark() -> str:
    """A mark for a campaign; the ledger sees to it that no other has it."""
    return _drawn(MARK_LENGTH)


def new_token() -> str:
    """A token for one attempt."""
    return _drawn(TOKEN_LENGTH)


def _drawn(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
