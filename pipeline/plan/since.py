"""Since: what has happened to a saved plan before it is run: people who left it, and its age."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import polars as pl

from schemas.errors import CampaignError
from schemas.outcomes import Outcome
from schemas.plan import Plan, PlannedBatch
from schemas.request import RECIPIENT_SEPARATOR
from schemas.sealed import expiry

_PLANNED = pl.col("outcome") == Outcome.PLANNED


def less(plan: Plan, rows: pl.DataFrame, why: str = "called, blocked or forgotten since") -> Plan:
    """The plan of those who are still planned in `rows` (ROWS_SCHEMA, the plan's own); nobody else's batch changes.

    `why` is what the others are.
    """
    rows = _same_calls(rows, plan.rows)
    gone = plan.rows.filter(_PLANNED & (rows["outcome"] != Outcome.PLANNED))
    if gone.is_empty():
        return plan
    batch = pl.when(_PLANNED).then("batch")
    rows = rows.with_columns(batch=batch, position=pl.when(_PLANNED).then("position"))
    place = pl.col("position").rank("ordinal").over("batch") - 1
    rows = rows.with_columns(position=pl.when(_PLANNED).then(place).cast(rows.schema["position"]))
    people = "1 person of the saved plan was" if gone.height == 1 else f"{gone.height:,} people of the saved plan were"
    note = f"{people} {why}, and left out."
    return replace(plan, rows=rows, batches=tuple(_smaller(plan.batches, gone)), notes=(*plan.notes, note))


def _same_calls(rows: pl.DataFrame, sealed: pl.DataFrame) -> pl.DataFrame:
    """A plan is of one call to each person: whoever was called since would be called a further time, and is not."""
    other = _PLANNED & pl.col("attempt").ne_missing(sealed["attempt"])
    outcome, codes = (rows.schema[name] for name in ("outcome", "codes"))
    return rows.with_columns(
        attempt=sealed["attempt"],
        outcome=pl.when(other).then(pl.lit(Outcome.CALLED_BEFORE, outcome)).otherwise("outcome"),
        codes=pl.when(other).then(pl.lit("called_before", codes)).otherwise("codes"),
    )


def _smaller(batches: Iterable[PlannedBatch], gone: pl.DataFrame) -> Iterable[PlannedBatch]:
    """The batches under their own numbers, without those in which nobody is left."""
    size = pl.col("size").cast(pl.Int64) + len(RECIPIENT_SEPARATOR)
    lost = {number: (people, size) for number, people, size in gone.group_by("batch").agg(pl.len(), size.sum()).rows()}
    for batch in batches:
        people, size_lost = lost.get(batch.number, (0, 0))
        if batch.recipients > people:
            yield replace(batch, recipients=batch.recipients - people, body_bytes=batch.body_bytes - size_lost)


def refuse_old(plan: Plan, now: datetime) -> None:
    """Raise CampaignError for a plan that has expired."""
    days = plan.campaign.rules.plan_valid
    if now > (until := expiry(plan.planned_at, days)):
        raise CampaignError(
            f"the plan has expired: it was made {plan.planned_at:%Y-%m-%d %H:%M} UTC and was valid until"
            f" {until:%Y-%m-%d %H:%M} UTC ([rules] plan_valid = {days}d); save it again with `campaign check`"
        )
