"""Spoken: a frame's cells as the filters of templates make them, each distinct text of a language once."""

from collections.abc import Iterator, Sequence

import polars as pl

from pipeline.plan.filters import filtered
from pipeline.plan.filters.locales import LOCALE, usual_locale, with_locales
from pipeline.plan.texts import filled, frame_column, spoken_column
from schemas.fields import Binding, Field
from schemas.filters import FORMATS
from schemas.findings import findings
from schemas.template import Column


def with_spoken(
    frame: pl.DataFrame, fields: Sequence[Field], binding: Binding
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Add a String column for each filtered column of the fields' templates, null where the cell is empty or unreadable.

    In: row, c0… and the pieces. Also added is `locale`, as soon as the language of the rows is known; what is needed to
    tell it is written in the campaign's. The findings are cells that a filter cannot read.
    """
    found = []
    language = binding.language
    if LOCALE not in frame.columns and (language is None or language.is_constant or language.frame in frame.columns):
        frame, told = with_locales(frame, binding)
        found.append(told)
    for name, (field, column) in dict(_filtered(fields)).items():
        spoken = _spoken(frame, field, column, usual_locale(binding))
        frame = frame.with_columns(spoken["spoken"].alias(name))
        unread = spoken.filter(pl.col("code").is_not_null())
        if unread.height:
            said = f"{field.key}, {column.filters[0]}"
            found.append(findings(unread, pl.col("code"), _header(field, column), pl.col("text"), said))
    return frame, found


def _filtered(fields: Sequence[Field]) -> Iterator[tuple[str, tuple[Field, Column]]]:
    for field in fields:
        for column in field.value.columns:
            if column.filters:
                yield spoken_column(column, field), (field, column)


def _spoken(frame: pl.DataFrame, field: Field, column: Column, usual: str) -> pl.DataFrame:
    """Columns row, text, spoken and code, a line a row."""
    locale = pl.col(LOCALE) if LOCALE in frame.columns else pl.lit(usual)
    if not any(each.name in FORMATS for each in column.filters):
        locale = locale.str.extract("^(tr|az)(?:_|$)").fill_null("en")  # the only ones with letters of their own
    cells = frame.select("row", text=filled(frame_column(column.name, field)), locale=locale)
    made = [
        texts.hstack(filtered(texts["text"], column.filters, str(name), field.value.format))
        for (name,), texts in cells.select("text", LOCALE)
        .drop_nulls()
        .unique()
        .partition_by(LOCALE, as_dict=True)
        .items()
    ]
    if not made:
        return cells.with_columns(pl.lit(None, pl.String).alias(name) for name in ("spoken", "code"))
    return cells.join(pl.concat(made), on=["text", LOCALE], how="left", maintain_order="left")


def _header(field: Field, column: Column) -> str:
    """The columns of the file that a filter reads, which may stand in a piece of [text]."""
    return column.name if column.name in field.columns else field.header
