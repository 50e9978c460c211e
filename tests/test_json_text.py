"""JSON text by column equals what Python's json would write."""

import json

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.json_text import constant, object_of, string

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def encoded(members, **columns):
    frame = pl.DataFrame({name: pl.Series(texts, dtype=pl.String) for name, texts in columns.items()})
    return frame.select(json=object_of(members).text)["json"].to_list()


@given(st.lists(TEXT | st.none(), min_size=1))
def test_any_text_is_encoded_as_json_and_null_stays_null(texts):
    frame = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    written = frame.select(json=string("text").text)["json"]
    assert [None if each is None else json.loads(each) for each in written] == texts


@given(TEXT, TEXT)
def test_any_key_and_constant_are_encoded(key, value):
    assert json.loads(encoded({key: constant(value)}, a=["x"])[0]) == {key: value}


def test_an_absent_member_is_left_out_and_never_null():
    written = encoded({"a": string("a"), "b": string("b")}, a=["x", None], b=[None, "y"])
    assert written == ['{"a":"x"}', '{"b":"y"}']


def test_an_object_of_which_all_is_absent_is_absent_itself():
    members = {"keep": string("a"), "outer": {"inner": {"b": string("b")}}}
    assert encoded(members, a=["x", "x"], b=[None, "y"]) == ['{"keep":"x"}', '{"keep":"x","outer":{"inner":{"b":"y"}}}']


def test_a_constant_keeps_its_object_in_every_row():
    members = {"outer": {"c": constant(True), "a": string("a")}}
    assert encoded(members, a=[None]) == ['{"outer":{"c":true}}']


def test_thousands_of_patterns_of_empty_cells_come_out_right():
    count = 12
    rows = range(2**count)
    columns = {f"f{bit}": [str(row) if row >> bit & 1 else None for row in rows] for bit in range(count)}
    written = encoded({name: string(name) for name in columns}, **columns)
    wanted = [{f"f{bit}": str(row) for bit in range(count) if row >> bit & 1} or None for row in rows]
    assert [each and json.loads(each) for each in written] == wanted
