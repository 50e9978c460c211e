"""Masking: what is left to see of a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.masking import masked, masked_text


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+14155552671", "+1415•••71"),
        ("14155552671", "14155•••71"),
        ("+4930123", "+4•••23"),
        ("+49301", "•••01"),
        ("12345", "•••"),
        ("", "•••"),
    ],
)
def test_the_country_and_the_last_two_digits_are_seen(number, shown):
    assert masked(number) == shown


@given(st.text("+0123456789", max_size=20))
def test_four_characters_are_hidden_at_the_least(number):
    assert sum(character != "•" for character in masked(number)) <= max(0, len(number) - 4)


def test_numbers_inside_a_text_are_masked_however_they_are_grouped():
    text = "call (415) 555-2671 or +1 415.555.2671 about order 123456 of 2024-03-15"
    assert masked_text(text) == "call (415) •••71 or +1 41•••71 about order 123456 of 2024-03-15"


@pytest.mark.parametrize("space", ["\xa0", "\u202f", "\u200b", "\ufeff", "\u3000"])
def test_no_invisible_character_hides_a_number_from_the_mask(space):
    assert masked_text(f"415{space}555{space}2671") == f"415{space}5•••71"


@given(st.text())
def test_a_text_without_seven_digits_stays_as_it_is(text):
    if sum(character.isdecimal() for character in text) < 7:
        assert masked_text(text) == text


def test_ids_of_the_service_are_not_numbers():
    said = "btcal_80c754be5a2490135735da74e4c: +14155552671"
    assert masked_text(said) == "btcal_80c754be5a2490135735da74e4c: +1415•••71"
    assert "4155552671" not in masked_text("call_4155552671")


@pytest.mark.parametrize("text", ["+16172O00078", "415 200 OO17", "4l5 2OO OO17"])
def test_a_number_with_letters_that_look_like_digits_is_masked(text):
    assert "•••" in masked_text(f"row 80: Phone, {text!r}")
    assert text not in masked_text(text)


@pytest.mark.parametrize(
    "text", ["called 2026-11-24 19:51 UTC", "24.11.2026 9:05", "11/24/2026 19:51:07", "2026-11-24T19:51Z"]
)
def test_a_date_with_a_time_is_no_number(text):
    assert masked_text(text) == text


@pytest.mark.parametrize(
    "text", ["415 555 2671 19:51", "2026-11-24 1951555", "2026-11-24 19:515552671", "2026-11-24 +14155552671"]
)
def test_a_number_beside_a_date_or_a_time_is_masked(text):
    assert "•••" in masked_text(text)
