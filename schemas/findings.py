"""Findings: what is said about rows. A frame, so that a million of them cost no Python object each."""

import polars as pl

from schemas.codes import CODES

#: `column` is the header (or the field) that holds the fault; `value` the cell's text; `detail` more than the code says.
FINDINGS_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.UInt32,
    "code": pl.Enum(list(CODES)),
    "column": pl.String,
    "value": pl.String,
    "detail": pl.String,
}


def no_findings() -> pl.DataFrame:
    """An empty frame of FINDINGS_SCHEMA."""
    return pl.DataFrame(schema=FINDINGS_SCHEMA)


def findings(
    frame: pl.DataFrame,
    code: str | pl.Expr,
    column: str | None,
    value: pl.Expr | None = None,
    detail: pl.Expr | str | None = None,
) -> pl.DataFrame:
    """One finding for each row of `frame` (column `row`). `code` and `detail` may be expressions over it."""
    return frame.select(
        pl.col("row").cast(pl.UInt32),
        (pl.lit(code) if isinstance(code, str) else code).cast(FINDINGS_SCHEMA["code"]).alias("code"),
        pl.lit(column, pl.String).alias("column"),
        (pl.lit(None, pl.String) if value is None else value.cast(pl.String)).alias("value"),
        (detail if isinstance(detail, pl.Expr) else pl.lit(detail, pl.String)).alias("detail"),
    )


def gathered(found: list[pl.DataFrame]) -> pl.DataFrame:
    """All of them in one frame, in the order of the rows."""
    return pl.concat([no_findings(), *found]).sort("row", maintain_order=True)
