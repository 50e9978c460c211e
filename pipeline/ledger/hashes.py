"""The key of the hashes: from the environment, never in the ledger, and always the same one for a ledger."""

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256

import sqlalchemy as sa

from pipeline.ledger.secret import MAKE_ONE, secret_of
from pipeline.ledger.tables import meta
from schemas.addresses import Kind
from schemas.errors import CampaignError
from schemas.hashing import HashKey

KEY = "CAMPAIGN_HASH_KEY"
KEY_FILE = f"{KEY}_FILE"
_MAKE_ONE = f"{MAKE_ONE}, and keep it apart from the ledger and its copies"
_SAME_ONE = "set the key by which this ledger has forgotten people: a new one does not know them"


def read_hash_key(environ: Mapping[str, str], remedy: str) -> HashKey:
    """The key of the environment; raises CampaignError, with the remedy, where there is none that does."""
    if text := secret_of(environ, KEY, remedy):
        return HashKey(sha256(text.encode()).digest())
    raise CampaignError(f"forgotten people are kept as hashes, and {KEY} (or {KEY_FILE}) is not set; {remedy}")


def hashed(connection: sa.Connection, people: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """People (kind, address) by the hashes under which they may have been forgotten; nobody where the ledger holds none."""
    key = key_in_use(connection)
    return [] if key is None else [(Kind.HASH.value, key.of(Kind(kind), address)) for kind, address in people]


def key_in_use(connection: sa.Connection) -> HashKey | None:
    """The key of this ledger's hashes; None where it holds none. Raises CampaignError where the key is not at hand."""
    return _same(read_hash_key(os.environ, _SAME_ONE), check) if (check := _check_of(connection)) else None


def key_to_use(connection: sa.Connection) -> HashKey:
    """The key for more hashes: it is the ledger's from now on. Raises CampaignError for another one than before."""
    if known := key_in_use(connection):
        return known
    key = read_hash_key(os.environ, _MAKE_ONE)
    connection.execute(meta.update().values(hash_check=key.check))
    return key


def _check_of(connection: sa.Connection) -> str | None:
    check: str | None = connection.execute(sa.select(sa.func.max(meta.c.hash_check))).scalar_one()
    return check


def _same(key: HashKey, check: str) -> HashKey:
    if key.check != check:
        raise CampaignError(
            f"{KEY} is not the key by which this ledger has forgotten people: they would be called again; set that key"
        )
    return key
