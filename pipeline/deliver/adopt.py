"""Adopt: the plan becomes the ledger's, whole or not at all; after it the batches can be sent."""

from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.batches import add_batches, add_payloads, supersede
from pipeline.ledger.bulk import load
from pipeline.ledger.calendars import add_calendars
from pipeline.ledger.claims import ClaimConflict, claim, refuse_called
from pipeline.ledger.runs import RunContext, add_run, campaign_row
from pipeline.ledger.sources import add_sources
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import rows
from schemas.outcomes import Outcome
from schemas.plan import Plan
from schemas.ready import ReadyBatch

#: Rows called before are counted only: a growing nightly export would store them again every night.
_STORED = (Outcome.PLANNED, Outcome.TO_FIX, Outcome.LEFT_OUT)
_PART = 250_000

__all__ = ["Adopted", "ClaimConflict", "RunContext", "adopt"]


@dataclass(frozen=True)
class Adopted:
    """What the plan became: the run's number, and its batches in order, ready to be sent."""

    run_id: int
    batches: tuple[ReadyBatch, ...]


def adopt(plan: Plan, ledger: Ledger, context: RunContext, at: float) -> Adopted:
    """Write the plan into the ledger in one transaction and claim its people; `at` is in Unix seconds.

    What earlier runs of the campaign planned and never sent is superseded first: this run takes over its people. Raises
    ClaimConflict, and changes nothing, when somebody was claimed since the plan was made, by another campaign too if the
    plan counts its calls: plan again. A test claims
    nobody, and supersedes tests only.
    """
    with ledger.transaction() as connection:
        campaign = campaign_row(connection, plan.campaign.campaign.name, at)
        supersede(connection, campaign.id, context.kind, at)
        run_id = add_run(connection, campaign.id, plan, context, at)
        add_calendars(connection, run_id, plan.calendars)
        batches = add_batches(connection, run_id, plan, at)
        ids = {batch.number: batch.id for batch in batches}
        if context.kind == "run":
            people = _people(plan.rows, ids)
            claim(connection, campaign.id, run_id, people)
            if plan.last_run is not None:
                refuse_called(connection, run_id, plan.last_run, people)
        _add_rows(connection, run_id, plan.rows, ids)
        add_payloads(connection, ids, plan.spilled.payloads(plan.rows))
        add_sources(connection, run_id, plan.source.headers, plan.spilled.source_columns(_stored(plan.rows)))
    return Adopted(run_id, batches)


def _people(plan_rows: pl.DataFrame, ids: dict[int, int]) -> pl.DataFrame:
    """Whom to claim: row, batch_id, e164, whatsapp, id, attempt. No other columns: of all rows at once, memory counts."""
    planned = plan_rows.lazy().filter(pl.col("outcome") == Outcome.PLANNED)
    people = planned.select("row", "batch", "e164", "whatsapp", "id", pl.col("attempt").fill_null(1)).collect()
    return _with_batch_ids(people, ids)


def _add_rows(connection: sa.Connection, run_id: int, plan_rows: pl.DataFrame, ids: dict[int, int]) -> None:
    """Write down every row but those called before, outcome by outcome, so that what they share is written once."""
    number = pl.concat_str(pl.lit("+"), pl.col("e164").cast(pl.String))
    for part in plan_rows.iter_slices(_PART):
        lines = _with_batch_ids(part, ids).with_columns(number.alias("phone"), pl.col("id").alias("recipient_id"))
        for outcome in _STORED:
            same = {"run_id": run_id, "outcome": outcome.value}
            load(connection, rows, lines.filter(pl.col("outcome") == outcome).drop("outcome"), **same)


def _with_batch_ids(plan_rows: pl.DataFrame, ids: dict[int, int]) -> pl.DataFrame:
    numbers, batch_ids = pl.Series("batch", list(ids), pl.UInt32), pl.Series("batch_id", list(ids.values()), pl.Int64)
    return plan_rows.join(pl.DataFrame([numbers, batch_ids]), on="batch", how="left", maintain_order="left")


def _stored(plan_rows: pl.DataFrame) -> pl.DataFrame:
    return plan_rows.lazy().filter(pl.col("outcome").is_in(_STORED)).select("row").collect()
