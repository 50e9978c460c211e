"""Damaged numbers, read: what a spreadsheet did to a cell is undone where exactly one reading is left, else it is named.

It stands around `to_e164`, never inside: a damaged text is mended before it is read, and what was refused is looked at again.
"""

from functools import cache

import phonenumbers
import polars as pl
from phonenumbers import PhoneMetadata

from pipeline.phone.column import to_e164
from pipeline.phone.damage import MISREAD, fillers, is_made_up, is_marked, judged
from schemas.codes import NAMES
from schemas.outcomes import Weight

#: What the library says of a number that may have lost a digit or its plus.
_MAY_LACK = ("phone_not_assigned", "phone_too_short", "phone_too_long")
#: Digits that can be a number behind a plus (ITU-T E.164, 6.2.1).
_E164 = "^[1-9][0-9]{7,14}$"
#: What else it says of texts that may deserve a plainer name.
_OTHERS = ("phone_country_missing", "phone_unknown_country_code", "phone_not_a_number")
_DIGITS = pl.col("text").str.replace_all("[^0-9]", "")
#: A first digit that is no zero, whatever the script, may begin a calling code.
_PLUS_OR_ZERO = r"[+\x{FF0B}]|^\P{Nd}*[0\x{FF10}\x{0660}\x{06F0}]"
_NONE = pl.lit(None, pl.Int64)


def read_numbers(numbers: pl.Series, regions: pl.Series, *, repair: bool = True) -> pl.DataFrame:
    """Give every number's E.164 digits, or why it has none, as `to_e164` does; and what is repaired.

    Columns: `e164` (Int64), `reason` (String, a row code), `repaired` (String, the row code of the damage in spite of
    which the number is read). Without `repair` damage is a reason, unless the library reads such a text as it is meant.
    """
    pairs = pl.DataFrame({"number": numbers, "region": regions}, schema={"number": pl.String, "region": pl.String})
    texts = _texts(pairs.with_row_index("at"), repair=repair)
    read = texts.hstack(to_e164(texts["text"], texts["region"]).cast({"reason": pl.String}))
    is_named = pl.col("text").is_null() | pl.lit(not repair) & pl.col("damage").is_in(NAMES[Weight.TO_FIX])
    named = read.with_columns(
        reason=pl.when(pl.col("e164").is_null() & is_named).then(pl.coalesce("damage", "reason")).otherwise("reason")
    )
    found = pl.concat([*_second_looks(named, repair=repair), _swallowed_codes(named)]).unique("at", keep="first")
    whole = named.update(found, on="at", include_nulls=True) if found.height else named
    return whole.select("e164", "reason", repaired=pl.when(pl.col("e164").is_not_null()).then("damage"))


def _texts(pairs: pl.DataFrame, *, repair: bool) -> pl.DataFrame:
    """Add `damage` (String, a row code) and `text`: what is to be read, null where nothing can be, or may be."""
    is_to_look_at = pairs.select(is_marked().fill_null(value=False)).to_series()
    whole = pairs.with_columns(damage=pl.lit(None, pl.String), text="number")
    if not is_to_look_at.any():
        return whole
    seen = judged(pairs.filter(is_to_look_at))
    if not repair:
        kept = pl.when(pl.col("text").is_not_null() & ~pl.col("damage").is_in(MISREAD).fill_null(value=False))
        seen = seen.with_columns(text=kept.then("number"))
    return whole.with_columns(whole[name].scatter(seen["at"], seen[name]) for name in ("damage", "text"))


def _second_looks(read: pl.DataFrame, *, repair: bool) -> list[pl.DataFrame]:
    """What is found in numbers that the library refused: `at`, `e164`, `reason`, `damage`; the first that is found holds."""
    refused = read.filter(pl.col("e164").is_null() & pl.col("reason").is_in(_MAY_LACK + _OTHERS)).with_columns(
        digits=_DIGITS, has_plus=pl.col("text").str.contains("[+\uff0b]")
    )
    if refused.is_empty():
        return [_found(refused.with_columns(other=_NONE), "")]
    made_up = refused.filter(is_made_up())
    hollow = refused.filter(fillers(refused["number"]))
    lacking = refused.filter(~pl.col("has_plus") & pl.col("reason").is_in(_MAY_LACK))
    too_long = lacking.filter((pl.col("reason") == "phone_too_long") & pl.col("digits").str.contains(_E164))
    return [
        _found(hollow.with_columns(other=_NONE), "phone_filler"),
        _found(made_up.with_columns(other=_NONE), "phone_made_up"),
        _double_zeros(refused, repair=repair),
        _lost_zeros(lacking, repair=repair),
        _found(_with_plus(too_long).filter(pl.col("other").is_not_null()).with_columns(other=_NONE), "phone_plus_lost"),
    ]


