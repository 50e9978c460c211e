"""Sets of digit strings as spans of integers, and what is done to all of a set at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.phone.patterns import Bounds, lengths_of, matching

#: Longer digit strings are in no set.
LONGEST = 16
#: Beyond the integer of every digit string that may be in a set.
SPAN = 2 * 10**LONGEST

_TENS = 10 ** np.arange(LONGEST + 1, dtype=np.int64)
_LENGTHS = range(LONGEST + 1)


def length_of(numbers: Bounds) -> npt.NDArray[np.int64]:
    """How many digits each integer of a digit string stands for."""
    return np.searchsorted(_TENS, numbers, side="right") - 1


def key_of(digits: pl.Expr) -> pl.Expr:
    """The integer of a digit string (Int64; null where it is longer than LONGEST)."""
    key = pl.concat_str(pl.lit("1"), digits)
    return pl.when(digits.str.len_bytes() <= LONGEST).then(key).cast(pl.Int64)


def digits_of(key: str) -> pl.Expr:
    """The digit string (String) of a column of such integers."""
    return pl.col(key).cast(pl.String).str.slice(1)


@dataclass(frozen=True, eq=False)
class Numbers:
    """Digit strings of up to LONGEST digits; one of n digits is the integer 10**n + digits, so that zeros before it count.

    `bounds` are sorted: from, to (the first that is outside), from, to, … No span holds strings of two lengths.
    """

    bounds: Bounds

    def __or__(self, other: "Numbers") -> "Numbers":
        return self._joined(other, np.logical_or)

    def __and__(self, other: "Numbers") -> "Numbers":
        return self._joined(other, np.logical_and)

    def __sub__(self, other: "Numbers") -> "Numbers":
        return self._joined(other, np.greater)

    def _joined(self, other: "Numbers", holds: Callable[..., npt.NDArray[np.bool_]]) -> "Numbers":
        places = np.sort(np.concatenate([self.bounds, other.bounds]))
        inside = holds(*(each.bounds.searchsorted(places, side="right") % 2 == 1 for each in (self, other)))
        changes = np.append(inside[:1], inside[1:] != inside[:-1])
        return Numbers(places[changes])

    def behind(self, prefix: str) -> "Numbers":
        """Every string with the prefix before it, but those that become too long."""
        starts, ends = self.bounds[0::2], self.bounds[1::2]
        lengths = length_of(starts)
        kept = lengths + len(prefix) <= LONGEST
        tens = _TENS[lengths[kept]]
        moved = tens * (int(f"1{prefix}") - 1)
        return Numbers(np.sort(np.concatenate([starts[kept] + moved, ends[kept] + moved])))

    def without(self, prefix: str) -> "Numbers":
        """What follows the prefix in the strings that begin with it."""
        here = self & EVERY.behind(prefix)
        starts, ends = here.bounds[0::2], here.bounds[1::2]
        moved = _TENS[length_of(starts) - len(prefix)] * (int(f"1{prefix}") - 1)
        return Numbers(np.sort(np.concatenate([starts - moved, ends - moved])))


def of_lengths(lengths: Iterable[int]) -> Numbers:
    """All digit strings of these lengths."""
    tens = _TENS[sorted(set(lengths) & set(_LENGTHS))]
    return Numbers(np.column_stack([tens, 2 * tens]).ravel())


def matched_by(pattern: str, lengths: Iterable[int] = _LENGTHS) -> Numbers:
    """The digit strings of these lengths that the whole pattern matches."""
    fewest, most = lengths_of(pattern)
    possible = sorted(set(lengths) & set(_LENGTHS[fewest : most + 1]))
    parts = [matching(pattern, length) + _TENS[length] for length in possible]
    return Numbers(np.concatenate([np.empty(0, dtype=np.int64), *parts]))


def beginning_with(words: Iterable[str]) -> Numbers:
    """The digit strings that begin with any of the words, none of which begins another."""
    parts = [EVERY.behind(word).bounds for word in words]
    return Numbers(np.sort(np.concatenate([NOTHING.bounds, *parts])))


def laid_out(sets: Sequence[Numbers]) -> tuple[Bounds, npt.NDArray[np.intp]]:
    """Sorted starts of spans, for a binary search from the right, and the set of each: from 1 on; 0 is none of them.

    The sets do not overlap.
    """
    bounds = np.concatenate([NOTHING.bounds, *(each.bounds for each in sets)])
    spans = [each.bounds.size // 2 for each in sets]
    owners = np.zeros(bounds.size, dtype=np.intp)
    owners[0::2] = np.repeat(np.arange(1, len(sets) + 1), spans)
    order = np.lexsort((owners, bounds))  # where one span ends and another begins, the other one counts
    return np.append(0, bounds[order]), np.append(0, owners[order])


def all_of(sets: Iterable[Numbers]) -> Numbers:
    """What is in any of the sets."""
    return reduce(or_, sets, NOTHING)


NOTHING = of_lengths(())
EVERY = of_lengths(_LENGTHS)
