"""Reach: which columns hold the number and the country, and how numbers without a plus are read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.propose import places
from pipeline.propose.columns import Column, told
from pipeline.propose.content import countries, numbers, share
from schemas.proposal import Guess, Meaning

_PHONES = (Meaning.MOBILE, Meaning.PHONE, Meaning.COMPANY_PHONE)
#: A column of this part of countries, or of numbers, is one of them. Its name need not say so where nearly all are.
_MOST, _NEARLY_ALL = 0.5, 0.9
_FEWEST_LETTERS = 4  # of names of countries; two letters may be a state


@dataclass(frozen=True)
class Reach:
    """How people are reached; `e164` (Int64) are the sample's numbers, null in rows that have none."""

    phones: tuple[Column, ...]
    why: tuple[Guess, ...]
    country: Column | None
    country_why: Guess | None
    region: Guess | None
    e164: pl.Series


def reach(columns: Sequence[Column], local_zone: str | None) -> Reach:
    """Choose; `columns` are not empty. Whichever of country column and region reads more numbers is taken.

    What only the region reads does not count in rows that name another country, unless that is most of all numbers: then
    the column says something else.
    """
    candidates = [column for column in columns if column.meaning in _PHONES and column.asks is None]
    country = _country(columns)
    none = pl.Series([None], dtype=pl.String).new_from_index(0, columns[0].all_cells.len())
    named = countries(country.all_cells) if country else none
    for phones in (candidates, [column for column in columns if _may_hold_numbers(column)]):
        abroad = pl.concat([numbers(column.all_cells, none) for column in phones] or [pl.Series(dtype=pl.Int64)])
        region = places.region(abroad, named, local_zone)
        usual = pl.Series([region.chosen if region else None], dtype=pl.String).new_from_index(0, none.len())
        by_country = [numbers(column.all_cells, named) for column in phones]
        by_region = [numbers(column.all_cells, usual) for column in phones]
        elsewhere = (named != usual).fill_null(value=False)
        fitting = [
            each.set(elsewhere & beside.is_null(), None) for each, beside in zip(by_region, by_country, strict=True)
        ]
        with_country = country is not None and _count(by_country) >= max(_count(fitting), _MOST * _count(by_region))
        read = dict(zip((column.index for column in phones), by_country if with_country else by_region, strict=True))
        if chosen := _chosen(phones, read, by_name=phones is candidates):
            break
    else:
        chosen, read, with_country = candidates[:1] or list(columns[:1]), {}, country is not None
    return Reach(
        phones=tuple(chosen),
        why=tuple(_why(column, read) for column in chosen),
        country=country if with_country else None,
        country_why=_country_why(country) if country and with_country else None,
        region=None if with_country else region,
        e164=_first(chosen, read, none.len()),
    )


def _may_hold_numbers(column: Column) -> bool:
    return column.meaning in (None, Meaning.WHATSAPP) and column.asks is None


def _count(read: Iterable[pl.Series]) -> int:
    return sum(each.len() - each.null_count() for each in read)


def _chosen(phones: Sequence[Column], read: dict[int, pl.Series], *, by_name: bool) -> list[Column]:
    """Those that hold numbers, mobile ones first, then by the share that is valid; without a name only the best one."""
    least = _MOST if by_name else _NEARLY_ALL
    good = [column for column in phones if (valid := _valid(column, read)) and valid >= least]
    if not good and by_name:  # better a column with few numbers than one that is none by its name
        good = sorted((column for column in phones if _valid(column, read)), key=lambda each: -_valid(each, read))[:1]
    rank = {meaning: place for place, meaning in enumerate(_PHONES)}
    ordered = sorted(good, key=lambda each: (rank.get(each.meaning or Meaning.PHONE, 0), -_valid(each, read)))
    return ordered if by_name else ordered[:1]


def _valid(column: Column, read: dict[int, pl.Series]) -> float:
    found = read.get(column.index)
    return share(found.is_not_null().filter(column.all_cells.is_not_null())) if found is not None else 0.0


def _why(column: Column, read: dict[int, pl.Series]) -> Guess:
    valid = _valid(column, read)
    doubt = "" if valid else "TODO: name the column of the numbers; "
    return Guess(column.reference, doubt + told(valid, column.cells.len(), "phone numbers"))


def _first(chosen: Sequence[Column], read: dict[int, pl.Series], height: int) -> pl.Series:
    found = [read[column.index] for column in chosen if column.index in read]
    if not found:
        return pl.Series([None], dtype=pl.Int64).new_from_index(0, height)
    return pl.select(pl.coalesce(found)).to_series()


def _country(columns: Sequence[Column]) -> Column | None:
    """The column of the countries: by its name, if most of its cells are ones, or else by nearly all of its cells."""
    named = [column for column in columns if column.meaning is Meaning.COUNTRY and _countries(column) > _MOST]
    if named:
        return max(named, key=lambda column: _countries(column) * column.filled)
    spelt = [
        column
        for column in columns
        if column.meaning is None and share(column.cells.str.len_chars() >= _FEWEST_LETTERS) > _MOST
    ]
    return next((column for column in spelt if _countries(column) >= _NEARLY_ALL), None)


def _countries(column: Column) -> float:
    return share(countries(column.cells).is_not_null())


def _country_why(column: Column) -> Guess:
    return Guess(column.reference, told(_countries(column), column.cells.len(), "countries"))
