"""Templates as polars expressions over the source's columns."""

import polars as pl

from schemas.fields import Field
from schemas.template import Column


def text_of(field: Field) -> pl.Expr:
    """The field's text (String) for each row; null where a cell it needs is empty (an empty cell empties the value)."""
    parts = [_part(part, field) for part in field.template.parts]
    if not parts:
        return pl.lit(None, pl.String)
    return parts[0] if len(parts) == 1 else pl.concat_str(parts, ignore_nulls=False)


def filled(column: str) -> pl.Expr:
    """The cell, null where it holds nothing but white space."""
    cell = pl.col(column)
    return pl.when(cell.str.strip_chars() != "").then(cell)


def _part(part: str | Column, field: Field) -> pl.Expr:
    if isinstance(part, str):
        return pl.lit(part)
    cell = filled(field.columns[part.name])
    return cell if part.fallback is None else cell.fill_null(pl.lit(part.fallback))
