"""`phonenumbers.parse` for plain numbers by the column: from digits and a region to a plan and a national number.

The functions bear the names of the library's steps. A plan is a calling code, or a region that shares one (see
`metadata.metadata_of`): the metadata that the rest of a number is read by.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, ValidationResult

from pipeline.phone.metadata import (
    at_start,
    digits_only,
    is_supported,
    match_national_number,
    metadata_of,
    plan_of,
    test_number_length,
)

#: The library's _MIN_LENGTH_FOR_NSN and _MAX_LENGTH_FOR_NSN.
_SHORTEST: Final = 2
_LONGEST: Final = 17

_DIGITS = pl.col("digits")
#: The shortest code first, as the library tries them.
_COUNTRY_CODES = "^(" + "|".join(sorted(map(str, COUNTRY_CODE_TO_REGION_CODE), key=len)) + ")"


@dataclass(frozen=True)
class Read:
    """Numbers (`row`, `digits`) that are read by one plan."""

    plan: str
    numbers: pl.DataFrame


@dataclass(frozen=True)
class Refused:
    """Rows that the library refuses, and the row code that says why."""

    rows: pl.Series
    reason: str


def maybe_extract_country_code(numbers: pl.DataFrame, region: str | None) -> Iterator[Read | Refused]:
    """Find by which plan each of (`row`, `plus`, `digits`) is read, with the region's hint, and cut off the code."""
    metadata = PhoneMetadata.metadata_for_region(region.upper()) if region else None
    with_plus, dialled = split(numbers, pl.col("plus"))
    with_code, unknown = extract_country_code(with_plus)
    yield from by_country_code(with_code)
    if not is_supported(region):
        yield Refused(dialled["row"], "phone_country_missing")
        dialled = dialled.clear()
    # "+0049 …" and the like: without its plus the number may be as one dials it in the region.
    tried_again = pl.concat([dialled, unknown])
    if metadata is None:
        yield Refused(unknown["row"], "phone_unknown_country_code")
    elif not tried_again.is_empty():
        yield from _as_dialled(tried_again, metadata)


def _as_dialled(numbers: pl.DataFrame, metadata: PhoneMetadata) -> Iterator[Read | Refused]:
    """Read numbers as they are dialled in a region: with its international prefix, its own code, or neither."""
    international, others = maybe_strip_i18n_prefix(numbers, metadata.international_prefix)
    yield from _after_idd(international)
    own, others = _split_own_code(others, metadata)
    yield Read(str(metadata.country_code), own)
    unknown, national = split(others, pl.col("plus"))
    yield Refused(unknown["row"], "phone_unknown_country_code")
    yield Read(plan_of(metadata), national.select("row", "digits"))


def _after_idd(numbers: pl.DataFrame) -> Iterator[Read | Refused]:
    long, short = split(numbers, _DIGITS.str.len_bytes() > _SHORTEST)
    yield Refused(short["row"], "phone_too_short")
    with_code, unknown = extract_country_code(long)
    yield Refused(unknown["row"], "phone_unknown_country_code")
    yield from by_country_code(with_code)


