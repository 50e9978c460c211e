"""Where the records of a CSV begin and end, and which of them are odd: arithmetic on whole arrays of bytes.

Polars pads short rows silently and fails the whole file on a stray quote, without a row number. So the places are
found first, and polars is given only records that are known to be sound.

A quoted cell begins with a quote right after a separator or a line break, and ends with the next quote that is not
doubled; any other quote is text. This is how Excel and Python's csv read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

SEPARATOR, QUOTE, NEWLINE, RETURN = b',"\n\r'
#: Bytes looked at together: as many as stay in the processor's cache.
WINDOW = 512 * 1024
_CELL = re.compile(r'(?:\A|,)((?:"(?:[^"]+|"")*+"?)?[^,]*)')
_QUOTED = re.compile(r'"(?:[^"]+|"")*+"')


@dataclass(frozen=True)
class Records:
    """The whole records at the head of a block.

    Record i lies from `starts[i]` to `ends[i]`, line break included, and has `fields[i]` fields. `odd[i]` says that it
    holds a quote that is text or has text after it.
    """

    starts: Places
    ends: Places
    fields: Places
    odd: Flags

    @property
    def rest(self) -> int:
        """Where the first record begins that is not whole."""
        return int(self.ends[-1]) if self.ends.size else 0


@dataclass(frozen=True)
class _Scan:
    """The same of a window: `separators` counts those before each end, `total` all of them; `open` is inside a cell."""

    ends: Places
    separators: Places
    odd: Places
    total: int
    open: bool


def find_records(block: bytes | bytearray, *, window: int = WINDOW) -> Records:
    """Find all whole records of a block that begins at a record's start."""
    scans = list(_scans(block, window))
    ends = _joined([scan.ends for scan in scans])
    separators = _joined([scan.separators for scan in scans])
    odd = np.zeros(ends.size + 1, dtype=np.bool_)  # one more, for what is not whole
    odd[np.searchsorted(ends, _joined([scan.odd for scan in scans]), side="right")] = True
    return Records(np.concatenate(([0], ends))[:-1], ends, np.diff(separators, prepend=0) + 1, odd[:-1])


def _joined(places: list[Places]) -> Places:
    return np.concatenate([np.empty(0, dtype=np.int64), *places])


def _scans(block: bytes | bytearray, window: int) -> Iterator[_Scan]:
    """Scan window by window. Each ends with a line break, so that none cuts two quotes apart."""
    at, until, total, opened = 0, block.rfind(b"\n") + 1, 0, False
    while at < until:
        end = (block.rfind(b"\n", at, at + window) + 1) or (block.find(b"\n", at + window) + 1)
        scan = _scanned(np.frombuffer(block, np.uint8, end - at, at), opened=opened)
        yield _Scan(scan.ends + at, scan.separators + total, scan.odd + at, scan.total, scan.open)
        at, total, opened = end, total + scan.total, scan.open


def _scanned(octets: Bytes, *, opened: bool) -> _Scan:
    signs = _Signs.of(octets)
    quotes = signs.kinds == QUOTE
    inside, odd = signs.paired(quotes, opened=opened)
    if odd.size:
        text = signs.text(opened=opened)
        inside, odd = signs.paired(quotes & ~text, opened=opened)
        odd = np.concatenate((odd, signs.places[text]))
    seen = ~(inside | quotes)
    lines = np.flatnonzero(seen & (signs.kinds == NEWLINE))
    counts = np.cumsum(seen, dtype=np.int32)
    return _Scan(
        ends=signs.places[lines] + 1,
        separators=counts[lines] - np.arange(1, lines.size + 1),
        odd=odd,
        total=int(counts[-1]) - lines.size,
        open=bool(inside[-1]),
    )


@dataclass(frozen=True)
class _Signs:
    """Separators, line breaks and quotes of a window: `touches[i]` says that sign i follows the one before at once."""

    octets: Bytes
    places: Places
    kinds: Bytes
    touches: Flags

    @staticmethod
    def of(octets: Bytes) -> "_Signs":
        places = np.flatnonzero((octets == SEPARATOR) | (octets == NEWLINE) | (octets == QUOTE))
        return _Signs(octets, places, octets[places], np.diff(places, prepend=-1) == 1)

    def paired(self, quotes: Flags, *, opened: bool) -> tuple[Flags, Places]:
        """Which signs lie inside a cell if every quote opens or closes one, and the quotes that cannot do so.

        A doubled quote closes and opens. To open, one must touch what is before it; to close, what is after it.
        """
        if not opened and not quotes.any():
            return quotes, self.places[:0]
        inside = np.logical_xor.accumulate(quotes) ^ opened
        before, after = self.touches, np.roll(self.touches, -1)
        astray = np.flatnonzero(quotes & ~np.where(inside, before, after))
        places = self.places[astray]
        at_return = ~inside[astray] & (self.octets[places + 1] == RETURN)
        at_return[at_return] = self.octets[places[at_return] + 2] == NEWLINE
        return inside, places[~at_return]

    def text(self, *, opened: bool) -> Flags:
        """The quotes that are text, for they stand in a cell that does not begin with one.

        What a run of quotes does depends on its length, on what it touches and on whether a cell is open there: an even
        one changes nothing; an uneven one flips the state after a separator, and else leaves no cell open. So the state
        after each run is the number of flips since the last of the others, and needs no loop.
        """
        quotes = np.flatnonzero(self.kinds == QUOTE)
        firsts = np.flatnonzero(np.diff(self.places[quotes], prepend=-2) != 1)
        lengths = np.diff(firsts, append=quotes.size)
        at_start = self.touches[quotes[firsts]]
        uneven = lengths % 2 == 1
        flips = np.cumsum(uneven & at_start) + opened
        flips -= np.maximum.accumulate(np.where(uneven & ~at_start, flips, 0))
        was_open = np.concatenate(([opened], flips[:-1] % 2 == 1))
        text = np.zeros(self.kinds.size, dtype=np.bool_)
        text[quotes] = np.repeat(~was_open & ~at_start, lengths)
        return text


def written_cells(record: str) -> list[str]:
    """The cells of one record as they are written, quotes included."""
    return _CELL.findall(record.removesuffix("\n").removesuffix("\r"))


def is_quoted(cell: str) -> bool:
    """Whether a cell as written is a quoted one, with nothing after its closing quote."""
    return cell.startswith('"') and _QUOTED.fullmatch(cell) is not None


def text_of(cell: str) -> str:
    """What a cell as written says."""
    return cell[1:-1].replace('""', '"') if is_quoted(cell) else cell


def is_broken(cell: str) -> bool:
    """Whether a cell as written has text after its closing quote."""
    return cell.startswith('"') and not is_quoted(cell)


def quoted(text: str) -> str:
    """A cell that says the text."""
    return '"' + text.replace('"', '""') + '"'
