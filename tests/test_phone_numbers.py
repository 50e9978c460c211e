"""Sets of digit strings behave as sets of strings do."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

from pipeline.phone.numbers import EVERY, LONGEST, SPAN, Numbers, beginning_with, laid_out, matched_by
from pipeline.phone.table import MOST_TABLES

PATTERN = st.lists(
    st.tuples(
        st.sampled_from(["0", "1", r"\d", "[2-5]", "[13-6]", "(?:0|12)", "(?:1|23)?"]),
        st.sampled_from(["", "{1,2}", "?"]),
    ),
    min_size=1,
    max_size=4,
).map(lambda parts: "".join(f"(?:{part}){times}" for part, times in parts))
SETS = st.lists(PATTERN, min_size=1, max_size=2).map("|".join)
DIGITS = st.text("0123456", max_size=9)


def has(numbers, digits):
    return bool(np.searchsorted(numbers.bounds, int(f"1{digits}"), side="right") % 2)


@given(SETS, SETS, DIGITS)
def test_sets_are_joined_as_sets_are(one, other, digits):
    left, right = matched_by(one), matched_by(other)
    in_left, in_right = (bool(re.fullmatch(pattern, digits)) for pattern in (one, other))
    assert (has(left, digits), has(right, digits)) == (in_left, in_right)
    assert has(left | right, digits) == (in_left or in_right)
    assert has(left & right, digits) == (in_left and in_right)
    assert has(left - right, digits) == (in_left and not in_right)


@given(SETS, st.text("0123456789", max_size=5), DIGITS)
def test_a_prefix_is_put_on_and_taken_off(pattern, prefix, digits):
    numbers = matched_by(pattern)
    assert has(numbers.behind(prefix), prefix + digits) == has(numbers, digits)
    assert has(numbers.behind(prefix), digits) == (digits.startswith(prefix) and has(numbers, digits[len(prefix) :]))
    assert has(numbers.without(prefix), digits) == has(numbers, prefix + digits)


@given(st.sets(st.text("012", min_size=2, max_size=2)), DIGITS)
def test_what_begins_with_a_word_is_known(words, digits):
    assert has(beginning_with(words), digits) == any(digits.startswith(word) for word in words)


@given(SETS, SETS, DIGITS)
def test_of_sets_laid_out_the_one_that_holds_a_number_is_found(one, other, digits):
    first = matched_by(one)
    second = matched_by(other) - first
    starts, owners = laid_out([first, second])
    found = owners[np.searchsorted(starts, int(f"1{digits}"), side="right") - 1]
    assert found == (1 if has(first, digits) else 2 if has(second, digits) else 0)


def test_no_set_holds_longer_strings():
    longest = "9" * LONGEST
    assert has(EVERY, longest)
    assert not has(EVERY, longest + "0")
    assert not has(Numbers(EVERY.bounds).behind("1"), longest + "0")
    assert int(f"1{longest}") < SPAN


def test_all_regions_and_all_calling_codes_have_room_side_by_side():
    assert max(len(SUPPORTED_REGIONS), len(COUNTRY_CODE_TO_REGION_CODE)) <= MOST_TABLES
