"""What became of a plan when it was sent, as part of the plan that is reported: other starts, and rows that were refused."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from schemas.codes import REFUSED_BY_SERVICE
from schemas.findings import findings, gathered
from schemas.outcomes import Outcome
from schemas.plan import ROWS_SCHEMA, Plan, PlannedBatch, Slot
from schemas.ready import SentBatch


def as_sent(plan: Plan, sent: Sequence[SentBatch]) -> Plan:
    """The plan with its batches as they were sent: their starts may have moved, and the rest of a refused one is new."""
    batches = tuple(_as_sent(plan, sent))
    return plan if batches == plan.batches else replace(plan, batches=batches)


def _as_sent(plan: Plan, sent: Sequence[SentBatch]) -> Iterator[PlannedBatch]:
    """A rest has a higher number than the batch that it was taken out of, and the route and hours of that."""
    planned = {batch.number: batch for batch in plan.batches}
    for each in sent:
        batch = planned[each.number] if each.rest_of is None else replace(planned[each.rest_of], number=each.number)
        planned[each.number] = replace(batch, slot=Slot(each.start_unix, each.until_unix, each.end_unix))
    yield from planned.values()


def as_left(plan: Plan, told: pl.DataFrame) -> Plan:
    """The plan as the service left it: rows that it refused are to fix, rows that went on are in their last batch.

    `told` (row, batch, said) are the rows that are not as planned; `said` is why the service refused a row, else null.
    """
    if told.is_empty():
        return plan
    refused = pl.col("said").is_not_null()
    rows = plan.rows.join(told.rename({"batch": "now"}), on="row", how="left", maintain_order="left")
    rows = rows.with_columns(
        outcome=pl.when(refused).then(pl.lit(Outcome.TO_FIX, ROWS_SCHEMA["outcome"])).otherwise("outcome"),
        codes=pl.when(refused).then(pl.lit(REFUSED_BY_SERVICE, ROWS_SCHEMA["codes"])).otherwise("codes"),
        batch=pl.when(~refused).then(pl.coalesce("now", "batch")),
        position=pl.when(~refused).then("position"),
    )
    found = findings(told.filter(refused), REFUSED_BY_SERVICE, None, detail=pl.col("said"))
    return replace(plan, rows=rows.select(*ROWS_SCHEMA), findings=gathered([plan.findings, found]))
