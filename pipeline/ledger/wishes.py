"""Wishes: whom people have asked not to be called again, and the like.

Each function is a part of its caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.bulk import load
from pipeline.ledger.moments import iso
from pipeline.ledger.tables import batches, rows, wishes
from schemas.addresses import Kind
from schemas.hashing import HashKey
from schemas.plan import Known
from schemas.states import ENDED, BatchState
from schemas.wishes import Wish

_PART = 100_000
#: Addresses that one statement names.
_NAMED = 1000
PEOPLE_SCHEMA = {"kind": pl.String, "address": pl.String}


@dataclass(frozen=True)
class Word:
    """Who says it, when (Unix seconds), and why."""

    by: str
    at: float
    reason: str | None = None


@dataclass(frozen=True)
class KeptWish:
    """A wish as the ledger has it. `at` is ISO 8601 text in UTC."""

    wish: str
    at: str
    by: str
    reason: str | None


@dataclass(frozen=True)
class KeptBlock:
    """A block that holds. `kind` is hash where the person was forgotten; `at` is ISO 8601 text in UTC."""

    kind: str
    address: str
    at: str
    by: str
    reason: str | None


def blocked_now() -> sa.ColumnElement[bool]:
    """That a line of `wishes` is a block which nobody has lifted since."""
    later = wishes.alias("later")
    same = (later.c.kind == wishes.c.kind) & (later.c.address == wishes.c.address)
    lifted = sa.exists().where(same, later.c.wish == Wish.RELEASED, later.c.id > wishes.c.id)
    return (wishes.c.wish == Wish.BLOCKED) & ~lifted


def blocked(connection: sa.Connection) -> Known:
    """Everybody who is blocked, forgotten people aside."""
    number = sa.cast(wishes.c.address, sa.BigInteger)
    return Known(
        pl.Series("phone", _of(connection, number, Kind.PHONE), pl.Int64),
        pl.Series("whatsapp", _of(connection, wishes.c.address, Kind.WHATSAPP), pl.String),
        pl.Series("id", _of(connection, wishes.c.address, Kind.ID), pl.String),
    )


def blocked_hashes(connection: sa.Connection) -> pl.Series:
    """The hashes of forgotten people who are blocked (String)."""
    return pl.Series("hash", _of(connection, wishes.c.address, Kind.HASH), pl.String)


def block(connection: sa.Connection, people: pl.DataFrame, word: Word, key: HashKey | None = None) -> int:
    """Block people (PEOPLE_SCHEMA); how many were not blocked before. Their earlier block stays as it is.

    With the key, blocked people who were forgotten are known as well, and are not written down again.
    """
    asked = sa.select(wishes.c.kind, wishes.c.address).where(blocked_now())
    parts = connection.execute(asked).partitions(_PART)
    known = pl.concat(
        [
            pl.DataFrame(schema=PEOPLE_SCHEMA),
            *(pl.DataFrame(part, schema=PEOPLE_SCHEMA, orient="row") for part in parts),
        ]
    )
    fresh = people.unique(maintain_order=True).join(known, on=["kind", "address"], how="anti", maintain_order="left")
    if key is not None:
        hashes = [key.of(Kind(kind), address) for kind, address in fresh.iter_rows()]
        fresh = fresh.filter(~pl.Series(hashes, dtype=pl.String).is_in(blocked_hashes(connection).implode()))
    add(connection, fresh, Wish.BLOCKED, word)
    return fresh.height


def add(connection: sa.Connection, people: pl.DataFrame, wish: Wish, word: Word) -> None:
    """Write the same wish down for people (PEOPLE_SCHEMA)."""
    said = {"by": word.by, "wish": wish.value, "reason": word.reason, "at": iso(word.at)}
    load(connection, wishes, people.with_columns(**{name: pl.lit(text, pl.String) for name, text in said.items()}))


def wishes_of(connection: sa.Connection, people: Sequence[tuple[str, str]]) -> list[KeptWish]:
    """All that was written down about these addresses (kind, address), in order."""
    asked = sa.select(wishes.c.wish, sa.type_coerce(wishes.c.at, sa.String).label("at"), wishes.c.by, wishes.c.reason)
    mine = sa.tuple_(wishes.c.kind, wishes.c.address).in_(people)
    return [KeptWish(**line) for line in connection.execute(asked.where(mine).order_by(wishes.c.id)).mappings()]


def blocks(connection: sa.Connection) -> list[KeptBlock]:
    """Everybody who is blocked now, the first first."""
    moment = sa.type_coerce(wishes.c.at, sa.String).label("at")
    asked = sa.select(wishes.c.kind, wishes.c.address, moment, wishes.c.by, wishes.c.reason).where(blocked_now())
    return [KeptBlock(**line) for line in connection.execute(asked.order_by(wishes.c.id)).mappings()]


def blocked_rows(connection: sa.Connection, batch_id: int) -> list[int]:
    """The rows of a batch whose people are blocked now, in order of position."""
    if connection.execute(sa.select(wishes.c.id).where(blocked_now()).limit(1)).first() is None:
        return []  # as it mostly is: no row need be looked at
    asked = sa.select(rows.c.row).where(rows.c.batch_id == batch_id, is_blocked())
    return list(connection.execute(asked.order_by(rows.c.position)).scalars())


def is_blocked() -> sa.ColumnElement[bool]:
    """That a line of `rows` is of somebody who is blocked, by any address."""
    digits = sa.func.ltrim(rows.c.whatsapp, "+")
    known = (
        (Kind.PHONE, sa.func.substr(rows.c.phone, 2)),
        (Kind.PHONE, digits),
        (Kind.WHATSAPP, rows.c.whatsapp),
        (Kind.ID, rows.c.recipient_id),
    )
    return sa.or_(
        *(
            sa.exists().where(wishes.c.kind == kind.value, wishes.c.address == address, blocked_now())
            for kind, address in known
        )
    )


def alike(connection: sa.Connection, people: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Every address (kind, address) of the rows in which one of these stands: what else the ledger knows people by.

    Rows of a test have their tester's number, and so no id.
    """
    asked = sa.select(rows.c.phone, rows.c.whatsapp, rows.c.recipient_id).where(in_rows(people)).distinct()
    return list(dict.fromkeys(known for line in connection.execute(asked) for known in addresses_of(*line)))


