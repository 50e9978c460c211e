"""Where numbers are is what the library says of each."""

from collections import Counter

import phonenumbers
import polars as pl
import pytest
from fuzz_phone import Fuzz

from pipeline.phone import to_e164
from pipeline.phone.regions import NOWHERE, counted_regions


def library(numbers):
    """Region by region, from the library's public functions."""
    read = (phonenumbers.parse(f"+{number}") for number in numbers)
    return Counter(phonenumbers.region_code_for_number(each) or NOWHERE for each in read)


def column(*numbers):
    return pl.Series(numbers, dtype=pl.Int64)


@pytest.mark.parametrize("fewest_rows", [1, 1000])
def test_regions_of_one_calling_code_are_told_apart(fewest_rows):
    numbers = column(
        14155552671, 16045550123, 18005550199, 447400123456, 447781123456, 390669812345, 77272501234, 80012345678
    )
    found = counted_regions(numbers, fewest_rows=fewest_rows)
    assert found == library(numbers)
    assert {"US", "CA", "GB", "GG", "KZ", NOWHERE} <= set(found)


def test_the_most_frequent_come_first_and_rows_without_a_number_do_not_count():
    assert list(counted_regions(column(4930123456, None, 14155552671, 14155552672)).items()) == [("US", 2), ("DE", 1)]
    assert counted_regions(column()) == {}
    assert counted_regions(column(None)) == {}


@pytest.mark.parametrize("fewest_rows", [1, 50])
def test_it_is_what_the_library_says_of_any_valid_numbers(fewest_rows):
    pairs = Fuzz(seed=7).pairs(3_000)
    valid = to_e164(pairs["number"], pairs["region"])["e164"].drop_nulls()
    assert valid.len() > 500
    assert counted_regions(valid, fewest_rows=fewest_rows) == library(valid)
