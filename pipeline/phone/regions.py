"""Where the people of a column of numbers are, as their numbers tell."""

from collections import Counter
from collections.abc import Iterator

import phonenumbers
import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneNumber

from pipeline.phone.column import FEWEST_ROWS
from pipeline.phone.parse import extract_country_code
from pipeline.phone.valid import by_region

#: Of a calling code that no country has, such as +800.
NOWHERE = "001"


def counted_regions(e164: pl.Series, *, fewest_rows: int = FEWEST_ROWS) -> dict[str, int]:
    """Count valid numbers (Int64, the digits of E.164; null = none) by region (ISO alpha-2, or NOWHERE), the most first.

    The answer is phonenumbers' `region_code_for_number`. Groups of fewer than `fewest_rows` rows are left to the library.
    """
    digits = e164.drop_nulls().cast(pl.String).alias("digits")
    coded, _ = extract_country_code(digits.to_frame().with_row_index("row"))
    counts: Counter[str] = Counter()
    for (code,), same in coded.partition_by("code", as_dict=True, include_key=False).items():
        for region, people in _of_code(same, str(code), fewest_rows):
            counts[region] += people
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _of_code(numbers: pl.DataFrame, code: str, fewest_rows: int) -> Iterator[tuple[str, int]]:
    regions = COUNTRY_CODE_TO_REGION_CODE[int(code)]
    if len(regions) == 1:
        yield regions[0], numbers.height
    elif numbers.height < fewest_rows:
        for digits in numbers["digits"]:
            yield _region(int(code), digits), 1
    else:
        for metadata, here in by_region(numbers, code):
            if not here.is_empty():
                yield metadata.id if metadata else NOWHERE, here.height


def _region(code: int, digits: str) -> str:
    """Ask the library for one number's region."""
    zeros = min(len(digits) - len(digits.lstrip("0")), len(digits) - 1)
    number = PhoneNumber(code, int(digits), italian_leading_zero=zeros > 0, number_of_leading_zeros=zeros)
    return phonenumbers.region_code_for_number(number) or NOWHERE
