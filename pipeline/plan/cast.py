"""Casting: from a cell's text to a typed value, for each type of the campaign file."""

import polars as pl

from pipeline.plan.dates import date_of, is_ambiguous
from schemas.fields import Field
from schemas.value import ValueType

#: What JSON calls a number (RFC 8259, section 6): no leading zeros, no `nan`.
_INTEGER = r"^-?(?:0|[1-9][0-9]*)$"
_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
#: Texts in lower case.
BOOLEANS = dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True) | dict.fromkeys(
    ("false", "f", "no", "n", "off", "0"), False
)
#: How a spreadsheet shows a long number in a narrow cell, and saves it: the digits that are not shown are lost.
_SHORTENED = r"^-?[0-9](?:[.,][0-9]+)?E\+[0-9]{2}$"
#: A day as a spreadsheet counts it, 1927 to 2173; where it counts from 1904 it is another day, so none is guessed.
_SERIAL_DAY = r"^[1-9][0-9]{4}(?:[.,][0-9]+)?$"

#: The code of a text that is none of its type.
NOT_A: dict[ValueType, str] = {
    "integer": "not_an_integer",
    "number": "not_a_number",
    "boolean": "not_a_boolean",
    "date": "not_a_date",
    "language": "language_unknown",
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
            return date_of(text.str.strip_chars(), field.value.format)
        case "language":
            return text.map_batches(_languages, return_dtype=pl.String)


def sent(field: Field, typed_column: pl.Expr) -> pl.Expr:
    """What is sent, as text: numbers as they were written (no float rounds them), booleans as JSON's words, dates as ISO 8601."""
    match field.type:
        case "string" | "language":
            return typed_column
        case "integer" | "number":
            return pl.when(typed_column.is_not_null()).then(pl.col(field.frame).str.strip_chars())
        case "boolean":
            return pl.when(typed_column).then(pl.lit("true")).when(~typed_column).then(pl.lit("false"))
        case "date":
            return typed_column.dt.to_string("iso")


def why_not(field: Field) -> pl.Expr:
    """The code of a text that is none of the field's type: what a spreadsheet did to it, where that is seen."""
    usual = pl.lit(NOT_A.get(field.type))
    match field.type:
        case "integer":
            return pl.when(is_shortened(field)).then(pl.lit("digits_lost")).otherwise(usual)
        case "date":
            text = pl.col(field.frame).str.strip_chars()
            ambiguous = pl.when(is_ambiguous(text, field.value.format)).then(pl.lit("date_ambiguous"))
            return ambiguous.when(text.str.contains(_SERIAL_DAY)).then(pl.lit("date_serial")).otherwise(usual)
        case _:
            return usual


def is_shortened(field: Field) -> pl.Expr:
    """Whether a spreadsheet has shortened the text."""
    return pl.col(field.frame).str.strip_chars().str.contains(_SHORTENED)


def meant(field: Field) -> pl.Expr:
    """For a text that is none of the field's type: the field's key, and for a language what was probably meant."""
    key = pl.lit(field.key)
    if field.type != "language":
        return key
    near = pl.col(field.frame).map_batches(_nearest_languages, return_dtype=pl.String)
    return pl.coalesce(pl.concat_str(key, pl.lit(": did you mean "), near, pl.lit("?")), key)


def _lowered(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.to_lowercase()


def _finite(text: pl.Expr, pattern: str) -> pl.Expr:
    number = pl.when(text.str.contains(pattern)).then(text).cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _languages(texts: pl.Series) -> pl.Series:
    from pipeline.plan.languages import languages_of  # noqa: PLC0415 -- Babel, which most campaigns do not need

    return languages_of(texts)


def _nearest_languages(texts: pl.Series) -> pl.Series:
    from pipeline.plan.languages import nearest_languages  # noqa: PLC0415 -- likewise

    return nearest_languages(texts)
