"""The library's answers as sorted tables: spans of digit strings, and what becomes of the numbers in each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.phone.library import LENGTH_REASONS, place_of
from pipeline.phone.metadata import main_metadata_for, metadata_for, test_number_length
from pipeline.phone.numbers import LONGEST, SPAN, Numbers, laid_out, length_of, of_lengths
from pipeline.phone.parse import Reading, after_idd, after_plus, as_dialled
from pipeline.phone.patterns import Bounds
from pipeline.phone.valid import valid_numbers
from pipeline.side_by_side import once

#: What becomes of digits: the library must be asked, they are a valid number, they are read as after a plus; from
#: REFUSED on, they are refused for one of REASONS.
OPEN, VALID, AS_AFTER_PLUS, REFUSED = range(4)
#: More side by side have no room in 64 bits.
MOST_TABLES = (2**63 - 1) // SPAN
#: The library's _MIN_LENGTH_FOR_NSN.
_SHORTEST = 2

Verdicts = npt.NDArray[np.uint8]


class Table(NamedTuple):
    """Sorted `starts` of spans of digit strings (see `numbers`), each span's verdict, and the offset to add to them.

    The offset makes a valid number its E.164 digits, and what is to be read as after a plus the digit string after it.
    """

    starts: Bounds
    verdicts: Verdicts
    offsets: Bounds

    def find(self, keys: Bounds) -> tuple[Verdicts, Bounds]:
        """The verdict on each key, and the key with its offset."""
        places = np.searchsorted(self.starts, keys, side="right") - 1
        return self.verdicts[places], keys + self.offsets[places]


def joined(tables: Sequence[Table]) -> Table:
    """One table for all: the keys of the n-th, from 0, are n * SPAN higher."""
    if not tables:
        return _table([])
    moved = [table.starts + SPAN * at for at, table in enumerate(tables)]
    offsets = [table.offsets - SPAN * at for at, table in enumerate(tables)]
    return Table(np.concatenate(moved), np.concatenate([table.verdicts for table in tables]), np.concatenate(offsets))


@once
def table_of_code(code: str) -> Table:
    """What becomes of digits after a plus that begin with a calling code."""
    return _table(list(_judged(after_plus(code), code)))


@once
def table_of_region(region: str) -> Table:
    """What becomes of digits without a plus in a region."""
    code = str(metadata_for(region).country_code)
    international = (_Part(AS_AFTER_PLUS, written, f"1{read}", numbers) for written, read, numbers in after_idd(region))
    return _table([*international, *_judged(as_dialled(region), code)])


class _Part(NamedTuple):
    """The verdict on `written` and the digits x after it, for every x of `numbers`; `put` and x is what they become."""

    verdict: int
    written: str
    put: str
    numbers: Numbers


def _judged(readings: Iterable[Reading], code: str) -> Iterator[_Part]:
    """Tell valid numbers, `is_valid_number`, from refused ones, of which the length says why."""
    valid, reasons = valid_numbers(code), _lengths_of_reasons(code)
    for written, read, numbers in readings:
        here = numbers & valid.without(read)
        yield _Part(VALID, written, f"{code}{read}", here)
        for reason, lengths in reasons.items():
            refused = (numbers - here) & of_lengths(length - len(read) for length in lengths)
            yield _Part(REFUSED + place_of(reason), written, f"{code}{read}", refused)


def _lengths_of_reasons(code: str) -> dict[str, list[int]]:
    """Why a national number that is not valid is none, by its length: `is_possible_number_with_reason`."""
    metadata, reasons = main_metadata_for(code), defaultdict(list)
    for length in range(LONGEST + 1):
        reason = LENGTH_REASONS.get(test_number_length(length, metadata), "phone_not_assigned")
        reasons["phone_too_short" if length < _SHORTEST else reason].append(length)
    return reasons


def _table(parts: Sequence[_Part]) -> Table:
    """Bring parts, which do not overlap, into order; what lies between them is open."""
    starts, owners = laid_out([part.numbers.behind(part.written) for part in parts])
    verdicts = np.array([OPEN, *(part.verdict for part in parts)], dtype=np.uint8)
    written = np.array([0, *(len(part.written) for part in parts)])
    more = np.array([0, *(int(part.put) - int(f"1{part.written}") for part in parts)])
    tens = 10 ** np.maximum(length_of(starts) - written[owners], 0)
    return Table(starts, verdicts[owners], more[owners] * tens)
