"""Nothing that a file holds can change how the text around it is read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.tame import tamed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë Müller, 漢字 🎉", "Zoë Müller, 漢字 🎉"),
        ("\u202eevil", "‹U+202E›evil"),
        ("a\x1b[2Jb", "a‹U+001B›[2Jb"),
        ("a\r\nb\tc\rd", "a\nb\tc‹U+000D›d"),
        ("\U000e0001", "‹U+E0001›"),
    ],
)
def test_odd_characters_are_named(text, shown):
    assert tamed(text) == shown


@given(st.text(st.characters()))
def test_what_is_left_can_be_seen_and_written(text):
    shown = tamed(text)
    assert not any(
        unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char not in "\n\t\u200c\u200d" for char in shown
    )
    assert shown.encode().decode() == shown
    assert tamed(shown) == shown
