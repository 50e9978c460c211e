"""The metadata's patterns as automata match what `re` matches."""

import re
from itertools import pairwise

import numpy as np
import pytest
from fuzz_phone import TYPES, plans
from hypothesis import given
from hypothesis import strategies as st

from pipeline.phone.patterns import beginnings, lengths_of, matching

PATTERNS = sorted(
    {
        desc.national_number_pattern
        for plan in plans()
        for name in TYPES
        if (desc := getattr(plan, name)) is not None and desc.national_number_pattern
    }
)
PREFIXES = sorted(
    {
        pattern
        for plan in plans()
        for pattern in (plan.international_prefix, plan.national_prefix_for_parsing)
        if pattern and "$" not in pattern
    }
)
DIGITS = st.text("0123456789", min_size=1, max_size=16)


def matches(pattern, digits):
    bounds = matching(pattern, len(digits))
    return np.searchsorted(bounds, int(digits), side="right") % 2 == 1


@given(st.sampled_from(PATTERNS), DIGITS)
def test_any_digits_match_as_they_do_in_re(pattern, digits):
    assert matches(pattern, digits) == bool(re.fullmatch(pattern, digits))


@given(
    st.sampled_from(PATTERNS).flatmap(
        lambda pattern: st.tuples(st.just(pattern), st.from_regex(pattern, fullmatch=True))
    )
)
def test_what_a_pattern_makes_matches_it(made):
    pattern, digits = made
    if digits.isascii():
        assert matches(pattern, digits)


@pytest.mark.parametrize("pattern", PATTERNS[::40])
def test_spans_begin_and_end_where_matches_do(pattern):
    fewest, most = lengths_of(pattern)
    for length in range(fewest, min(most, 16) + 1):
        for start, end in matching(pattern, length).reshape(-1, 2)[:50].tolist():
            inside = [re.fullmatch(pattern, f"{number:0{length}}") for number in (start, end - 1)]
            outside = [
                re.fullmatch(pattern, f"{number:0{length}}") for number in (start - 1, end) if 0 <= number < 10**length
            ]
            assert all(inside)
            assert not any(outside)


@given(st.sampled_from(PREFIXES), DIGITS)
def test_digits_begin_with_a_match_as_they_do_in_re_or_are_not_followed(pattern, digits):
    digits += "5" * 12  # so that no beginning is cut
    found = next((begin for begin in beginnings(pattern) if digits.startswith(begin.digits)), None)
    match = re.match(pattern, digits)
    if found is None:
        assert not match or not match.end()
    elif found.match is not None:
        assert found.match.group() == match.group()
        assert found.match.groups() == match.groups()


def test_no_beginning_begins_another():
    for pattern in PREFIXES:
        digits = sorted(begin.digits for begin in beginnings(pattern))
        assert not [pair for pair in pairwise(digits) if pair[1].startswith(pair[0])]
