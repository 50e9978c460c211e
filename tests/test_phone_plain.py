"""Plain texts: which they are, and that nothing is lost of them."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import phonenumberutil

from pipeline.phone.plain import plain_numbers


def plain(text):
    numbers = plain_numbers(pl.DataFrame({"row": [7], "number": [text]}))
    return numbers.row(0)[1:] if numbers.height else None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("+1 (415) 555-2671", (True, "14155552671")),
        ("(0171) 123 45/67", (False, "01711234567")),
        ("Tel.: +49.171.1234567", (True, "491711234567")),
        ("415-555-2671 x12", (False, "4155552671")),
        ("415-555-2671, Ext. 12", (False, "4155552671")),
        ("\u202a+1\u00a0415\u2011555\u20112671\u202c", (True, "14155552671")),
        ("++1415", (True, "1415")),
        ("4155552671+", (False, "4155552671")),
    ],
)
def test_digits_and_the_leading_plus_are_taken(text, read):
    assert plain(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "", "12", "n/a", "415-CALL-NOW", "1-800-FLOWERS", "４１５５５５２６７１", "415 555 2671 #5", "415;ext=5", "1+1415555",
        "415 555 2671 home", "tel:555;phone-context=+1415", "415~555~2671", "415x555x2671", "415\t555\t2671",
        "9" * 251,
    ],
)  # fmt: skip
def test_all_else_is_left_to_the_library(text):
    assert plain(text) is None


@settings(max_examples=500, deadline=None)
@given(st.text("0123456789+ -()./\u00a0\u2010\u30fcxX,:#;~*_tel\n", min_size=3, max_size=24))
def test_what_is_plain_is_what_the_library_keeps(text):
    if (read := plain(text)) is not None:
        kept = phonenumberutil._build_national_number_for_parsing(text)
        assert phonenumberutil._is_viable_phone_number(kept)
        _, kept = phonenumberutil._maybe_strip_extension(kept)
        assert read == (kept.startswith("+"), phonenumberutil._normalize(kept))
