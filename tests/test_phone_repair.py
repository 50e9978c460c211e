"""Damaged numbers are read where exactly one reading is left, else named; never as another number than was meant."""

from functools import cache

import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from pipeline.phone import read_numbers, to_e164

FULL_WIDTH = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}
#: What is done to the digits of a number.
DAMAGES = {
    "as digits": str,
    "a float": lambda digits: f"{digits}.0",
    "a float, right to left": lambda digits: f"{digits},00",
    "an exponent with all digits": lambda digits: f"{digits[0]}.{digits[1:]}E+{len(digits) - 1:02}",
    "an exponent": lambda digits: f"{int(digits):.5E}",
    "thousands": lambda digits: f"{int(digits):,}",
    "an apostrophe": lambda digits: f"'{digits}",
    "a text formula": lambda digits: f'="{digits}"',
    "a non-breaking space": lambda digits: f"{digits[:3]}\xa0{digits[3:]}",
    "a narrow space": lambda digits: f"{digits[:3]}\u202f{digits[3:]}",
    "a zero-width character": lambda digits: f"{digits[:3]}\u200c{digits[3:]}",
    "full-width digits": lambda digits: digits.translate(FULL_WIDTH),
    "an extension": lambda digits: f"{digits} x12",
    "the letter O": lambda digits: f"{digits[:-1]}O",
    "the letter l": lambda digits: digits.replace("1", "l", 1),
    "a word behind": lambda digits: f"{digits} mobile",
    "two numbers": lambda digits: f"{digits};{digits}",
}
#: Gabon's mobile numbers without their zero are those of before 2019, which the library knows.
BEFORE_2019 = 2416031234


@cache
def damaged() -> pl.DataFrame:
    """Example numbers of every region in every kind of damage: kind, number, region, meant (Int64), read."""
    lines = [
        (kind, damage(digits), region, meant)
        for region in phonenumbers.SUPPORTED_REGIONS
        for meant, digits in _written(region)
        for kind, damage in DAMAGES.items()
    ]
    frame = pl.DataFrame(lines, schema=["kind", "number", "region", "meant"], orient="row").sort("region", "number")
    return frame.hstack(read_numbers(frame["number"], frame["region"]))


def _written(region):
    """Each example number as a spreadsheet's cell of digits may hold it: national, bare of its zeros, without its plus."""
    for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
        number = phonenumbers.example_number_for_type(region, kind)
        # Shorter ones are those of a few islands; their digits do not make seven, which is what two numbers need.
        if number is not None and len(phonenumbers.national_significant_number(number)) >= 7:
            meant = phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
            national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
            digits = "".join(filter(str.isdecimal, national))
            for written in {digits, str(int(digits)), meant}:
                yield int(meant), written


def test_no_damage_of_any_number_makes_it_another_persons():
    wrong = damaged().filter(pl.col("e164") != pl.col("meant"))
    assert set(wrong["e164"]) <= {BEFORE_2019}


def test_the_library_alone_would_call_somebody_else():
    frame = damaged()
    alone = frame.hstack(to_e164(frame["number"], frame["region"]).select(alone="e164"))
    assert alone.filter(pl.col("alone") != pl.col("meant"))["kind"].value_counts().height > 8


def test_nearly_all_that_can_be_mended_is():
    told = damaged().filter(pl.col("e164").is_not_null()).group_by("kind").len()
    written = damaged().group_by("kind").len("all")
    share = dict(
        written.join(told, on="kind", how="left").select("kind", pl.col("len").fill_null(0) / pl.col("all")).rows()
    )
    lost = {"an exponent", "the letter O", "two numbers"}
    assert all(share[kind] > 0.97 for kind in share.keys() - {*lost, "the letter l", "a word behind"})
    assert all(share[kind] < 0.01 for kind in lost)


def read(text, region="US", **options):
    return read_numbers(pl.Series([text]), pl.Series([region], dtype=pl.String), **options).row(0)


