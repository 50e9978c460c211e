"""Casting: from a cell's text to a typed value, for each type of the campaign file."""

import polars as pl

from schemas.fields import Field
from schemas.value import ValueType

#: What JSON calls a number (RFC 8259, section 6): no leading zeros, no `nan`.
_INTEGER = r"^-?(?:0|[1-9][0-9]*)$"
_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
#: Texts in lower case.
BOOLEANS = dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True) | dict.fromkeys(
    ("false", "f", "no", "n", "off", "0"), False
)
#: Only formats that can be read in one way; day and month in figures are judged by `_figures`.
_UNAMBIGUOUS = ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%d %H:%M:%S", "%d %B %Y", "%B %d, %Y")
_FIGURES = r"^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}$"
#: An earlier year is a two-figure one (3/5/24), which does not say its century.
_FIRST_YEAR = 1900

#: The code of a text that is none of its type.
NOT_A: dict[ValueType, str] = {
    "integer": "not_an_integer",
    "number": "not_a_number",
    "boolean": "not_a_boolean",
    "date": "not_a_date",
}


def typed(field: Field) -> pl.Expr:
    """The field's text (String, in the column of its name) as DTYPES of the row rules; null where it is no such value."""
    text = pl.col(field.frame)
    match field.type:
        case "string":
            return text.str.strip_chars() if field.rule.identifier else text
        case "integer":
            return _finite(text.str.strip_chars(), _INTEGER)
        case "number":
            return _finite(text.str.strip_chars(), _NUMBER)
        case "boolean":
            return _lowered(text).replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean)
        case "date":
            return _date(text.str.strip_chars(), field.value.format)


def sent(field: Field, typed_column: pl.Expr) -> pl.Expr:
    """What is sent, as text: numbers as they were written (no float rounds them), booleans as JSON's words, dates as ISO 8601."""
    match field.type:
        case "string":
            return typed_column
        case "integer" | "number":
            return pl.when(typed_column.is_not_null()).then(pl.col(field.frame).str.strip_chars())
        case "boolean":
            return pl.when(typed_column).then(pl.lit("true")).when(~typed_column).then(pl.lit("false"))
        case "date":
            return typed_column.dt.to_string("iso")


def is_ambiguous(field: Field) -> pl.Expr:
    """Whether the text is a date whose day and month can be swapped, and no format says which is which."""
    if field.type != "date" or field.value.format is not None:
        return pl.lit(value=False)
    text = pl.col(field.frame).str.strip_chars()
    day_first, month_first = _figures(text)
    return (day_first != month_first).fill_null(value=False)


def _lowered(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.to_lowercase()


def _finite(text: pl.Expr, pattern: str) -> pl.Expr:
    number = pl.when(text.str.contains(pattern)).then(text).cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _date(text: pl.Expr, written: str | None) -> pl.Expr:
    if written is not None:
        return dated(text, written)
    day_first, month_first = _figures(text)
    both = pl.coalesce(day_first, month_first)
    certain = pl.when((day_first == month_first).fill_null(value=True)).then(both)
    return pl.coalesce(*(dated(text, known) for known in _UNAMBIGUOUS), certain)


def _figures(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Figures read day first and month first."""
    figures = pl.when(text.str.contains(_FIGURES)).then(text.str.replace_all(r"[.\-]", "/"))
    return dated(figures, "%d/%m/%Y"), dated(figures, "%m/%d/%Y")


def dated(text: pl.Expr, written: str) -> pl.Expr:
    """The date (Date) that a text is in this format; null where it is none, or its year is not whole."""
    day = text.str.to_date(written, strict=False)
    return pl.when(day.dt.year() >= _FIRST_YEAR).then(day)
