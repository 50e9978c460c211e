"""The library's answer to one number, and the reason of a refusal."""

import phonenumbers
import polars as pl
import pytest
from phonenumbers import NumberParseException, PhoneNumberFormat

from pipeline.phone.library import REASONS, answer, by_library
from schemas.codes import CODES
from schemas.outcomes import Weight


@pytest.mark.parametrize(
    ("number", "region", "e164"),
    [
        ("(415) 555-2671", "US", 14155552671),
        ("+1 415 555 2671 ext 5", None, 14155552671),
        ("tel:+1-415-555-2671", None, 14155552671),
        ("1-800-FLOWERS", "US", 18003569377),
        ("＋１ ４１５ ５５５ ２６７１", None, 14155552671),
        ("06 698 12345", "IT", 390669812345),
        ("011 15-2345-6789", "AR", 5491123456789),
        ("0 15 21 3456 7890", "BR", 552134567890),
        ("+49 171 1234567", "us", 491711234567),
    ],
)
def test_a_valid_number_has_its_e164_digits(number, region, e164):
    assert answer(number, region) == (e164, None)


@pytest.mark.parametrize(
    ("number", "region", "reason"),
    [
        ("n/a", "US", "phone_not_a_number"),
        ("", "US", "phone_not_a_number"),
        ("-", None, "phone_not_a_number"),
        ("12", "US", "phone_too_short"),
        ("555-2671", "US", "phone_too_short"),
        ("call me: 415", "US", "phone_too_short"),
        ("415-555-267 x12", "US", "phone_too_short"),
        ("+1 415 555 26712", None, "phone_too_long"),
        ("9" * 300, "US", "phone_too_long"),
        ("+999 123456", None, "phone_unknown_country_code"),
        ("+0 171 1234567", "us", "phone_unknown_country_code"),
        ("(111) 555-2671", "US", "phone_not_assigned"),
        ("415-55S-267", "US", "phone_letters"),
        ("+1 415 55O 2671 home", None, "phone_letters"),
        ("415-555-2671 / 415-555-2672", "US", "phone_several"),
        ("+14155552671;+14155552672", None, "phone_several"),
        ("+14155552671+14155552672", None, "phone_several"),
        ("415 555 2671 or 415 555 2672", "US", "phone_several"),
        ("4155552671 4155552672", "US", "phone_several"),
        ("(415) 555-2671", None, "phone_country_missing"),
        ("(415) 555-2671", "us", "phone_country_missing"),
        ("415-555-2671+", "ZZ", "phone_country_missing"),
        ("1-800-FLOWERS", None, "phone_country_missing"),
    ],
)
def test_a_refused_number_has_its_reason(number, region, reason):
    assert answer(number, region) == (None, reason)


def test_a_cell_whose_first_number_the_library_takes_is_taken():
    assert answer("415-555-2671 x302/x2303", "US") == (14155552671, None)


def test_every_reason_is_a_row_code_that_the_owner_of_the_file_can_mend():
    assert {CODES[reason].weight for reason in REASONS.categories} == {Weight.TO_FIX}
    told_around_it = {
        "phone_formula_error", "phone_lookalike", "phone_plus_lost", "phone_made_up", "phone_zero_lost",
        "phone_double_zero", "phone_decimal", "phone_exponent", "phone_invisible", "phone_filler",
    }  # fmt: skip
    assert not told_around_it & set(REASONS.categories)
    assert {*REASONS.categories, *told_around_it} == {
        name for name, code in CODES.items() if name.startswith("phone_") and code.weight == Weight.TO_FIX
    }


def test_a_repeated_number_is_answered_in_each_of_its_rows():
    pairs = pl.DataFrame(
        {"number": ["030 123456", None, "030 123456", "030 123456"], "region": ["DE", "DE", None, "DE"]}
    )
    answers = by_library(pairs)
    assert answers["e164"].to_list() == [4930123456, None, None, 4930123456]
    assert answers["reason"].to_list() == [None, None, "phone_country_missing", None]


def test_the_answer_is_parse_and_is_valid_number_and_e164():
    for text in ("030 123456", "+44 20 7946 0958", "415-555-2671 x5", "0", "abc", "+800 1234 5678", "7" * 17):
        for region in ("DE", "GB", "US", "JP", None):
            try:
                parsed = phonenumbers.parse(text, region)
            except NumberParseException:
                expected = None
            else:
                e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
                expected = int(e164.removeprefix("+")) if phonenumbers.is_valid_number(parsed) else None
            assert answer(text, region)[0] == expected
