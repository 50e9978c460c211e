"""What TOML refuses is told by line, with what was probably meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.campaign_file.toml_text import read_toml


def refused(text: str) -> str:
    with pytest.raises(ValueError, match=r".") as raised:
        read_toml(text)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("[a]\nb = “x”", "line 2", "replace the curly quotes by straight ones"),
        ("“a” = 1", "line 1", "curly quotes"),
        ('a = "C:\\Users"', "line 1", "write Windows paths in single quotes: 'C:\\temp'"),
        ('a = "C:\\photos"', "line 1", "single quotes"),
        ("a\u00a0= 1", "line 1", "invisible characters"),
        ("a = True", "line 1", "write true or false"),
        ("a = phone", "line 1", "not in quotes"),
        ("\na =", "at its end", "the value is missing"),
        ("a = 09:00", "line 1", "put texts in quotes"),
        ('a = "x" y', "line 1", "put texts in quotes"),
        ("First Name = 1", "line 1", "a key with spaces stands in quotes"),
        ("= 1", "line 1", 'write key = "value" or [table]'),
        ('a = "x\nb = 1', "line 1", "the quote is not closed on its line"),
        ('a = """x', "at its end", "a quote is never closed"),
        ("a = 'x", "at its end", "a quote is never closed"),
        ("a = [1, 2", "at its end", "a bracket is never closed"),
        ("[a\nb = 1", "line 1", "a bracket is never closed"),
        ("a = { b = 1,\n c = 2 }", "line 1", "must stand on one line"),
        ("a = 1\na = 2\n\n", "line 2", "is written twice"),
        ("[a]\nb = 1\n[a]\n", "line 3", "is written twice"),
        ("a = { b = 1, b = 2 }", "line 1", "is written twice"),
    ],
)
def test_errors_name_the_line_and_what_was_meant(text, place, hint):
    told = refused(text)
    assert told.startswith(f"{place}: this is not TOML: ")
    assert hint in told
    assert "\n" not in told


def test_a_path_that_became_a_tab_is_said_wherever_it_stands():
    for text in ('a = "C:\\temp"', '[a]\nb = ["D:\\new"]', '[[a]]\nb = { c = "c:\\readme" }'):
        assert "write Windows paths in single quotes" in refused(text)
    assert read_toml("a = 'C:\\temp'\nb = \"C: a\\tb\"") == {"a": "C:\\temp", "b": "C: a\tb"}


def test_brackets_without_end_are_refused():
    assert "nested too deeply" in refused("a = " + "[" * 100_000)


@given(st.text(st.sampled_from("ab=\"'[]{}.\n\\#1 “")))
def test_any_text_is_read_or_refused_in_one_line(text):
    told = ""
    try:
        read_toml(text)
    except ValueError as error:
        told = str(error)
    assert "\n" not in told
