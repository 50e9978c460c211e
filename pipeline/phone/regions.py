"""Where the people of a column of numbers are, as their numbers tell."""

from collections import Counter

import polars as pl

from pipeline.phone.codes import calling_codes
from pipeline.phone.column import FEWEST_IN_ALL
from pipeline.phone.facts import fact, with_kinds
from pipeline.phone.metadata import regions_for
from schemas.reach import NOWHERE

_DIGITS = pl.col("digits")


def counted_regions(e164: pl.Series, *, fewest_rows: int = FEWEST_IN_ALL) -> dict[str, int]:
    """Count valid numbers (Int64, the digits of E.164; null = none) by region (ISO alpha-2, or NOWHERE), the most first.

    The answer is phonenumbers' `region_code_for_number`. Groups of fewer than `fewest_rows` rows are left to the library.
    """
    digits = pl.DataFrame({"digits": e164.drop_nulls().cast(pl.String)}).with_columns(code=calling_codes(_DIGITS))
    counts: Counter[str] = Counter()
    for (code,), same in digits.partition_by("code", as_dict=True, include_key=False).items():
        counts.update(_of_code(same, str(code), fewest_rows))
    return dict(sorted((+counts).items(), key=lambda each: (-each[1], each[0])))


def _of_code(numbers: pl.DataFrame, code: str, fewest_rows: int) -> dict[str, int]:
    regions = regions_for(code)
    if len(regions) == 1:
        return {regions[0]: numbers.height}
    if numbers.height < fewest_rows:
        return Counter(fact(int(code), digits[len(code) :])[0] or NOWHERE for digits in numbers["digits"])
    found = with_kinds(numbers, code)["region"].fill_null(NOWHERE).value_counts()
    return dict(found.iter_rows())
