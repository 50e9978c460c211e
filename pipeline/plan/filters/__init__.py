"""Filters: cells of one column as people hear them, in one language. Each works on a whole Series of distinct texts."""

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from pipeline.plan.filters.cases import lowered, named, uppered
from pipeline.plan.filters.dates import dates, pattern_problem
from pipeline.plan.filters.lists import lists
from pipeline.plan.filters.locales import locale_of
from pipeline.plan.filters.money import currency_problem, money
from schemas.fields import Binding
from schemas.filters import FORMATS, Filter

#: From (texts, filter, locale, format of dates) to what is heard and the code of each that cannot be read.
Filters = Callable[[pl.Series, Filter, str, str | None], pl.DataFrame]
_ALL: Mapping[str, Filters] = {
    "name": lambda texts, _, locale, __: _read(named(texts, locale)),
    "upper": lambda texts, _, locale, __: _read(uppered(texts, locale)),
    "lower": lambda texts, _, locale, __: _read(lowered(texts, locale)),
    "date": dates,
    "money": money,
    "list": lists,
}


def filtered(texts: pl.Series, filters: tuple[Filter, ...], locale: str, written: str | None) -> pl.DataFrame:
    """Columns `spoken` (String) and `code` (String: the row code where it cannot be read, and `spoken` is null then).

    `texts` (String, no nulls) go through the filters from left to right; `written` is the format of dates (strptime).
    """
    codes = pl.Series("code", [None], pl.String).new_from_index(0, texts.len())
    for each in filters:
        made = _ALL[each.name](texts, each, locale, written)
        texts, codes = made["spoken"], codes.zip_with(codes.is_not_null(), made["code"])
    return pl.DataFrame([texts.alias("spoken"), codes.alias("code")])


def problems_of(binding: Binding) -> Iterator[str]:
    """What is wrong with filters of the campaign file, whatever the rows hold."""
    for field in binding.fields:
        for each in sorted(field.value.filters, key=str):
            if problem := _problem(each):
                yield f"{field.key}: {problem}"
    written = any(each.name in FORMATS for field in binding.fields for each in field.value.filters)
    if written and locale_of(binding.usual_language) is None:
        yield f'[campaign] language: there are no formats for {binding.usual_language!r}; write one such as "en"'


def _problem(each: Filter) -> str | None:
    match each:
        case Filter("money", word=str(code)):
            return currency_problem(code)
        case Filter("date", text=str(pattern)):
            return pattern_problem(pattern)
    return None


def _read(texts: pl.Series) -> pl.DataFrame:
    return pl.DataFrame([texts.alias("spoken"), pl.Series("code", [None], pl.String).new_from_index(0, texts.len())])
