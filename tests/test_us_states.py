"""States of the United States: as people write them, and as area codes tell them."""

import polars as pl
import pytest

from pipeline.phone import us_states_of
from schemas.us_states import COUNTRIES, STATES, TERRITORIES, state_of


@pytest.mark.parametrize("text", ["FL", "fl", " Florida ", "US-FL", "us-fl", "FLORIDA"])
def test_a_state_is_read_by_code_and_by_name(text):
    assert state_of(text) == "FL"


def test_names_that_are_in_use_are_read_and_others_are_not():
    assert [
        state_of(text) for text in ("Washington", "Washington State", "Washington D.C.", "District of Columbia")
    ] == ["WA", "WA", "DC", "DC"]
    assert [state_of(text) for text in ("", "Ontario", "US-", "Bayern", "ZZ")] == [None] * 5


def test_there_are_fifty_states_a_district_and_five_territories():
    assert (len(STATES), len(TERRITORIES), STATES.keys() >= TERRITORIES, "US" in COUNTRIES) == (56, 5, True, True)


def test_an_area_code_tells_the_state():
    numbers = {
        12125550100: "NY",
        17185550100: "NY",
        12035550100: "CT",
        13055550100: "FL",
        12025550100: "DC",
        17135550100: "TX",
        13105550100: "CA",
        12065550100: "WA",
    }
    assert us_states_of(pl.Series(list(numbers), dtype=pl.Int64)).to_list() == list(numbers.values())


def test_numbers_of_no_state_tell_none():
    numbers = [18005550100, 14165550100, 493012345678, 18765550100, None, 1212]
    assert us_states_of(pl.Series(numbers, dtype=pl.Int64)).to_list() == [None] * 6
