"""Calls: who was called when, or will be, in all campaigns: what the rule on frequency counts.

Each function is a part of its caller's transaction.
"""

from typing import Any

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.bulk import read
from pipeline.ledger.tables import batches, campaigns, claims, rows, runs
from pipeline.ledger.wishes import addresses_of
from schemas.addresses import Kind
from schemas.calls import Calls
from schemas.outcomes import Outcome
from schemas.states import BatchState

#: Nobody of these was called, or will be.
_NO_CALLS = (BatchState.REFUSED, BatchState.SUPERSEDED)
_TO_COME = (BatchState.PLANNED, BatchState.SENDING)
_MOMENTS = {"batch_id": pl.Int64, "at": pl.Int64}


def calls(connection: sa.Connection, campaign: str, since: float) -> Calls:
    """All calls that may have been made since a moment (Unix seconds), or are to come, as claims have them.

    A call may be as late as its batch was submitted, was to start, or was last changed at the service. What this campaign
    has planned and not sent is left away: its next run plans it anew.
    """
    mine = _batches(campaign, since)
    moments = _moments(connection, mine)
    by = {kind: _by(connection, kind, mine, moments) for kind in Kind}
    last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(runs.c.id), 0))).scalar_one()
    return Calls(by, int(last))


def called_between(connection: sa.Connection, last_run: int, run_id: int) -> set[tuple[str, str]]:
    """Kind and address of everybody whom the runs between these two mean to call, or have."""
    newer = sa.select(runs.c.id).where(runs.c.id > last_run, runs.c.id < run_id, runs.c.kind == "run")
    known = sa.select(rows.c.phone, rows.c.whatsapp, rows.c.recipient_id)
    planned = known.where(rows.c.run_id.in_(newer), rows.c.outcome == Outcome.PLANNED.value)
    return {address for line in connection.execute(planned) for address in addresses_of(*line)}


def _batches(campaign: str, since: float) -> sa.Select[Any]:
    """The batches whose calls matter: id, state, and the three moments of which the last counts."""
    is_own = campaigns.c.name == campaign
    late = (batches.c.state_at >= since) | (batches.c.start_unix >= since)
    late |= batches.c.state.in_(_TO_COME) | (batches.c.service_last_updated_at_unix >= since)
    columns = (batches.c.start_unix, batches.c.state_at, batches.c.service_last_updated_at_unix)
    found = sa.select(batches.c.id, batches.c.state, *columns).join(runs, batches.c.run_id == runs.c.id)
    found = found.join(campaigns, runs.c.campaign_id == campaigns.c.id)
    return found.where(late, batches.c.state.not_in(_NO_CALLS), ~(is_own & (batches.c.state == BatchState.PLANNED)))


def _moments(connection: sa.Connection, which: sa.Select[Any]) -> pl.DataFrame:
    lines = [
        (batch_id, None if state in _TO_COME else int(max(moment for moment in moments if moment is not None)))
        for batch_id, state, *moments in connection.execute(which)
    ]
    return pl.DataFrame(lines, schema=_MOMENTS, orient="row")


def _by(connection: sa.Connection, kind: Kind, which: sa.Select[Any], moments: pl.DataFrame) -> pl.DataFrame:
    """The calls to addresses of one kind: key, call, at."""
    is_number = kind is Kind.PHONE
    key = sa.cast(claims.c.address, sa.BigInteger) if is_number else claims.c.address
    call = sa.cast(claims.c.run_id, sa.BigInteger) * 2**32 + claims.c.row
    asked = sa.select(key, call, claims.c.batch_id).where(
        claims.c.campaign_id.in_(sa.select(campaigns.c.id)),  # the key begins with it: no other kind is read
        claims.c.kind == kind.value,
        claims.c.batch_id.in_(sa.select(which.subquery().c.id)),
    )
    schema = {"key": pl.Int64 if is_number else pl.String, "call": pl.Int64, "batch_id": pl.Int64}
    return read(connection, asked, schema).join(moments, on="batch_id", how="left").drop("batch_id")
