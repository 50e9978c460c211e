"""Words of a header: the same for the same name, however a CRM writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import words_of


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("HasOptedOutOfCall", "has opted out of call"), ("DNCList", "dnc list"), ("phone2", "phone 2"),
        ("E-Mail-Adresse", "e mail adresse"), ("MOBILE_PHONE__c", "mobile phone c"), ("Téléphone", "telephone"),
        ("Straße", "strasse"), ("  Country/Region ", "country region"), ("電話番号", "電話番号"), ("###", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_words_are_those_that_a_person_reads(header, words):
    assert words_of(header) == words


@given(st.text(max_size=30))
def test_words_of_words_are_the_same_words(header):
    assert words_of(words_of(header)) == words_of(header)
