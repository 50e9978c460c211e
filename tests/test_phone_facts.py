"""What numbers tell: region, type and time zones are the library's own."""

import phonenumbers
import polars as pl
import pytest
from fuzz_phone import Fuzz
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberType
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number
from phonenumbers.tzdata import TIMEZONE_DATA

from pipeline.phone import facts_of, to_e164


def library_facts(e164):
    """Region, type and zones from the library's public functions, for a number cut at its calling code."""
    text = str(e164)
    code = next((text[:n] for n in (1, 2, 3) if int(text[:n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), None)
    if code is None:
        return None, "unknown", None
    national = text[len(code) :]
    number = PhoneNumber(country_code=int(code), national_number=int(national))
    if zeros := min(len(national) - len(national.lstrip("0")), len(national) - 1):
        number.italian_leading_zero, number.number_of_leading_zeros = True, zeros
    assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == f"+{text}"
    zones = tuple(time_zones_for_number(number))
    of_country = TIMEZONE_DATA.get(code, ())
    is_known = zones != (UNKNOWN_TIMEZONE,) and not (zones == of_country and len(zones) > 1)
    kind = PhoneNumberType.to_string(phonenumbers.number_type(number)).lower()
    return phonenumbers.region_code_for_number(number), kind, list(zones) if is_known else None


def one(e164, fewest_rows=1):
    return facts_of(pl.Series([e164], dtype=pl.Int64), fewest_rows=fewest_rows, fewest_in_all=1).row(0)


@pytest.mark.parametrize(
    ("e164", "facts"),
    [
        (14155552671, ("US", "fixed_line_or_mobile", ["America/Los_Angeles"])),
        (15062345678, ("CA", "fixed_line_or_mobile", ["America/Halifax"])),
        (18003569377, ("US", "toll_free", None)),  # 42 zones: any of +1
        (493012345678, ("DE", "fixed_line", ["Europe/Berlin"])),
        (61412345678, ("AU", "mobile", None)),  # any of Australia
        (61261234567, ("AU", "fixed_line", ["Australia/Sydney"])),
        (447797712345, ("JE", "mobile", None)),
        (390669812345, ("VA", "fixed_line", ["Europe/Rome", "Europe/Vatican"])),
        (80012345678, ("001", "toll_free", None)),
        (1111111, (None, "unknown", None)),
        (999123456, (None, "unknown", None)),
    ],
)
def test_what_well_known_numbers_tell(e164, facts):
    if facts[2] and len(facts[2]) > 1:
        facts = (*facts[:2], one(e164)[2])
    assert one(e164) == facts
    assert one(e164, fewest_rows=300) == facts


def test_every_number_tells_what_the_library_says():
    pairs = Fuzz(seed=11).pairs(20_000)
    valid = to_e164(pairs["number"], pairs["region"])["e164"].drop_nulls().unique(maintain_order=True)
    numbers = pl.concat([valid, valid // 10, valid * 10 + 1, valid + 1_000_003]).filter(pl.concat([valid] * 4) < 10**17)
    assert numbers.len() > 12_000
    expected = [library_facts(e164) for e164 in numbers]
    assert [
        pair
        for pair in zip(numbers, expected, facts_of(numbers, fewest_rows=1, fewest_in_all=1).rows(), strict=True)
        if pair[1] != pair[2]
    ] == []


@settings(max_examples=100, deadline=None)
@given(st.integers(min_value=1000, max_value=10**18))
def test_any_digits_tell_what_the_library_says(e164):
    assert one(e164, fewest_rows=300) == library_facts(e164)


def test_every_prefix_of_the_librarys_zones_and_its_neighbours_are_found():
    texts = {(prefix + tail)[:15] for prefix in TIMEZONE_DATA for tail in ("0000000000", "9999999999", "2025550123")}
    numbers = pl.Series(sorted(int(text) for text in texts))
    expected = [library_facts(e164) for e164 in numbers]
    assert facts_of(numbers, fewest_rows=1, fewest_in_all=1).rows() == expected


def test_no_number_tells_nothing_and_the_order_is_kept():
    facts = facts_of(pl.Series([None, 493012345678, None, 14155552671], dtype=pl.Int64))
    assert facts["region"].to_list() == [None, "DE", None, "US"]
    assert facts["type"].to_list() == [None, "fixed_line", None, "fixed_line_or_mobile"]
    assert facts_of(pl.Series([], dtype=pl.Int64)).schema == facts.schema


@given(st.lists(st.sampled_from([14155552671, 493012345678, 80012345678, 1111111, 999123456, None]), max_size=6))
def test_region_and_type_are_the_same_without_zones(numbers):
    series = pl.Series(numbers, dtype=pl.Int64)
    for fewest in (1, 300):
        full = facts_of(series, fewest_rows=fewest, fewest_in_all=1)
        assert facts_of(series, zones=False, fewest_rows=fewest, fewest_in_all=1).equals(full.drop("zones"))
