"""What the service refused, row by row, as part of the plan that is reported."""

from dataclasses import replace

import polars as pl

from schemas.codes import REFUSED_BY_SERVICE
from schemas.findings import findings, gathered
from schemas.outcomes import Outcome
from schemas.plan import ROWS_SCHEMA, Plan


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
