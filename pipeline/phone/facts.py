"""What numbers tell by the column: their region, type and time zones, as the library has them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import phonenumbers
import polars as pl
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType
from phonenumbers.phonenumberutil import is_number_type_geographical
from phonenumbers.timezone import time_zones_for_number

from pipeline.phone.column import FEWEST_ROWS, ROWS_A_TASK
from pipeline.phone.metadata import is_number_matching_desc
from pipeline.phone.parse import extract_country_code
from pipeline.phone.valid import region_for_number
from pipeline.phone.zones import known_zones, zones_of

#: `phonenumbers.PhoneNumberType`, in lower case.
NAMES = {kind: PhoneNumberType.to_string(kind).lower() for kind in PhoneNumberType.values()}
TYPES = pl.Enum(NAMES.values())

_FACTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "region": pl.String,
    "type": TYPES,
    "zones": pl.List(pl.String),
}
_UNKNOWN = pl.lit(NAMES[PhoneNumberType.UNKNOWN])
_DIGITS = pl.col("digits")


def facts_of(e164: pl.Series, *, fewest_rows: int = FEWEST_ROWS) -> pl.DataFrame:
    """Give what each number (Int64, the digits of E.164; null = none) tells.

    Columns: `region` (String, ISO alpha-2, "001" for a code of no country), `type` (TYPES, "unknown" where the number
    is not valid), `zones` (List(String), IANA names; null where the library knows none or only lists those of a whole
    country with several). All are null where there is no number. A number is taken as it is, not parsed anew. Calling
    codes of fewer than `fewest_rows` rows are left to the library.
    """
    rows = pl.DataFrame({"digits": e164.cast(pl.String)}).with_row_index("row")
    coded, uncoded = extract_country_code(rows.drop_nulls())
    tasks = [
        (part, str(code), fewest_rows)
        for (code,), same in coded.partition_by("code", as_dict=True, include_key=False).items()
        for part in same.iter_slices(ROWS_A_TASK)
    ]
    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        found = list(chain.from_iterable(threads.map(lambda task: list(_of_code(*task)), tasks)))
    unknown = _told(uncoded, None, "0", _UNKNOWN)
    return (
        rows.select("row").join(pl.concat([unknown, *found]), on="row", how="left", maintain_order="left").drop("row")
    )


def _of_code(numbers: pl.DataFrame, code: str, fewest_rows: int) -> Iterator[pl.DataFrame]:
    if numbers.height < fewest_rows:
        facts = [fact(int(code), digits) for digits in numbers["digits"]]
        yield numbers.select("row").hstack(pl.DataFrame(facts, schema=_FACTS, orient="row"))
        return
    for metadata, valid, invalid in region_for_number(numbers, code):
        yield _told(invalid, metadata, code, _UNKNOWN)
        if metadata is not None:
            yield _told(valid, metadata, code, number_type(_DIGITS, metadata))


def fact(code: int, digits: str) -> tuple[str | None, str, list[str] | None]:
    """Ask the library for one number's region, type and zones."""
    zeros = min(len(digits) - len(digits.lstrip("0")), len(digits) - 1)
    number = PhoneNumber(code, int(digits or 0), italian_leading_zero=zeros > 0, number_of_leading_zeros=zeros)
    zones = known_zones(tuple(time_zones_for_number(number)), str(code))
    return phonenumbers.region_code_for_number(number), NAMES[phonenumbers.number_type(number)], zones


def _told(numbers: pl.DataFrame, metadata: PhoneMetadata | None, code: str, kind: pl.Expr) -> pl.DataFrame:
    """Give `row` and the facts of one region's numbers (`row`, `digits`: national)."""
    if numbers.is_empty():  # no pattern needs to be compiled
        return pl.DataFrame(schema={"row": pl.UInt32, **_FACTS})
    geographical = [NAMES[number] for number in NAMES if is_number_type_geographical(number, int(code))]
    is_known = pl.col("type") != NAMES[PhoneNumberType.UNKNOWN]
    zones = zones_of(pl.lit(code) + _DIGITS, pl.col("type").is_in(geographical), code)
    return (
        numbers.with_columns(region=pl.lit(metadata and metadata.id, pl.String), type=kind.cast(TYPES))
        .with_columns(zones=pl.when(is_known).then(zones))
        .select("row", *_FACTS)
    )


def number_type(number: pl.Expr, metadata: PhoneMetadata) -> pl.Expr:
    """Give the type (a name of NAMES) of numbers that are valid in the plan: `_number_type_helper`."""
    is_fixed = is_number_matching_desc(number, metadata.fixed_line)
    is_mobile = is_number_matching_desc(number, metadata.mobile)
    if metadata.same_mobile_and_fixed_line_pattern:
        is_mobile = is_fixed
    tried = {
        PhoneNumberType.PREMIUM_RATE: is_number_matching_desc(number, metadata.premium_rate),
        PhoneNumberType.TOLL_FREE: is_number_matching_desc(number, metadata.toll_free),
        PhoneNumberType.SHARED_COST: is_number_matching_desc(number, metadata.shared_cost),
        PhoneNumberType.VOIP: is_number_matching_desc(number, metadata.voip),
        PhoneNumberType.PERSONAL_NUMBER: is_number_matching_desc(number, metadata.personal_number),
        PhoneNumberType.PAGER: is_number_matching_desc(number, metadata.pager),
        PhoneNumberType.UAN: is_number_matching_desc(number, metadata.uan),
        PhoneNumberType.VOICEMAIL: is_number_matching_desc(number, metadata.voicemail),
        PhoneNumberType.FIXED_LINE_OR_MOBILE: is_fixed & is_mobile,
        PhoneNumberType.FIXED_LINE: is_fixed,
        PhoneNumberType.MOBILE: is_mobile,
    }
    return pl.coalesce(
        *(pl.when(fits).then(pl.lit(NAMES[kind])) for kind, fits in tried.items()),
        _UNKNOWN,
    )
