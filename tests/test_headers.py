"""A column is found by its header as people see it, and never by a guess."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import CampaignError
from schemas.headers import Headers


def told(wanted: str, *texts: str) -> str:
    with pytest.raises(CampaignError) as raised:
        Headers(texts).find(wanted)
    return str(raised.value)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("Phone Number", "Phone Number"),
        ("phone NUMBER", "Phone Number"),
        ("Phone Number", "  Phone Number\t"),
        ("Phone Number", "\ufeffPhone\u00a0Number\u200b"),
        ("Phone Number", "Phone\nNumber"),
        ("Phone  Number", "Phone Number"),
        ("Straße", "STRASSE"),
        ("Ciudad México", unicodedata.normalize("NFD", "ciudad méxico")),
        ("a|b}", "A|B}"),
        ("No #1", "No #1"),
    ],
)
def test_a_header_matches_as_people_see_it(wanted, text):
    headers = Headers(("Other", text))
    assert headers.find(wanted) == 1
    assert headers.has(wanted)


def test_case_decides_where_headers_differ_by_it_alone():
    headers = Headers(("ID", "Id"))
    assert (headers.find("ID"), headers.find("Id")) == (0, 1)
    assert "2 columns {id} (1, 2)" in told("id", "ID", "Id")


def test_a_repeated_header_is_an_error_only_if_used_and_has_a_number():
    headers = Headers(("Phone", "Name", "Phone ", "phone"))
    assert headers.find("Name") == 1
    assert [headers.find(f"Phone#{number}") for number in (1, 2)] == [0, 2]
    assert told("Phone", *headers.texts) == "the file has 2 columns {Phone} (1, 3); write one of {Phone#1} … {Phone#2}"
    assert "no column {Phone#3}" in told("Phone#3", *headers.texts)


def test_a_missing_column_names_the_nearest():
    assert told("Frist Name", "First Name", "Last Name", "ZIP").startswith(
        "the file has no column {Frist Name}; the nearest are {First Name}"
    )
    assert r"nearest are {Size \| cm}" in told("Size cm", "Size | cm")


def test_a_missing_column_that_nothing_resembles_names_what_there_is():
    assert told("Xyz", "Phone", "", "Phone").endswith("its columns are Phone, Phone#2")
    assert told("Xyz", *(f"A{number}" for number in range(15))).endswith("A11 and 3 more")


def test_a_blank_header_has_a_name_for_messages_and_cannot_be_found():
    headers = Headers(("", "Phone", " \u200b"))
    assert headers.names == ("column 1", "Phone", "column 3")
    assert not headers.has("")
    assert "no column {}" in told("", *headers.texts)


@given(st.lists(st.text(st.sampled_from("ab é\u200b"), max_size=3), min_size=1, max_size=6))
def test_every_header_that_is_not_blank_can_be_named(texts):
    headers = Headers(tuple(texts))
    for index, name in enumerate(headers.names):
        if name != f"column {index + 1}":
            assert headers.find(f"{name}#1" if f"{name}#2" in headers.names else name) == index