@pytest.mark.parametrize(("text", "region", "answer"), [
    ("4155552671.0", "US", (14155552671, None, "phone_decimal")),
    ("30901820.0", "DE", (4930901820, None, "phone_decimal")),  # the library alone: +49 30 9018200
    ("15112345678", "DE", (4915112345678, None, None)),  # the library needs no zero where it is only dialled
    ("212345678", "IT", (390212345678, None, "phone_zero_lost")),
    ("212345678.0", "IT", (390212345678, None, "phone_zero_lost")),
    ("21 234 5678", "IT", (None, "phone_not_assigned", None)),  # no spreadsheet groups digits: rather a mistyped one
    ("6201234567", "HU", (36201234567, None, "phone_zero_lost")),
    ("447911123456", "GB", (447911123456, None, None)),  # the library knows the region's own code
    ("447911123456", "US", (None, "phone_plus_lost", None)),
    ("4915112345678", "DE", (None, "phone_plus_lost", None)),  # +49 151… and +49 4915… are both valid
    ("0491 5112345", "DE", (494915112345, None, None)),
    ("4915112345678", None, (None, "phone_country_missing", None)),
    ("0049 30 901820", "US", (4930901820, None, "phone_double_zero")),
    ("0049 30 901820", None, (4930901820, None, "phone_double_zero")),
    ("0044 0", "US", (None, "phone_too_short", None)),
    ("(999) 999-9999", "US", (None, "phone_made_up", None)),
    ("415\u202f555\u202f2671", "US", (14155552671, None, "phone_invisible")),
    ("123.0", "US", (None, "phone_too_short", None)),
])  # fmt: skip
def test_what_a_spreadsheet_did_is_undone_where_one_reading_is_left(text, region, answer):
    assert read(text, region) == answer


def test_a_lost_zero_is_not_put_back_where_a_lost_plus_would_do_as_well():
    valid = read("06482285", "IT")[0], read("+6482285", "IT")[0]
    assert valid == (3906482285, 6482285)
    assert read("6482285", "IT") == (None, "phone_zero_lost", None)


@pytest.mark.parametrize(("text", "region", "answer"), [
    ("4155552671.0", "US", (None, "phone_decimal", None)),
    ("30901820.0", "DE", (None, "phone_decimal", None)),  # which the library would misread
    ("1.4155552671E+10", "US", (None, "phone_exponent", None)),
    ("212345678", "IT", (None, "phone_zero_lost", None)),
    ("0049 30 901820", "US", (None, "phone_double_zero", None)),
    ("415\u202f555\u202f2671", "US", (None, "phone_invisible", None)),
    ("n/a", "US", (None, "phone_filler", None)),
    ("000-000-0000", "US", (None, "phone_filler", None)),
    ("'+14155552671", "US", (14155552671, None, "phone_wrapped")),  # what the library reads by itself it still reads
    ("415\xa0555\xa02671", "US", (14155552671, None, "phone_invisible")),
    ("415-555-2671 x12", "US", (14155552671, None, "phone_extension")),
    ("'123", "US", (None, "phone_too_short", None)),
])  # fmt: skip
def test_without_repair_the_damage_is_to_fix(text, region, answer):
    assert read(text, region, repair=False) == answer


TEXTS = st.text("0123456789+()-./ ,;xeEoOlL'\"=\xa0\u200b\u202f０٣·#", max_size=20)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=5), st.sampled_from(["US", "DE", "IT", "GB", "CI", "XX", None]))
def test_what_is_not_damaged_is_read_as_the_library_reads_it_or_not_at_all(texts, region):
    numbers = pl.Series(texts, dtype=pl.String)
    regions = pl.Series([region] * len(texts), dtype=pl.String)
    ours, library = read_numbers(numbers, regions), to_e164(numbers, regions)
    for text, (e164, reason, repaired), (alone, _) in zip(texts, ours.rows(), library.rows(), strict=True):
        assert (e164 is None) or (reason is None), text
        assert repaired or e164 in {None, alone}, text


def test_an_empty_column_and_empty_cells_are_no_numbers():
    none = pl.Series([], dtype=pl.String)
    assert read_numbers(none, none).schema == {"e164": pl.Int64, "reason": pl.String, "repaired": pl.String}
    assert read(None) == (None, None, None)