def _found(rows: pl.DataFrame, code: str) -> pl.DataFrame:
    """The number in `other` in spite of the damage, or, where that is null, the damage as the reason."""
    return rows.select(
        "at",
        e164="other",
        reason=pl.when(pl.col("other").is_null()).then(pl.lit(code)),
        damage=pl.lit(code),
    )


def _double_zeros(refused: pl.DataFrame, *, repair: bool) -> pl.DataFrame:
    """Numbers dialled with 00, which is the plus of most of the world, in a region where it is not."""
    dialled = refused.filter(~pl.col("has_plus") & pl.col("digits").str.starts_with("00"))
    read = _with_plus(dialled.with_columns(pl.col("digits").str.slice(2))).filter(pl.col("other").is_not_null())
    return _found(read if repair else read.with_columns(other=_NONE), "phone_double_zero")


def _lost_zeros(lacking: pl.DataFrame, *, repair: bool) -> pl.DataFrame:
    """Digits alone, as a spreadsheet leaves them, that are valid with a zero before them; one reading must be left."""
    regions = [region for region in lacking["region"].unique().drop_nulls() if _has_leading_zeros(region)]
    bare = lacking.filter(pl.col("region").is_in(regions) & pl.col("text").str.contains("^[1-9][0-9]+$"))
    zeros = bare.select(pl.lit("0") + pl.col("digits")).to_series()
    with_zero = bare.with_columns(zero=to_e164(zeros, bare["region"])["e164"])
    read = _with_plus(with_zero.filter(pl.col("zero").is_not_null()))
    is_certain = pl.col("other").is_null() & pl.lit(repair)
    return _found(read.with_columns(other=pl.when(is_certain).then("zero")), "phone_zero_lost")


def _swallowed_codes(read: pl.DataFrame) -> pl.DataFrame:
    """Numbers that may have lost their plus, though the library takes all their digits for a national number.

    4915112345678 in Germany is +49 151…, or else +49 4915…: both are valid.
    """
    codes = {region: _code(region) for region in read["region"].unique().drop_nulls() if _may_swallow_code(region)}
    begins = pl.col("text").str
    valid = read.filter(pl.col("e164").is_not_null() & pl.col("region").is_in(list(codes)))
    valid = valid.filter(~(begins.starts_with("+") | begins.starts_with("0")))  # nearly all that people write
    code = pl.col("region").replace_strict(codes, return_dtype=pl.String)
    national = pl.col("e164").cast(pl.String).str.slice(code.str.len_bytes())
    doubled = valid.with_columns(digits=national).filter(
        national.str.starts_with(code), ~pl.col("text").str.contains(_PLUS_OR_ZERO)
    )
    twice = _with_plus(doubled).filter(pl.col("other").is_not_null())
    return _found(twice.with_columns(other=_NONE), "phone_plus_lost")


def _with_plus(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `other` (Int64): the number that `digits` are behind a plus."""
    texts = rows.select(pl.lit("+") + pl.col("digits")).to_series()
    nowhere = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    return rows.with_columns(other=to_e164(texts, nowhere)["e164"])


@cache
def _code(region: str) -> str:
    return str(phonenumbers.country_code_for_region(region))


@cache
def _may_swallow_code(region: str) -> bool:
    """Whether a national number can be so long that another one is left without the calling code at its front."""
    metadata = _metadata(region)
    lengths = set(metadata.general_desc.possible_length) if metadata and metadata.general_desc else set()
    return any(length - len(_code(region)) in lengths for length in lengths)


@cache
def _has_leading_zeros(region: str) -> bool:
    """Whether national numbers begin with a zero that belongs to them, or are dialled with more than one zero before."""
    metadata = _metadata(region)
    if metadata is None:
        return False
    kinds = (metadata.fixed_line, metadata.mobile, metadata.toll_free)
    examples = [kind.example_number or "" for kind in kinds if kind is not None]
    prefix = metadata.national_prefix or ""
    return any(example.startswith("0") for example in examples) or (prefix.startswith("0") and len(prefix) > 1)


def _metadata(region: str) -> PhoneMetadata | None:
    return PhoneMetadata.metadata_for_region(region) if region in phonenumbers.SUPPORTED_REGIONS else None