def in_rows(people: Sequence[tuple[str, str]]) -> sa.ColumnElement[bool]:
    """That one of these addresses (kind, address) stands in a line of `rows`."""
    of = {kind: [address for each, address in people if each == kind.value] for kind in Kind}
    plus = [f"+{address}" for address in of[Kind.PHONE]]
    whatsapp = [*of[Kind.PHONE], *plus, *of[Kind.WHATSAPP]]
    return rows.c.phone.in_(plus) | rows.c.whatsapp.in_(whatsapp) | rows.c.recipient_id.in_(of[Kind.ID])


def under_way(connection: sa.Connection, people: pl.DataFrame) -> int:
    """How many of these people (PEOPLE_SCHEMA) are in batches that the service has, or may have, and has not ended."""
    is_open = sa.or_(
        batches.c.state.in_([BatchState.SENDING, BatchState.UNCONFIRMED]),
        (batches.c.state == BatchState.ACCEPTED)
        & (batches.c.service_status.is_(None) | batches.c.service_status.not_in(ENDED)),
    )
    asked = sa.select(rows.c.phone, rows.c.whatsapp, rows.c.recipient_id).join(batches, rows.c.batch_id == batches.c.id)
    known = set(people.rows())
    found = connection.execute(asked.where(is_open, is_blocked()))
    return sum(bool(known & set(addresses_of(*line))) for line in found)


def addresses_of(phone: str | None, whatsapp: str | None, recipient_id: str | None) -> list[tuple[str, str]]:
    """Kind and address of everything that a row knows its person by, as claims have them."""
    found = [] if phone is None else [(Kind.PHONE.value, phone.removeprefix("+"))]
    if whatsapp is not None:
        digits = whatsapp.removeprefix("+")
        is_number = digits.isascii() and digits.isdecimal()
        found.append((Kind.PHONE.value, str(int(digits))) if is_number else (Kind.WHATSAPP.value, whatsapp))
    if recipient_id is not None:
        found.append((Kind.ID.value, recipient_id))
    return list(dict.fromkeys(found))


def _of(connection: sa.Connection, address: sa.ColumnElement[Any], kind: Kind) -> list[Any]:
    asked = sa.select(address).where(wishes.c.kind == kind.value, blocked_now()).distinct()
    return list(connection.execute(asked).scalars())
