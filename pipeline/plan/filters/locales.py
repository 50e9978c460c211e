"""Locales: in which language each row's dates, amounts and lists are written."""

import re
from functools import cache

import polars as pl
from babel import Locale, UnknownLocaleError

from schemas.fields import Binding
from schemas.findings import findings

#: The frame's column of each row's locale.
LOCALE = "locale"
_CODE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]+)*", re.IGNORECASE)


@cache
def locale_of(language: str) -> str | None:
    """Babel's locale for a language's code, that of the language alone where its region is unknown; None where CLDR has none."""
    code = language.strip().replace("_", "-")
    if not _CODE.fullmatch(code):
        return None
    for each in (code, code.split("-")[0]):
        try:
            return str(Locale.parse(each, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return None


def with_locales(frame: pl.DataFrame, binding: Binding) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add `locale` (String): of the row's language, or of the campaign's where the row has none that CLDR can write in.

    In: row and the column of the language's field, if columns feed it. The findings say whose language could not be used.
    """
    usual = usual_locale(binding)
    field = binding.language
    if field is None or field.is_constant:
        return frame.with_columns(pl.lit(usual).alias(LOCALE)), findings(
            frame.clear(), "language_without_formats", None
        )
    languages = frame[field.frame].unique().drop_nulls()
    known = {each: locale for each in languages if (locale := locale_of(each))}
    frame = frame.with_columns(
        pl.col(field.frame).replace_strict(known, default=None, return_dtype=pl.String).alias(LOCALE)
    )
    unknown = frame.filter(pl.col(LOCALE).is_null() & pl.col(field.frame).is_not_null())
    found = findings(unknown, "language_without_formats", field.header, pl.col(field.frame), f"written in {usual}")
    return frame.with_columns(pl.col(LOCALE).fill_null(usual)), found


def usual_locale(binding: Binding) -> str:
    """The locale of rows that name no language of their own: the language of all, or else the campaign's."""
    field = binding.language
    of_all = locale_of(str(field.constant)) if field is not None and field.is_constant else None
    return of_all or locale_of(binding.usual_language) or "en"
