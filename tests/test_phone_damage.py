"""Damage told by name: fillers, marks, and what is left to be read of a damaged text."""

import polars as pl
import pytest

from pipeline.phone.damage import fillers, is_made_up, is_marked, judged


def damage_of(text):
    frame = judged(pl.DataFrame({"number": [text]}))
    return frame["damage"][0], frame["text"][0]


@pytest.mark.parametrize(
    "text",
    ["n/a", "N/A", "-", "—", "none", "Unknown", "0", "000-000-0000", "0.0", "?", "(___) ___-____", "k.A.", "unbekannt",
     "sin teléfono", "No phone", "なし", "\u200b"],
)  # fmt: skip
def test_a_filler_says_that_there_is_no_number(text):
    assert fillers(pl.Series([text])).to_list() == [True]


@pytest.mark.parametrize("text", ["+1 415", "call me at noon", "#N/A", "########", "１", "٣", "ask 0", None, "n/a 5"])
def test_a_word_of_its_own_an_error_and_any_digit_are_no_filler(text):
    assert fillers(pl.Series([text], dtype=pl.String)).to_list() == [False]


@pytest.mark.parametrize(("text", "code"), [
    ("4.15556E+09", "digits_lost"), ("4,15556E+09", "digits_lost"), ("4e9", "digits_lost"), ("4.1555526E12", "digits_lost"),
    ("#N/A", "phone_formula_error"), ("#NV", "phone_formula_error"), ("#DIV/0!", "phone_formula_error"),
    ("#NAME?", "phone_formula_error"), ("########", "phone_formula_error"),
    ("4155552671;4155552672", "phone_several"), ("4155552671 ext 4155552672", "phone_several"),
    ("4155552671·4155552672", "phone_several"), ("4155552671\t4155552672", "phone_several"),
    ("415-555-2671 (home)； 4155552672", "phone_several"), ("4155552671, x12, 4155552672", "phone_several"),
    ("415-555-26O1", "phone_lookalike"), ("O30 901820", "phone_lookalike"), ("4l5-555-2671", "phone_lookalike"),
    ("415-555-267O", "phone_lookalike"), ("800123456 home", "phone_letters"), ("415-555-2671 ext", "phone_letters"),
])  # fmt: skip
def test_of_some_texts_nothing_is_read(text, code):
    assert damage_of(text) == (code, None)


@pytest.mark.parametrize(("text", "code", "left"), [
    ("4155552671.0", "phone_decimal", "4155552671"), ("4155552671,00", "phone_decimal", "4155552671"),
    ("4,155,552,671", "phone_decimal", "4155552671"), ("'4155552671.0", "phone_decimal", "4155552671"),
    ("1.4155552671E+10", "phone_exponent", "14155552671"), ("+1,4155552671e10", "phone_exponent", "+14155552671"),
    ("415\xa0555\u202f2671", "phone_invisible", "415 555 2671"), ("\u200b4155552671\u200e", "phone_invisible", "4155552671"),
    ("415·555·2671", "phone_invisible", "415.555.2671"), ("'+14155552671", "phone_wrapped", "+14155552671"),
    ('="4155552671"', "phone_wrapped", "4155552671"), ("４１５", "phone_digits", "４１５"),
    ("415-555-2671 x12", "phone_extension", "415-555-2671 x12"), ("4155552671;ext=12", "phone_extension", "4155552671;ext=12"),
    ("1-800-FLOWERS", None, "1-800-FLOWERS"), ("1-415-555-HOME", None, "1-415-555-HOME"),
    ("call me", None, "call me"), ("m: 415-555-2671", None, "m: 415-555-2671"),
])  # fmt: skip
def test_of_others_the_number_is_left(text, code, left):
    assert damage_of(text) == (code, left)


@pytest.mark.parametrize("text", ["+1 (415) 555-2671", "0711/1234567", "030 90 18 20", "415.555.2671", ""])
def test_numbers_as_people_write_them_are_not_looked_at(text):
    assert not pl.DataFrame({"number": [text]}).select(is_marked()).item()


@pytest.mark.parametrize("text", ["9999999999", "(111) 111-1111", "1234567890", "123-456-7890", "0123456789"])
def test_digits_repeated_or_counted_up_are_made_up(text):
    assert pl.DataFrame({"number": [text]}).select(is_made_up()).item()


@pytest.mark.parametrize("text", ["4155552671", "1234567891", "9999", "4444445"])
def test_other_digits_may_be_a_number(text):
    assert not pl.DataFrame({"number": [text]}).select(is_made_up()).item()
