"""|date: dates in words. Babel writes each distinct day once."""

from datetime import date

import polars as pl
from babel import Locale
from babel.dates import format_date, tokenize_pattern

from pipeline.plan.dates import date_of, is_ambiguous
from schemas.filters import Filter

_STYLES = ("full", "long", "medium", "short")
#: The letters of CLDR's patterns that tell of a day (UTS 35, part 4, Date Field Symbol Table).
_OF_A_DAY = frozenset("GyYuQqMLwWdDFEec")


def dates(texts: pl.Series, each: Filter, locale: str, written: str | None) -> pl.DataFrame:
    """Columns spoken and code (String). Read are ISO dates and those that can be read in one way, or `written` (strptime)."""
    text = pl.col("t").str.strip_chars()
    read = texts.to_frame("t").select(
        day=date_of(text, written),
        bad=pl.when(is_ambiguous(text, written)).then(pl.lit("date_ambiguous")).otherwise(pl.lit("not_a_date")),
    )
    days = read["day"].unique().drop_nulls()
    pattern, parsed = each.text or "long", Locale.parse(locale)
    spoken = pl.Series([_in_words(day, pattern, parsed) for day in days], dtype=pl.String)
    return read.select(
        spoken=pl.col("day").replace_strict(days, spoken, default=None, return_dtype=pl.String),
        code=pl.when(pl.col("day").is_null()).then("bad"),
    )


def _in_words(day: date, pattern: str, locale: Locale) -> str:
    return format_date(day, pattern, locale)


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern cannot be used."""
    if pattern in _STYLES:
        return None
    letters = {token[0] for kind, token in tokenize_pattern(pattern) if kind == "field"}
    if letters and letters <= _OF_A_DAY and _can_be_written(pattern):
        return None
    return f'|date "{pattern}": write "long", "short", "medium", "full" or a pattern of days, such as "EEEE, d MMMM"'


def _can_be_written(pattern: str) -> bool:
    try:
        return bool(_in_words(date(2031, 12, 25), pattern, Locale("en")))
    except ValueError:  # a letter too often
        return False
