"""What numbers tell by the column: their region, type and time zones, as the library has them."""

from functools import cache

import numpy as np
import numpy.typing as npt
import phonenumbers
import polars as pl
from phonenumbers import PhoneNumber, PhoneNumberType
from phonenumbers.phonenumberutil import is_number_type_geographical
from phonenumbers.timezone import time_zones_for_number

from pipeline.phone.codes import calling_codes
from pipeline.phone.column import FEWEST_IN_ALL, FEWEST_ROWS
from pipeline.phone.numbers import LONGEST, key_of, laid_out
from pipeline.phone.patterns import Bounds
from pipeline.phone.valid import kinds_of
from pipeline.phone.zones import known_zones, zones_of
from schemas.reach import NUMBER_TYPES as NAMES

TYPES = pl.Enum(NAMES.values())

_FACTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "region": pl.String,
    "type": TYPES,
    "zones": pl.List(pl.String),
}
_NOTHING = {"region": None, "type": NAMES[PhoneNumberType.UNKNOWN], "zones": None}
_DIGITS = pl.col("digits")


def facts_of(
    e164: pl.Series, *, zones: bool = True, fewest_rows: int = FEWEST_ROWS, fewest_in_all: int = FEWEST_IN_ALL
) -> pl.DataFrame:
    """Give what each number (Int64, the digits of E.164; null = none) tells.

    Columns: `region` (String, ISO alpha-2, "001" for a code of no country), `type` (TYPES, "unknown" where the number
    is not valid), `zones` (List(String), IANA names; null where the library knows none or only lists those of a whole
    country with several). All are null where there is no number. A number is taken as it is, not parsed anew. Calling
    codes of fewer than `fewest_rows` rows are left to the library, and so are all where there are fewer than
    `fewest_in_all`. Without `zones`, which take as long as the others together, there are the other two columns.
    """
    names = [name for name in _FACTS if zones or name != "zones"]
    rows = pl.DataFrame({"digits": e164.cast(pl.String)}).with_row_index("row")
    fewest = fewest_rows if e164.len() >= fewest_in_all else fewest_in_all
    coded = rows.drop_nulls().with_columns(code=calling_codes(pl.col("digits")))
    told = [
        _of_code(numbers, code, fewest, names)
        for (code,), numbers in coded.partition_by("code", as_dict=True, include_key=False).items()
    ]
    facts = pl.concat([pl.DataFrame(schema={"row": pl.UInt32, **{name: _FACTS[name] for name in names}}), *told])
    return rows.join(facts, on="row", how="left", maintain_order="left").select(names)


def _of_code(numbers: pl.DataFrame, code: str | None, fewest_rows: int, names: list[str]) -> pl.DataFrame:
    """Give `row` and the named facts of a calling code's numbers (`row`, `digits`)."""
    if code is None:
        return numbers.select("row", *(pl.lit(_NOTHING[name], _FACTS[name]).alias(name) for name in names))
    is_asked = pl.lit(numbers.height < fewest_rows) | (_DIGITS.str.len_bytes() > LONGEST)
    asked = _by_library(numbers.filter(is_asked), code).select("row", *names)
    if (others := numbers.filter(~is_asked)).is_empty():  # for whom no table is made
        return asked
    return pl.concat([_by_table(others, code, names), asked])


def with_kinds(numbers: pl.DataFrame, code: str) -> pl.DataFrame:
    """Add `region` and `type` to a calling code's numbers (`digits`, at most LONGEST)."""
    starts, owners, kinds = _kinds(code)
    keys = numbers.select(key_of(_DIGITS)).to_series().to_numpy()
    return numbers.hstack(kinds[owners[np.searchsorted(starts, keys, side="right") - 1]])


def _by_table(numbers: pl.DataFrame, code: str, names: list[str]) -> pl.DataFrame:
    found = with_kinds(numbers, code)
    if "zones" not in names:
        return found.select("row", *names)
    geographical = [NAMES[number] for number in NAMES if is_number_type_geographical(number, int(code))]
    zones = zones_of(_DIGITS, pl.col("type").is_in(geographical), code)
    is_known = pl.col("type") != NAMES[PhoneNumberType.UNKNOWN]
    return found.with_columns(zones=pl.when(is_known).then(zones)).select("row", *names)


@cache
def _kinds(code: str) -> tuple[Bounds, npt.NDArray[np.intp], pl.DataFrame]:
    """All numbers of a calling code laid out, and the `region` and `type` of each place; the first are of no region."""
    kinds = kinds_of(code)
    facts = [(None, NAMES[PhoneNumberType.UNKNOWN]), *((kind.region, NAMES[kind.type]) for kind in kinds)]
    schema = {name: _FACTS[name] for name in ("region", "type")}
    return *laid_out([kind.numbers.behind(code) for kind in kinds]), pl.DataFrame(facts, schema=schema, orient="row")


def _by_library(numbers: pl.DataFrame, code: str) -> pl.DataFrame:
    facts = [fact(int(code), digits[len(code) :]) for digits in numbers["digits"]]
    return numbers.select("row").hstack(pl.DataFrame(facts, schema=_FACTS, orient="row"))


def fact(code: int, digits: str) -> tuple[str | None, str, list[str] | None]:
    """Ask the library for one national number's region, type and zones."""
    zeros = min(len(digits) - len(digits.lstrip("0")), len(digits) - 1)
    number = PhoneNumber(code, int(digits or 0), italian_leading_zero=zeros > 0, number_of_leading_zeros=zeros)
    zones = known_zones(tuple(time_zones_for_number(number)), str(code))
    return phonenumbers.region_code_for_number(number), NAMES[phonenumbers.number_type(number)], zones
