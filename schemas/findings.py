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


#: Damaged cells that were read all the same: `column` is the header, `code` the damage; the cell's text, and how it was read.
REPAIRS_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.UInt32,
    "column": pl.String,
    "code": FINDINGS_SCHEMA["code"],
    "before": pl.String,
    "after": pl.String,  # as it is dialled or sent; empty where the cell counts as empty
}


def no_repairs() -> pl.DataFrame:
    """An empty frame of REPAIRS_SCHEMA."""
    return pl.DataFrame(schema=REPAIRS_SCHEMA)


def repairs(
    frame: pl.DataFrame, column: str | pl.Expr, code: str | pl.Expr, before: pl.Expr, after: pl.Expr
) -> pl.DataFrame:
    """One repair for each row of `frame` (column `row`); the rest are texts or expressions over it."""
    parts = {"row": pl.col("row"), "column": column, "code": code, "before": before, "after": after}
    return frame.select(
        (part if isinstance(part, pl.Expr) else pl.lit(part, pl.String)).cast(REPAIRS_SCHEMA[name]).alias(name)
        for name, part in parts.items()
    )


def no_findings() -> pl.DataFrame:
    """An empty frame of FINDINGS_SCHEMA."""
    return pl.DataFrame(schema=FINDINGS_SCHEMA)


def findings(
    frame: pl.DataFrame,
    code: str | pl.Expr,
    column: str | pl.Expr | None,
    value: pl.Expr | None = None,
    detail: str | pl.Expr | None = None,
) -> pl.DataFrame:
    """One finding for each row of `frame` (column `row`); the rest are texts or expressions over it."""
    parts = {"code": code, "column": column, "value": value, "detail": detail}
    return frame.select(
        pl.col("row").cast(pl.UInt32),
        *(
            (part if isinstance(part, pl.Expr) else pl.lit(part, pl.String)).cast(FINDINGS_SCHEMA[name]).alias(name)
            for name, part in parts.items()
        ),
    )


def gathered(found: list[pl.DataFrame]) -> pl.DataFrame:
    """All of them in one frame, in the order of the rows."""
    return pl.concat([no_findings(), *found]).sort("row", maintain_order=True)
