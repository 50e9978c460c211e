"""Aging: runs that are long over lose the words that were said, or everybody who was in them.

Each function is a part of its caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.ledger.claims import hash_claims
from pipeline.ledger.forgetting import EMPTY
from pipeline.ledger.hashes import key_to_use
from pipeline.ledger.moments import iso
from pipeline.ledger.tables import attempts, batches, campaigns, claims, payloads, results, rows, runs, sources
from schemas.states import BatchState

_NOT_OVER = (BatchState.PLANNED, BatchState.SENDING, BatchState.UNCONFIRMED)


@dataclass(frozen=True)
class Aged:
    """Runs whose last activity was before a moment: those that are over, and those that are not."""

    over: list[int]
    open: list[int]


def aged(connection: sa.Connection, before: float, campaign: str | None = None) -> Aged:
    """The runs, of a campaign or of all, that nothing has happened to since `before` (Unix seconds)."""
    is_open = sa.exists().where(batches.c.run_id == runs.c.id, batches.c.state.in_(_NOT_OVER))
    asked = sa.select(runs.c.id, is_open.label("is_open")).join(campaigns, runs.c.campaign_id == campaigns.c.id)
    found = connection.execute(asked.where(_is_before(before), _of(campaign)).order_by(runs.c.id)).all()
    over = [line.id for line in found if not line.is_open]
    return Aged(over, [line.id for line in found if line.is_open])


def holding(connection: sa.Connection, run_ids: Sequence[int]) -> list[int]:
    """Those of these runs that still hold somebody: in a row, in the words said, in the export's columns or in a result."""
    held = (
        sa.exists().where(rows.c.run_id == runs.c.id, _is_somebody()),
        sa.exists().where(payloads.c.batch_id == batches.c.id, batches.c.run_id == runs.c.id),
        sa.exists().where(sources.c.run_id == runs.c.id),
        sa.exists().where(results.c.run_id == runs.c.id),
    )
    asked = sa.select(runs.c.id).where(runs.c.id.in_(run_ids), sa.or_(*held)).order_by(runs.c.id)
    return list(connection.execute(asked).scalars())


def rows_known(connection: sa.Connection, run_ids: Sequence[int]) -> int:
    """How many rows of these runs are somebody's."""
    counted = sa.select(sa.func.count()).select_from(rows).where(rows.c.run_id.in_(run_ids), _is_somebody())
    return int(connection.execute(counted).scalar_one())


def drop_words(connection: sa.Connection, run_ids: Sequence[int]) -> int:
    """Delete what was said to people, and what the service answered, in these runs; how many batches had such words."""
    if not run_ids:
        return 0
    mine = sa.select(batches.c.id).where(batches.c.run_id.in_(run_ids))
    said = attempts.update().where(attempts.c.batch_id.in_(mine), attempts.c.message.is_not(None))
    connection.execute(said.values(message=None))
    return connection.execute(payloads.delete().where(payloads.c.batch_id.in_(mine))).rowcount


def forget_runs(connection: sa.Connection, run_ids: Sequence[int]) -> tuple[list[str], list[str]]:
    """Forget everybody in these runs, which are over; the conversations and the batches that the service has of them.

    Raises CampaignError where the key of the hashes is not at hand.
    """
    if not run_ids:  # a key that has hashed nobody must not become the ledger's
        return [], []
    key = key_to_use(connection)
    drop_words(connection, run_ids)
    asked = results.delete().where(results.c.run_id.in_(run_ids)).returning(results.c.conversation_id)
    conversations = [each for each in connection.execute(asked).scalars() if each]
    connection.execute(sources.delete().where(sources.c.run_id.in_(run_ids)))
    connection.execute(rows.update().where(rows.c.run_id.in_(run_ids)).values(**EMPTY))
    hash_claims(connection, claims.c.run_id.in_(run_ids), key)
    placed = sa.select(batches.c.service_id).where(batches.c.run_id.in_(run_ids), batches.c.service_id.is_not(None))
    return conversations, list(connection.execute(placed.order_by(batches.c.id)).scalars())


def _is_somebody() -> sa.ColumnElement[bool]:
    return rows.c.phone.is_not(None) | rows.c.whatsapp.is_not(None) | rows.c.recipient_id.is_not(None)


def _is_before(before: float) -> sa.ColumnElement[bool]:
    """Nothing of the run was later. Moments are texts of one width, so they compare as they are."""
    moment = iso(before)
    later = sa.exists().where(batches.c.run_id == runs.c.id, sa.type_coerce(batches.c.state_at, sa.String) >= moment)
    ended = sa.func.coalesce(sa.type_coerce(runs.c.ended_at, sa.String), sa.type_coerce(runs.c.started_at, sa.String))
    return (ended < moment) & ~later


def _of(campaign: str | None) -> sa.ColumnElement[bool]:
    return sa.true() if campaign is None else campaigns.c.name == campaign
