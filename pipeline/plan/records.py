"""Where the records of a CSV block begin and end: RFC 4180, found by whole-array arithmetic on its bytes.

Polars pads short rows silently and fails the whole file on a stray quote, without a row number. So the places are
found first, and polars is given only records that are known to be whole.
"""

import csv
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

QUOTE, NEWLINE, RETURN = ord('"'), ord("\n"), ord("\r")


@dataclass(frozen=True)
class Records:
    """Records of a block: `ends[i]` is the place after record i's line break; `fields[i]` counts its fields.

    `broken` are the indices of records whose quoting is not RFC 4180. `rest` is the place from which more bytes are
    needed; `open_quote` is where the quote stands that is still open there, or None.
    """

    starts: Places
    ends: Places
    fields: Places
    broken: frozenset[int]
    rest: int
    open_quote: int | None


def find_records(block: bytes, separator: bytes) -> Records:
    """Find all complete records of a block that begins at a record's start."""
    octets = np.frombuffer(block, dtype=np.uint8)
    newlines = np.flatnonzero(octets == NEWLINE)
    quotes = np.flatnonzero(octets == QUOTE)
    quotes, ends, broken_starts = _walk(octets, newlines, quotes, separator[0])
    starts = np.concatenate(([0], ends[:-1])) if ends.size else ends
    broken = np.searchsorted(starts, np.array(sorted(broken_starts), dtype=np.int64))
    rest = int(ends[-1]) if ends.size else 0
    opened = quotes[np.searchsorted(quotes, rest) :]
    return Records(
        starts=starts,
        ends=ends,
        fields=_count_fields(octets, ends, quotes, separator[0]),
        broken=frozenset(int(index) for index in broken),
        rest=rest,
        open_quote=int(opened[-1]) if opened.size % 2 else None,
    )


def _walk(octets: Bytes, newlines: Places, quotes: Places, separator: int) -> tuple[Places, Places, list[int]]:
    """Record ends by the parity of quotes; a line whose quoting is broken is a record by itself, and all begins anew."""
    kept_quotes: list[Places] = []
    ends: list[Places] = []
    broken: list[int] = []
    start = 0
    while True:
        here = newlines[np.searchsorted(newlines, start) :]
        marks = quotes[np.searchsorted(quotes, start) :]
        inside = np.searchsorted(marks, here) % 2 == 1
        wrong = _first_wrong(octets, marks, separator, start)
        if wrong is None:
            ends.append(here[~inside] + 1)
            kept_quotes.append(marks)
            break
        begin, end = _broken_line(here, inside, int(marks[wrong - wrong % 2]), start)
        if end is None:
            ends.append(here[~inside & (here < begin)] + 1)
            kept_quotes.append(marks[marks < begin])
            break
        ends.append(here[~inside & (here < begin)] + 1)
        ends.append(np.array([end]))
        kept_quotes.append(marks[marks < begin])
        broken.append(begin)
        start = end
    return np.concatenate(kept_quotes), np.concatenate(ends), broken


def _first_wrong(octets: Bytes, marks: Places, separator: int, start: int) -> int | None:
    """Index of the first quote that neither opens after a separator, closes before one, nor doubles another."""
    if not marks.size:
        return None
    opening, closing = marks[0::2], marks[1::2]
    before = np.where(opening > start, octets[np.maximum(opening - 1, 0)], NEWLINE)
    opens = (before == separator) | (before == NEWLINE)
    opens[1:] |= opening[1:] == closing[: opening.size - 1] + 1  # "" inside a quoted cell
    after = np.where(closing + 1 < octets.size, octets[np.minimum(closing + 1, octets.size - 1)], NEWLINE)
    closes = (after == separator) | (after == NEWLINE) | (after == RETURN) | (after == QUOTE)
    first_open = np.flatnonzero(~opens)
    first_close = np.flatnonzero(~closes)
    candidates = [*(2 * first_open[:1]), *(2 * first_close[:1] + 1)]
    return int(min(candidates)) if candidates else None


def _broken_line(here: Places, inside: npt.NDArray[np.bool_], opened: int, start: int) -> tuple[int, int | None]:
    """Begin of the record in which the quote at `opened` stands, and the end of that quote's line (None: not here yet)."""
    before = here[~inside & (here < opened)]
    begin = int(before[-1]) + 1 if before.size else start
    after = here[np.searchsorted(here, opened) :]
    return begin, int(after[0]) + 1 if after.size else None


def _count_fields(octets: Bytes, ends: Places, quotes: Places, separator: int) -> Places:
    if not ends.size:
        return ends
    separators = np.flatnonzero(octets[: ends[-1]] == separator)
    counts = np.diff(np.searchsorted(separators, ends), prepend=0) + 1
    quotes = quotes[: np.searchsorted(quotes, ends[-1])]
    opening, closing = quotes[0::2], quotes[1::2]
    opening = opening[: closing.size]
    hidden = np.searchsorted(separators, closing) - np.searchsorted(separators, opening)
    where = np.searchsorted(ends, opening, side="right")
    return counts - np.bincount(where[hidden > 0], weights=hidden[hidden > 0], minlength=ends.size).astype(np.int64)


def read_record(record: bytes, separator: bytes, *, strict: bool) -> list[str] | None:
    """The cells of one record by Python's csv; None if it is not exactly one record under the strict rules."""
    text = record.decode("utf-8").rstrip("\r\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator.decode(), strict=strict)
    try:
        rows = list(reader)
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
