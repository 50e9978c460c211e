"""Where the people of a column of numbers are, as their numbers tell."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import phonenumbers
import polars as pl

from pipeline.phone.codes import calling_codes
from pipeline.phone.column import FEWEST_ROWS
from pipeline.phone.facts import number_of
from pipeline.phone.metadata import regions_for
from pipeline.phone.numbers import key_of, laid_out
from pipeline.phone.valid import kinds_of

#: Of a calling code that no country has, such as +800.
NOWHERE = "001"
_DIGITS = pl.col("digits")


def counted_regions(e164: pl.Series, *, fewest_rows: int = FEWEST_ROWS) -> dict[str, int]:
    """Count valid numbers (Int64, the digits of E.164; null = none) by region (ISO alpha-2, or NOWHERE), the most first.

    The answer is phonenumbers' `region_code_for_number`. Groups of fewer than `fewest_rows` rows are left to the library.
    """
    digits = pl.DataFrame({"digits": e164.drop_nulls().cast(pl.String)}).with_columns(code=calling_codes(_DIGITS))
    counts: Counter[str] = Counter()
    for (code,), same in digits.partition_by("code", as_dict=True, include_key=False).items():
        for region, people in _of_code(same, str(code), fewest_rows):
            counts[region] += people
    return dict(sorted((+counts).items(), key=lambda each: (-each[1], each[0])))


def _of_code(numbers: pl.DataFrame, code: str, fewest_rows: int) -> Iterator[tuple[str, int]]:
    regions = regions_for(code)
    if len(regions) == 1:
        yield regions[0], numbers.height
    elif numbers.height < fewest_rows:
        for digits in numbers["digits"]:
            yield _by_library(int(code), digits[len(code) :]), 1
    else:
        yield from _by_table(numbers, code)


def _by_table(numbers: pl.DataFrame, code: str) -> Iterator[tuple[str, int]]:
    kinds = kinds_of(code)
    starts, owners = laid_out([kind.numbers.behind(code) for kind in kinds])
    keys = numbers.select(key_of(_DIGITS)).to_series().to_numpy()
    people = np.bincount(owners[np.searchsorted(starts, keys, side="right") - 1], minlength=len(kinds) + 1)
    yield from zip([NOWHERE, *(kind.region for kind in kinds)], map(int, people), strict=True)


def _by_library(code: int, digits: str) -> str:
    return phonenumbers.region_code_for_number(number_of(code, digits)) or NOWHERE
