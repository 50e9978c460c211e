"""Templates as polars expressions over the source's columns."""

import polars as pl

from schemas.fields import Field
from schemas.template import Column, Template


def text_of(field: Field) -> pl.Expr:
    """The field's text (String) for each row; null where a cell it needs is empty (an empty cell empties the value)."""
    return template_text(field.template, field)


def template_text(template: Template, field: Field) -> pl.Expr:
    """The text of one of the field's templates, likewise."""
    parts = [_part(part, field) for part in template.parts]
    if not parts:
        return pl.lit(None, pl.String)
    return parts[0] if len(parts) == 1 else pl.concat_str(parts, ignore_nulls=False)


def filled(column: str) -> pl.Expr:
    """The cell, null where it holds nothing but white space."""
    cell = pl.col(column)
    return pl.when(cell.str.strip_chars() != "").then(cell)


def frame_column(name: str, field: Field) -> str:
    """The frame's column of what a template of the field names: a piece of [text], or a column of the file."""
    return field.pieces.get(name) or field.columns[name]


def spoken_column(column: Column, field: Field) -> str:
    """The frame's column of a column that goes through filters."""
    filters = "".join(map(str, column.filters))
    written = field.value.format if any(each.name == "date" for each in column.filters) else None
    return f"{frame_column(column.name, field)}{filters}{written or ''}"


def _part(part: str | Column, field: Field) -> pl.Expr:
    if isinstance(part, str):
        return pl.lit(part)
    cell = filled(frame_column(part.name, field))
    text = pl.col(spoken_column(part, field)) if part.filters else cell
    # A cell that is filled and cannot be read is told; the fallback is not for it.
    return text if part.fallback is None else pl.when(cell.is_null()).then(pl.lit(part.fallback)).otherwise(text)
