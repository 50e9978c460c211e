"""Cells that hold several numbers."""

import polars as pl
import pytest

from pipeline.phone import numbers_within

A, B = 14155552671, 14155552672


@pytest.mark.parametrize(
    ("text", "region", "found", "is_whole"),
    [
        ("415-555-2671 / 415-555-2672", "US", [A, B], True),
        ("+14155552671;+14155552672", None, [A, B], True),
        ("+14155552671+14155552672", None, [A, B], True),
        ("415 555 2671 or 415 555 2672", "US", [A, B], True),
        ("4155552671 4155552672", "US", [A, B], True),
        ("415-555-2671\n(415) 555-2672", "US", [A, B], True),
        ("home: (415) 555-2671; +44 20 7946 0958", "US", [A, 442079460958], True),
        ("(415) 555-2671; +44 20 7946 0958", None, [442079460958], False),
        ("4155552671; 4155552672; 41555526", "US", [A, B], False),
        ("4155552671 ext 4155552672", "US", [A], False),
        ("nobody", "US", [], False),
    ],
)
def test_each_number_is_found_and_what_may_be_one_more_is_known(text, region, found, is_whole):
    assert numbers_within(pl.Series([text]), region).rows() == [(0, found, is_whole)]


def test_no_texts_are_no_numbers():
    assert numbers_within(pl.Series([], dtype=pl.String), None).columns == ["at", "found", "is_whole"]
