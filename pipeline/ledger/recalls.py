"""Recalls: whose calls ended, for certain and for good, so that `[recall]` may call them a further time.

Each function is a part of its caller's transaction.
"""

from typing import Any

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.bulk import read
from pipeline.ledger.tables import batches, campaigns, claims, results, runs
from schemas.earlier import Recall
from schemas.states import BatchState

#: Under a name of its own: the claims that it is joined to are chosen by their batches, too.
_batches = batches.alias("ended")


def may_be_called_again(recall: Recall) -> sa.ColumnElement[bool]:
    """That a line of `claims` is a call whose result is known, final, and one that `[recall] when` names."""
    return sa.exists().where(_ended(recall))


def read_recalls(
    connection: sa.Connection, called: sa.Select[Any], recall: Recall, dtype: type[pl.DataType]
) -> pl.DataFrame:
    """Those calls: key, attempt, at (see Recalls). `called` selects the key of a campaign's claims on one kind of address."""
    over = sa.func.coalesce(
        results.c.updated_at_unix, results.c.created_at_unix, _batches.c.service_last_updated_at_unix
    )
    (key,) = called.selected_columns
    asked = called.with_only_columns(key, claims.c.attempt, over).where(_ended(recall))
    return read(connection, asked, {"key": dtype, "attempt": pl.Int64, "at": pl.Int64})


def not_final(connection: sa.Connection, campaign: str) -> int:
    """How many batches of the campaign, tests aside, have been sent, or may have, and their results may still change."""
    of_it = (campaigns.c.name == campaign) & (runs.c.kind == "run")
    sent = _batches.c.state.not_in((BatchState.PLANNED, BatchState.SUPERSEDED, BatchState.REFUSED))
    asked = sa.select(sa.func.count()).select_from(_batches).join(runs, _batches.c.run_id == runs.c.id)
    asked = asked.join(campaigns, runs.c.campaign_id == campaigns.c.id)
    return int(connection.execute(asked.where(of_it, sent, _batches.c.results_final.is_not(True))).scalar_one())


def _ended(recall: Recall) -> sa.ColumnElement[bool]:
    of_claim = (results.c.run_id == claims.c.run_id) & (results.c.row == claims.c.row)
    known = results.c.problem.is_(None) & results.c.status.in_(recall.when)
    return of_claim & known & (_batches.c.id == results.c.batch_id) & _batches.c.results_final.is_(True)
