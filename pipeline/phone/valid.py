"""`phonenumbers.is_valid_number` by the column: the region of a national number, and whether any type has it."""

from collections.abc import Iterator

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from pipeline.phone.library import LENGTH_REASONS
from pipeline.phone.metadata import at_start, is_number_matching_desc, metadata_for, metadata_of, test_number_length
from pipeline.phone.parse import Read, Refused, split

_DIGITS = pl.col("digits")


def is_valid_number(numbers: pl.DataFrame, code: str) -> Iterator[Read | Refused]:
    """Split the national numbers (`row`, `digits`) of a calling code into the valid ones and, by reason, the others."""
    for _, valid, invalid in region_for_number(numbers, code):
        yield Read(code, valid)
        yield from _refused(invalid, metadata_of(code))


def region_for_number(
    numbers: pl.DataFrame, code: str
) -> Iterator[tuple[PhoneMetadata | None, pl.DataFrame, pl.DataFrame]]:
    """Give the numbers of each region of a calling code, valid ones and others apart; last those of no region."""
    for metadata, here in by_region(numbers, code):
        if metadata is None:
            yield None, here.clear(), here
        else:
            yield metadata, *split(here, has_type(_DIGITS, metadata))


def by_region(numbers: pl.DataFrame, code: str) -> Iterator[tuple[PhoneMetadata | None, pl.DataFrame]]:
    """Give the numbers of each region of a calling code; last, with None, those of no region.

    A number belongs to the first region whose leading digits it has, or, where a region has none, one of whose types
    it has: `_region_code_for_number_from_list`.
    """
    regions = COUNTRY_CODE_TO_REGION_CODE[int(code)]
    for region in regions:
        metadata = metadata_for(region, code)
        if len(regions) == 1:
            belongs = pl.lit(value=True)
        elif metadata.leading_digits is None:
            belongs = has_type(_DIGITS, metadata)
        else:
            belongs = _DIGITS.str.contains(at_start(metadata.leading_digits))
        here, numbers = split(numbers, belongs)
        yield metadata, here
    yield None, numbers


def has_type(number: pl.Expr, metadata: PhoneMetadata) -> pl.Expr:
    """Whether `_number_type_helper` knows a type for the number."""
    types = [
        metadata.premium_rate, metadata.toll_free, metadata.shared_cost, metadata.voip, metadata.personal_number,
        metadata.pager, metadata.uan, metadata.voicemail, metadata.fixed_line,
        None if metadata.same_mobile_and_fixed_line_pattern else metadata.mobile,
    ]  # fmt: skip
    return is_number_matching_desc(number, metadata.general_desc) & is_number_matching_desc(number, *types)


def _refused(invalid: pl.DataFrame, metadata: PhoneMetadata) -> Iterator[Refused]:
    """Say why: `is_possible_number_with_reason`, which asks the calling code's main region."""
    if invalid.is_empty():
        return
    lengths = invalid.select("row", length=test_number_length(_DIGITS, metadata))
    reason = pl.col("length").replace_strict(LENGTH_REASONS, default="phone_not_assigned", return_dtype=pl.String)
    for (why,), same in lengths.with_columns(reason=reason).partition_by("reason", as_dict=True).items():
        yield Refused(same["row"], str(why))
