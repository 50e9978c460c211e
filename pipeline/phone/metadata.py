"""What the library knows of a numbering plan, as polars expressions: patterns and lengths.

Every function bears the name of its counterpart in `phonenumbers.phonenumberutil`, and works on a column of digits.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import cast

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, PhoneMetadata, ValidationResult
from phonenumbers.phonemetadata import PhoneNumberDesc


def digits_only(pattern: str) -> str:
    r"""Give the pattern for polars' engine, in which `\d` has Unicode's digits too and is slower for it."""
    return pattern.replace(r"\d", "[0-9]")


def at_start(pattern: str) -> str:
    """Give the pattern as Python's `match` has it."""
    return f"^(?:{digits_only(pattern)})"


def metadata_of(plan: str) -> PhoneMetadata:
    """Give the metadata of a plan: a calling code ("1", "800") means its main region, else it is a region ("CA")."""
    if plan.isdecimal():
        return metadata_for(COUNTRY_CODE_TO_REGION_CODE[int(plan)][0], plan)
    return metadata_for(plan)


def metadata_for(region: str, code: str = "0") -> PhoneMetadata:
    """Give the metadata of a supported region, or that of a calling code of no country (region "001")."""
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    if metadata is None:
        raise KeyError(region)
    return metadata


def plan_of(metadata: PhoneMetadata) -> str:
    """Give the plan of a region: its calling code where it is the main region, else the region itself."""
    code, region = str(metadata.country_code), str(metadata.id)
    return code if COUNTRY_CODE_TO_REGION_CODE[int(code)][0] == region else region


def is_supported(region: str | None) -> bool:
    """Whether numbers without a plus can be read as this region's (`_is_valid_region_code`)."""
    return region in SUPPORTED_REGIONS


def match_national_number(number: pl.Expr, *descs: PhoneNumberDesc | None) -> pl.Expr:
    """Whether the whole number matches the pattern of any desc."""
    patterns = [desc.national_number_pattern for desc in descs if desc is not None and desc.national_number_pattern]
    return number.str.contains(rf"^(?:{digits_only('|'.join(patterns))})$") if patterns else pl.lit(value=False)


def is_number_matching_desc(number: pl.Expr, *descs: PhoneNumberDesc | None) -> pl.Expr:
    """Whether the number has a length and the pattern of any desc. Descs of equal lengths share one pattern."""
    by_lengths: dict[tuple[int, ...], list[PhoneNumberDesc]] = {}
    for desc in descs:
        if desc is not None:
            by_lengths.setdefault(tuple(desc.possible_length), []).append(desc)
    fits = [
        match_national_number(number, *same) & (_has_length(number, lengths) if lengths else pl.lit(value=True))
        for lengths, same in by_lengths.items()
    ]
    return reduce(or_, fits, pl.lit(value=False))


def test_number_length(number: pl.Expr, metadata: PhoneMetadata) -> pl.Expr:
    """How the number's length suits the plan: a `ValidationResult` (Int32)."""
    desc = cast("PhoneNumberDesc", metadata.general_desc)  # every plan has one
    length = number.str.len_bytes()
    return (
        pl.when(_has_length(number, desc.possible_length_local_only))
        .then(ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
        .when(_has_length(number, desc.possible_length))
        .then(ValidationResult.IS_POSSIBLE)
        .when(length < desc.possible_length[0])
        .then(ValidationResult.TOO_SHORT)
        .when(length > desc.possible_length[-1])
        .then(ValidationResult.TOO_LONG)
        .otherwise(ValidationResult.INVALID_LENGTH)
    )


def _has_length(number: pl.Expr, lengths: Sequence[int]) -> pl.Expr:
    possible = [length for length in lengths if length > 0]  # -1 stands for none
    return number.str.len_bytes().is_in(pl.Series(possible, dtype=pl.UInt32).implode())