def extract_country_code(numbers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split into those that begin with a calling code (`code`; `digits` are what follows it) and the others."""
    coded = numbers.with_columns(code=_DIGITS.str.extract(_COUNTRY_CODES))
    with_code, without = split(coded, pl.col("code").is_not_null())
    rest = _DIGITS.str.slice(pl.col("code").str.len_bytes())
    return with_code.select("row", "code", digits=rest), without.drop("code")


def by_country_code(numbers: pl.DataFrame) -> Iterator[Read]:
    """Give the numbers of each calling code."""
    for (code,), same in numbers.partition_by("code", as_dict=True, include_key=False).items():
        yield Read(str(code), same)


def maybe_strip_i18n_prefix(numbers: pl.DataFrame, idd: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split into those dialled with an international prefix (which is cut off) and the others."""
    if idd is None:
        return numbers.clear(), numbers
    prefix = _DIGITS.str.extract(f"^({digits_only(idd)})")
    # A calling code never begins with 0.
    tried = numbers.with_columns(rest=_DIGITS.str.slice(prefix.str.len_bytes()))
    stripped, others = split(tried, pl.col("rest").is_not_null() & ~pl.col("rest").str.starts_with("0"))
    return stripped.select("row", "plus", digits="rest"), others.drop("rest")


def _split_own_code(numbers: pl.DataFrame, metadata: PhoneMetadata) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split into those that begin with the region's own code, which is cut off, though without a plus; and the others.

    So it is when only the rest is a national number, or the whole is too long for one.
    """
    code = str(metadata.country_code)
    candidates, others = split(numbers, _DIGITS.str.starts_with(code))
    stripped = maybe_strip_national_prefix(_DIGITS.str.slice(len(code)), metadata)
    tried = candidates.lazy().with_columns(rest=stripped).collect()
    general = metadata.general_desc
    own, not_own = split(
        tried,
        (~match_national_number(_DIGITS, general) & match_national_number(pl.col("rest"), general))
        | (test_number_length(_DIGITS, metadata) == ValidationResult.TOO_LONG),
    )
    return own.select("row", digits="rest"), pl.concat([others, not_own.drop("rest")])


def maybe_strip_national_prefix(number: pl.Expr, metadata: PhoneMetadata) -> pl.Expr:
    """Cut off the national prefix and the carrier code, unless that makes a national number none."""
    pattern, rule = metadata.national_prefix_for_parsing, metadata.national_prefix_transform_rule
    if not pattern:
        return number
    prefix = number.str.extract(f"^({digits_only(pattern)})")
    shorter = number.str.slice(prefix.str.len_bytes())
    if rule:
        last_group = number.str.extract(at_start(pattern), re.compile(pattern).groups)
        transformed = number.str.replace(at_start(pattern), re.sub(r"\\(\d)", r"${\1}", rule))
        shorter = pl.when(last_group.is_not_null()).then(transformed).otherwise(shorter)
    general = metadata.general_desc
    is_better = ~match_national_number(number, general) | match_national_number(shorter, general)
    return pl.when(prefix.is_not_null() & is_better).then(shorter).otherwise(number)


def _has_national_prefix(number: pl.Expr, metadata: PhoneMetadata) -> pl.Expr:
    pattern = metadata.national_prefix_for_parsing
    return number.str.contains(at_start(pattern)) if pattern else pl.lit(value=False)


def national_number(numbers: pl.DataFrame, plan: str) -> Iterator[Read | Refused]:
    """Finish `parse`: the national significant numbers of (`row`, `digits`) by the plan, as its calling code's."""
    metadata = metadata_of(plan)
    long, short = split(numbers, _DIGITS.str.len_bytes() >= _SHORTEST)
    yield Refused(short["row"], "phone_too_short")
    prefixed, others = split(long, _has_national_prefix(_DIGITS, metadata))
    tried = prefixed.lazy().with_columns(rest=maybe_strip_national_prefix(_DIGITS, metadata))
    # Where the rest is no possible length, the whole may be a short number.
    possible = test_number_length(pl.col("rest"), metadata).is_in(
        [ValidationResult.IS_POSSIBLE, ValidationResult.TOO_LONG]
    )
    stripped = tried.select("row", digits=pl.when(possible).then("rest").otherwise("digits")).collect()
    fitting, too_long = split(pl.concat([stripped, others]), _DIGITS.str.len_bytes() <= _LONGEST)
    yield Refused(too_long["row"], "phone_too_long")
    yield Read(str(metadata.country_code), fitting)


def split(frame: pl.DataFrame, condition: pl.Expr) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split into the rows where the condition holds and the others."""
    if frame.is_empty():  # no pattern needs to be compiled
        return frame, frame
    holds = frame.with_columns(holds=condition.fill_null(value=False))["holds"]
    return frame.filter(holds), frame.filter(~holds)
