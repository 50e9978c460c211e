"""Claims: "this campaign calls this person", unique; from them comes the memory of earlier calls."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from pipeline.ledger.bulk import load, read
from pipeline.ledger.calls import called_between, calls
from pipeline.ledger.hashes import key_in_use
from pipeline.ledger.opt_outs import said_no
from pipeline.ledger.recalls import may_be_called_again, not_final, read_recalls
from pipeline.ledger.sources import told
from pipeline.ledger.tables import batches, campaigns, claims, runs
from pipeline.ledger.wishes import blocked, blocked_hashes
from schemas.addresses import Kind, whatsapp_number
from schemas.calls import Recalls
from schemas.earlier import Recall
from schemas.errors import CampaignError
from schemas.hashing import Forgotten, HashKey
from schemas.plan import Memory
from schemas.states import BatchState

#: In these states nobody of a batch was called.
NOT_CALLED = frozenset({BatchState.PLANNED, BatchState.SUPERSEDED, BatchState.REFUSED})
_PART = 100_000
#: Rows that one statement names.
_FREED = 1000
_NUMBER = sa.cast(claims.c.address, sa.BigInteger)  # E.164 fits; 8 bytes each instead of a text object
_CLAIMED = "another run has claimed some of these people since they were planned; nothing was sent; run again"


class ClaimConflict(CampaignError):  # noqa: N818 -- named as what happened
    """Somebody of the plan has been claimed since it was made: nothing was adopted; plan again."""


def memory(
    connection: sa.Connection, campaign: str, *, recall: Recall | None = None, calls_since: float | None = None
) -> Memory:
    """Whom the campaign's name has called, or may have: all claims but those of batches in NOT_CALLED; and the rest.

    Calls after which `recall` may call again are kept apart. Calls of all campaigns are told from `calls_since` on (Unix
    seconds; None: none). Raises CampaignError where the ledger holds forgotten people and the key of their hashes is not at hand.
    """
    over = sa.true() if recall is None else ~may_be_called_again(recall)
    return Memory(
        phones=_series(connection, _called(_NUMBER, campaign, Kind.PHONE).where(over), "phone", pl.Int64),
        whatsapp=_series(
            connection, _called(claims.c.address, campaign, Kind.WHATSAPP).where(over), "whatsapp", pl.String
        ),
        ids=_series(connection, _called(claims.c.address, campaign, Kind.ID).where(over), "id", pl.String),
        blocked=blocked(connection),
        forgotten=_forgotten(connection, campaign),
        said_no=said_no(connection, campaign),
        told=told(connection, campaign),
        recalls=None if recall is None else _recalls(connection, campaign, recall),
        calls=None if calls_since is None else calls(connection, campaign, calls_since),
    )


def _recalls(connection: sa.Connection, campaign: str, recall: Recall) -> Recalls:
    """Whose calls have ended so that they may be called a further time, by each address."""
    phones = _called(_NUMBER, campaign, Kind.PHONE)
    by = {Kind.PHONE: read_recalls(connection, phones, recall, pl.Int64)}
    for kind in (Kind.WHATSAPP, Kind.ID):
        by[kind] = read_recalls(connection, _called(claims.c.address, campaign, kind), recall, pl.String)
    return Recalls(by, not_final(connection, campaign))


def _forgotten(connection: sa.Connection, campaign: str) -> Forgotten | None:
    if (key := key_in_use(connection)) is None:
        return None
    called = _series(connection, _called(claims.c.address, campaign, Kind.HASH), "hash", pl.String)
    return Forgotten(key, pl.concat([called, blocked_hashes(connection)]))


def claim(connection: sa.Connection, campaign_id: int, run_id: int, planned: pl.DataFrame) -> None:
    """Claim everybody in `planned` by each of their addresses; raises ClaimConflict.

    `planned` has row, batch_id, e164, whatsapp, id, and attempt: which of the campaign's calls to the person it is.

    Sorted by kind and address, as the key is: the fastest way into a B-tree, and two who claim the same people meet at
    the same one first instead of waiting for each other.
    """
    try:
        for attempt in planned["attempt"].unique().sort():
            for kind, addresses in _addresses(planned.filter(pl.col("attempt") == attempt)):
                same = {"campaign_id": campaign_id, "run_id": run_id, "kind": kind.value, "attempt": attempt}
                load(connection, claims, addresses.sort("address"), **same)
    except IntegrityError:
        raise ClaimConflict(_CLAIMED) from None
    _refuse_overtaken(connection, campaign_id, run_id, planned)
    _refuse_forgotten(connection, campaign_id, planned)


def _refuse_overtaken(connection: sa.Connection, campaign_id: int, run_id: int, planned: pl.DataFrame) -> None:
    """Raise ClaimConflict if somebody has been called a further time since the plan was made.

    Such a call stands under its own number, and may be the only one under one of the person's addresses.
    """
    further = (claims.c.campaign_id == campaign_id) & (claims.c.attempt > sa.literal_column("1"))
    found = sa.select(claims.c.kind, claims.c.address, claims.c.attempt).where(further, claims.c.run_id != run_id)
    schema = {"kind": pl.String, "address": pl.String, "later": pl.Int64}
    later = pl.DataFrame(connection.execute(found).all(), schema=schema, orient="row")
    if later.is_empty():
        return
    for kind, addresses in _addresses(planned):
        same = later.filter(pl.col("kind") == kind.value).join(addresses, on="address").join(planned, on="row")
        if not same.filter(pl.col("later") > pl.col("attempt")).is_empty():
            raise ClaimConflict(_CLAIMED)


def refuse_called(connection: sa.Connection, run_id: int, last_run: int, planned: pl.DataFrame) -> None:
    """Raise ClaimConflict if a run calls some of these people whose calls their plan has not counted: one after `last_run`."""
    called = called_between(connection, last_run, run_id)
    for kind, addresses in _addresses(planned) if called else ():
        theirs = [address for each, address in called if each == kind.value]
        if addresses["address"].is_in(theirs).any():
            raise ClaimConflict(
                "another campaign has claimed some of these people since they were planned; nothing was sent; run again"
            )


def _refuse_forgotten(connection: sa.Connection, campaign_id: int, planned: pl.DataFrame) -> None:
    """Raise ClaimConflict if somebody of the plan was called or blocked, and has been forgotten since it was made."""
    campaign = connection.execute(sa.select(campaigns.c.name).where(campaigns.c.id == campaign_id)).scalar_one()
    if (forgotten := _forgotten(connection, campaign)) is None:
        return
    if any(forgotten.among(kind, addresses["address"]).len() for kind, addresses in _addresses(planned)):
        raise ClaimConflict("some of these people were forgotten since they were planned; nothing was sent; run again")


def free(connection: sa.Connection, campaign_id: int, batch_ids: Sequence[int] | sa.Select[tuple[int]]) -> None:
    """Let go of everybody in these batches: other runs may call them."""
    mine = claims.c.campaign_id == campaign_id  # the first column of the key: other campaigns' claims are not read
    connection.execute(claims.delete().where(mine, claims.c.batch_id.in_(batch_ids)))


def free_rows(connection: sa.Connection, batch_id: int, rows: Sequence[int]) -> None:
    """Let go of the people in these rows of a batch."""
    mine = sa.select(runs.c.campaign_id).join(batches, batches.c.run_id == runs.c.id).where(batches.c.id == batch_id)
    of_batch = (claims.c.campaign_id == mine.scalar_subquery()) & (claims.c.batch_id == batch_id)
    for at in range(0, len(rows), _FREED):
        connection.execute(claims.delete().where(of_batch, claims.c.row.in_(rows[at : at + _FREED])))


def pass_on(connection: sa.Connection, campaign_id: int, batch_id: int, to: int) -> None:
    """Let another batch have everybody who is still claimed by a batch: at no moment are they free."""
    mine = claims.update().where(claims.c.campaign_id == campaign_id, claims.c.batch_id == batch_id)
    connection.execute(mine.values(batch_id=to))


def hash_claims(connection: sa.Connection, which: sa.ColumnElement[bool], key: HashKey) -> None:
    """Put hashes in the place of the addresses of these claims: nobody is called twice, and nobody is named."""
    mine = which & (claims.c.kind != Kind.HASH.value)
    schema = {column.name: pl.String if column.name in ("kind", "address") else pl.Int64 for column in claims.c}
    found = connection.execute(claims.select().where(mine)).partitions(_PART)
    parts = [_hashed(pl.DataFrame(part, schema=schema, orient="row"), key) for part in found]
    connection.execute(claims.delete().where(mine))
    if parts:
        load(connection, claims, pl.concat(parts).sort("campaign_id", "address"))


def _hashed(part: pl.DataFrame, key: HashKey) -> pl.DataFrame:
    hashes = [key.of(Kind(kind), address) for kind, address in part.select("kind", "address").iter_rows()]
    return part.with_columns(kind=pl.lit(Kind.HASH.value), address=pl.Series(hashes, dtype=pl.String))


def _addresses(planned: pl.DataFrame) -> Iterator[tuple[Kind, pl.DataFrame]]:
    """Yield each kind with its address, batch_id and row. The same number as phone and as WhatsApp id is one address."""
    place = ("batch_id", "row")
    number = whatsapp_number()
    numbers = [planned.select(pl.col("e164").alias("address"), *place)]
    if planned["whatsapp"].null_count() < planned.height:
        others = planned.filter(number.ne_missing(pl.col("e164")))
        numbers.append(others.select(number.alias("address"), *place))
    yield Kind.ID, planned.select(pl.col("id").alias("address"), *place).drop_nulls("address")
    yield Kind.PHONE, pl.concat(numbers).drop_nulls("address").cast({"address": pl.String})
    named = planned.filter(number.is_null())
    yield Kind.WHATSAPP, named.select(pl.col("whatsapp").alias("address"), *place).drop_nulls("address")


def _called(address: sa.ColumnElement[Any], campaign: str, kind: Kind) -> sa.Select[Any]:
    campaign_id = sa.select(campaigns.c.id).where(campaigns.c.name == campaign).scalar_subquery()
    states = [state.value for state in BatchState if state not in NOT_CALLED]
    called = (
        sa.select(batches.c.id)
        .join(runs, batches.c.run_id == runs.c.id)
        .where(runs.c.campaign_id == campaign_id, batches.c.state.in_(states))
    )
    return sa.select(address).where(
        claims.c.campaign_id == campaign_id, claims.c.kind == kind.value, claims.c.batch_id.in_(called)
    )


def _series(connection: sa.Connection, statement: sa.Select[Any], name: str, dtype: type[pl.DataType]) -> pl.Series:
    """The one column that a statement selects."""
    return read(connection, statement, {name: dtype})[name]
