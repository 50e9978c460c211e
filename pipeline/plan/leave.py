"""Leaving: what the findings about a row make of it. Rows leave once, after all that is wrong with them is known."""

import polars as pl

from schemas.codes import NAMES
from schemas.outcomes import Outcome, Weight
from schemas.plan import ROWS_SCHEMA


def leave(frame: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """One line a row, of ROWS_SCHEMA: to fix wins over left out.

    In: row and what ROWS_SCHEMA names of e164, whatsapp, id, phone_from and size.
    """
    told = found.filter(~pl.col("code").is_in(NAMES[Weight.SAID]))
    verdicts = told.group_by("row").agg(
        outcome=pl.when(pl.col("code").is_in(NAMES[Weight.TO_FIX]).any())
        .then(pl.lit(Outcome.TO_FIX))
        .otherwise(pl.lit(Outcome.LEFT_OUT)),
        codes=pl.col("code").cast(pl.String).unique().sort().str.join(","),
    )
    lines = frame.select(name for name in ROWS_SCHEMA if name in frame.columns)
    judged = lines.join(verdicts, on="row", how="left", maintain_order="left")
    return judged.select(_column(name, dtype, judged.columns) for name, dtype in ROWS_SCHEMA.items())


def limited(rows: pl.DataFrame, most: int | None) -> pl.DataFrame:
    """Keep the first `most` planned rows (None: all); the later ones are left out. In and out: ROWS_SCHEMA."""
    if most is None:
        return rows
    planned = pl.col("outcome") == Outcome.PLANNED
    beyond = planned & (planned.cum_sum() > most)
    return rows.with_columns(
        outcome=pl.when(beyond).then(pl.lit(Outcome.LEFT_OUT, ROWS_SCHEMA["outcome"])).otherwise("outcome"),
        codes=pl.when(beyond).then(pl.lit("over_limit", ROWS_SCHEMA["codes"])).otherwise("codes"),
    )


def told_too(rows: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Add a code to the rows that `told` (row, code, outcome) names, each once; a null outcome leaves that as it was.

    In and out: ROWS_SCHEMA.
    """
    found = rows.select("row").join(told, on="row", how="left", maintain_order="left")
    code, outcome = found["code"], found["outcome"].cast(ROWS_SCHEMA["outcome"])
    codes = (
        pl.concat_list(pl.col("codes").cast(pl.String).fill_null(code).str.split(","), code).list.unique().list.sort()
    )
    return rows.with_columns(
        outcome=pl.coalesce(outcome, "outcome"),
        codes=pl.when(code.is_not_null()).then(codes.list.join(",").cast(ROWS_SCHEMA["codes"])).otherwise("codes"),
    )


def _column(name: str, dtype: pl.DataType | type[pl.DataType], present: list[str]) -> pl.Expr:
    if name not in present:
        return pl.lit(None, dtype).alias(name)
    column = pl.col(name).cast(dtype)
    return column.fill_null(pl.lit(Outcome.PLANNED, dtype)) if name == "outcome" else column
