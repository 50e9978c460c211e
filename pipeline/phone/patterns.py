"""Regular expressions over digits as automata: all that they match, and how each number that begins with a match goes on."""

import re
from collections.abc import Iterator
from functools import cache
from re import _constants as kinds  # type: ignore[attr-defined]  # the only parser that surely reads patterns as `re` does
from re import _parser as reader  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Bounds = npt.NDArray[np.int64]

_TEN = range(10)
_NONE: Bounds = np.empty(0, dtype=np.int64)
_ONE: Bounds = np.array([0, 1], dtype=np.int64)
#: Neither a digit nor the end of a text: what comes after digits that are all that a pattern can match.
_BEYOND = "\0"


class _Digit(NamedTuple):
    """One digit of these."""

    of: frozenset[int]


class _Either(NamedTuple):
    branches: tuple["_Sequence", ...]


class _Repeat(NamedTuple):
    low: int
    high: int
    of: "_Sequence"


_Sequence = tuple[_Digit | _Either | _Repeat, ...]
#: What may still come, in every way in which a pattern can have matched so far; none: it cannot match any more.
_State = frozenset[_Sequence]


class Beginning(NamedTuple):
    """Digits after which it is certain what a pattern matches; None where any digit may follow, as that is many."""

    digits: str
    match: re.Match[str] | None


@cache
def matching(pattern: str, length: int) -> Bounds:
    """Sorted bounds [from, to, from, to, …) of the numbers of so many digits that the whole pattern matches."""
    return _matching(_start(pattern), length)


@cache
def beginnings(pattern: str) -> tuple[Beginning, ...]:
    """How digits begin of which the pattern matches some, at their start (`re.match`); none begins another."""
    return tuple(_beginnings(_start(pattern), "", re.compile(pattern)))


@cache
def lengths_of(pattern: str) -> tuple[int, int]:
    """The fewest and the most digits that the pattern matches."""
    fewest, most = reader.parse(pattern).getwidth()
    return int(fewest), int(most)


@cache
def _start(pattern: str) -> _State:
    return frozenset([_read(reader.parse(pattern))])


@cache
def _matching(state: _State, length: int) -> Bounds:
    if not state:
        return _NONE
    if not length:
        return _ONE if any(map(_may_end, state)) else _NONE
    unit = 10 ** (length - 1)
    parts = [_matching(after, length - 1) + digit * unit for digit, after in enumerate(_following(state)) if after]
    bounds = np.concatenate([_NONE, *parts])
    touching = np.flatnonzero(bounds[1:-1:2] == bounds[2::2]) * 2 + 1
    return np.delete(bounds, [touching, touching + 1])


def _beginnings(state: _State, digits: str, pattern: re.Pattern[str]) -> Iterator[Beginning]:
    following = _following(state)
    if not any(following):
        if (match := pattern.match(digits + _BEYOND)) and match.end():
            yield Beginning(digits, match)
    elif len(set(following)) == 1:
        yield Beginning(digits, None)
    else:
        for digit, after in enumerate(following):
            yield from _beginnings(after, f"{digits}{digit}", pattern)


@cache
def _following(state: _State) -> tuple[_State, ...]:
    """The state after each digit."""
    return tuple(frozenset(rest for sequence in state for rest in _step(sequence, digit)) for digit in _TEN)


def _step(sequence: _Sequence, digit: int) -> Iterator[_Sequence]:
    """All that may come after this digit."""
    if not sequence:
        return
    first, rest = sequence[0], sequence[1:]
    if isinstance(first, _Digit):
        if digit in first.of:
            yield rest
    elif isinstance(first, _Either):
        for branch in first.branches:
            yield from _step(branch + rest, digit)
    else:
        again = (_Repeat(max(first.low - 1, 0), first.high - 1, first.of),) if first.high > 1 else ()
        yield from _step(first.of + again + rest, digit)
        if not first.low:
            yield from _step(rest, digit)


def _may_end(sequence: _Sequence) -> bool:
    return all(map(_may_be_empty, sequence))


def _may_be_empty(part: _Digit | _Either | _Repeat) -> bool:
    if isinstance(part, _Either):
        return any(map(_may_end, part.branches))
    return isinstance(part, _Repeat) and (not part.low or _may_end(part.of))


def _read(parsed: Any) -> _Sequence:
    return tuple(part for kind, given in parsed for part in _parts(kind, given))


def _parts(kind: Any, given: Any) -> _Sequence:
    """What one construct of Python's parser stands for; raises ValueError for one that the metadata never had."""
    if kind is kinds.LITERAL:
        return (_Digit(frozenset([int(chr(given))])),)
    if kind is kinds.IN:
        return (_Digit(frozenset().union(*(_digits(*each) for each in given))),)
    if kind is kinds.SUBPATTERN:
        return _read(given[-1])
    if kind is kinds.BRANCH:
        return (_Either(tuple(map(_read, given[1]))),)
    if kind is kinds.MAX_REPEAT:
        low, high, repeated = given
        return (_Repeat(low, int(high), _read(repeated)),)
    raise ValueError(kind)


def _digits(kind: Any, given: Any) -> frozenset[int]:
    if kind is kinds.CATEGORY and given is kinds.CATEGORY_DIGIT:
        return frozenset(_TEN)
    if kind is kinds.LITERAL:
        return frozenset([int(chr(given))])
    if kind is kinds.RANGE:
        return frozenset(range(int(chr(given[0])), int(chr(given[1])) + 1))
    raise ValueError(kind)
