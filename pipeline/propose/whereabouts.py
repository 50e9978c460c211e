"""Whereabouts: which columns tell where somebody is, so that they are called by the clock there."""

import re
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from pipeline.phone import facts_of
from pipeline.plan.time_zones import zones_named
from pipeline.propose import content
from pipeline.propose.columns import Column, told
from schemas.proposal import Guess
from schemas.us_states import COUNTRIES
from schemas.words import words_of

#: Looked for as whole words in `words_of` a header.
_TIME_ZONE = re.compile(r"(?<!\w)(?:time ?zone|zeitzone|fuseau horaire|zona horaria|fuso orario)(?!\w)")
_POSTAL_CODE = re.compile(r"(?<!\w)(?:zip(?: ?codes?)?|postal ?codes?|post ?codes?)(?!\w)")
_MOST = 0.8


def whereabouts(columns: Sequence[Column], e164: pl.Series) -> Mapping[str, Guess]:
    """Columns by the keys of [rules.hours]; by their numbers (Int64) people are in the United States, whose ZIP codes are read."""
    is_american = facts_of(e164.drop_nulls(), zones=False)["region"].is_in(list(COUNTRIES)).any()
    found = {"time_zone": _time_zones(columns), "postal_code": _postal_codes(columns) if is_american else iter(())}
    return {key: guess for key, guesses in found.items() if (guess := next(guesses, None)) is not None}


def _time_zones(columns: Sequence[Column]) -> Iterator[Guess]:
    for column in columns:
        if column.filled and _TIME_ZONE.search(words_of(column.name)):
            known = {text for text in column.cells.unique() if zones_named(text)}
            share = content.share(column.cells.is_in(list(known)))
            if share >= _MOST:
                yield Guess(column.reference, told(share, column.cells.len(), "time zones"))


def _postal_codes(columns: Sequence[Column]) -> Iterator[Guess]:
    for column in columns:
        if column.filled and _POSTAL_CODE.search(words_of(column.name)):
            from pipeline.plan.postal_codes import places_of  # noqa: PLC0415 -- half a second, only where there is one

            share = content.share(places_of(column.cells)["zone"].is_not_null())
            if share >= _MOST:
                yield Guess(column.reference, told(share, column.cells.len(), "ZIP codes"))
