"""Where the records of a CSV begin and end, and which of them are odd: arithmetic on whole arrays of bytes.

Which bytes separate, quote and end is told by `Signs`; what is written as "comma" below stands for any separator.

Polars pads short rows silently and fails the whole file on a stray quote, without a row number. So the places are
found first, and polars is given only records that are known to be sound.

A quoted cell begins with a quote right after a separator or a line break, and ends with the next quote that is not
doubled; any other quote is text. This is how Excel and Python's csv read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

RETURN = ord("\r")
#: Bytes looked at together: as many as stay in the processor's cache.
WINDOW = 512 * 1024
#: Stands for a quote where there is none: no byte of UTF-8.
NO_QUOTE = 0xFF


@dataclass(frozen=True)
class Signs:
    """The separator, the quote (empty for none) and the line break (its last character), one character of ASCII each."""

    separator: str = ","
    quote: str = '"'
    newline: str = "\n"

    @cached_property
    def octets(self) -> tuple[int, int, int]:
        """Separator, quote and line break as bytes."""
        return ord(self.separator), ord(self.quote) if self.quote else NO_QUOTE, ord(self.newline)

    @cached_property
    def _cell(self) -> re.Pattern[str]:
        separator, quote = re.escape(self.separator), re.escape(self.quote or "\udcff")
        return re.compile(rf"(?:\A|{separator})((?:{quote}(?:[^{quote}]+|{quote}{quote})*+{quote}?)?[^{separator}]*)")

    @cached_property
    def _quoted(self) -> re.Pattern[str]:
        quote = re.escape(self.quote or "\udcff")
        return re.compile(rf"{quote}(?:[^{quote}]+|{quote}{quote})*+{quote}")

    def written_cells(self, record: str) -> list[str]:
        """The cells of one record as they are written, quotes included."""
        return self._cell.findall(record.removesuffix(self.newline).removesuffix("\r"))

    def is_quoted(self, cell: str) -> bool:
        """Whether a cell as written is a quoted one, with nothing after its closing quote."""
        return self.is_open(cell) and self._quoted.fullmatch(cell) is not None

    def is_broken(self, cell: str) -> bool:
        """Whether a cell as written has text after its closing quote."""
        return self.is_open(cell) and not self.is_quoted(cell)

    def text_of(self, cell: str) -> str:
        """What a cell as written says."""
        return cell[1:-1].replace(self.quote * 2, self.quote) if self.is_quoted(cell) else cell

    def quoted(self, text: str) -> str:
        """A cell that says the text."""
        return self.quote + text.replace(self.quote, self.quote * 2) + self.quote

    def is_open(self, cell: str) -> bool:
        """Whether a cell as written begins with a quote."""
        return bool(self.quote) and cell.startswith(self.quote)


#: The signs of a clean CSV.
PLAIN = Signs()


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


def find_records(block: bytes | bytearray, signs: Signs = PLAIN, *, window: int = WINDOW) -> Records:
    """Find all whole records of a block that begins at a record's start."""
    scans = list(_scans(block, signs, window))
    ends = _joined([scan.ends for scan in scans])
    separators = _joined([scan.separators for scan in scans])
    odd = np.zeros(ends.size + 1, dtype=np.bool_)  # one more, for what is not whole
    odd[np.searchsorted(ends, _joined([scan.odd for scan in scans]), side="right")] = True
    return Records(np.concatenate(([0], ends))[:-1], ends, np.diff(separators, prepend=0) + 1, odd[:-1])


def _joined(places: list[Places]) -> Places:
    return np.concatenate([np.empty(0, dtype=np.int64), *places])


def _scans(block: bytes | bytearray, signs: Signs, window: int) -> Iterator[_Scan]:
    """Scan window by window. Each ends with a line break, so that none cuts two quotes apart."""
    newline = signs.newline.encode()
    at, until, total, opened = 0, block.rfind(newline) + 1, 0, False
    while at < until:
        end = (block.rfind(newline, at, at + window) + 1) or (block.find(newline, at + window) + 1)
        scan = _scanned(np.frombuffer(block, np.uint8, end - at, at), signs, opened=opened)
        yield _Scan(scan.ends + at, scan.separators + total, scan.odd + at, scan.total, scan.open)
        at, total, opened = end, total + scan.total, scan.open


def _scanned(octets: Bytes, signs: Signs, *, opened: bool) -> _Scan:
    _, quote, newline = signs.octets
    marks = _Marks.of(octets, signs)
    quotes = marks.kinds == quote
    inside, odd = marks.paired(quotes, opened=opened)
    if odd.size:
        text = marks.text(quotes, opened=opened)
        inside, odd = marks.paired(quotes & ~text, opened=opened)
        odd = np.concatenate((odd, marks.places[text]))
    seen = ~(inside | quotes)
    lines = np.flatnonzero(seen & (marks.kinds == newline))
    counts = np.cumsum(seen, dtype=np.int32)
    return _Scan(
        ends=marks.places[lines] + 1,
        separators=counts[lines] - np.arange(1, lines.size + 1),
        odd=odd,
        total=int(counts[-1]) - lines.size,
        open=bool(inside[-1]),
    )


@dataclass(frozen=True)
class _Marks:
    """Separators, line breaks and quotes of a window: `touches[i]` says that mark i follows the one before at once."""

    octets: Bytes
    places: Places
    kinds: Bytes
    touches: Flags

    @staticmethod
    def of(octets: Bytes, signs: Signs) -> "_Marks":
        separator, quote, newline = signs.octets
        places = np.flatnonzero((octets == separator) | (octets == newline) | (octets == quote))
        return _Marks(octets, places, octets[places], np.diff(places, prepend=-1) == 1)

    def paired(self, quotes: Flags, *, opened: bool) -> tuple[Flags, Places]:
        """Which marks lie inside a cell if every quote opens or closes one, and the quotes that cannot do so.

        A doubled quote closes and opens. To open, one must touch what is before it; to close, what is after it.
        """
        if not opened and not quotes.any():
            return quotes, self.places[:0]
        inside = np.logical_xor.accumulate(quotes) ^ opened
        before, after = self.touches, np.roll(self.touches, -1)
        astray = np.flatnonzero(quotes & ~np.where(inside, before, after))
        places = self.places[astray]
        at_return = ~inside[astray] & (self.octets[places + 1] == RETURN)
        at_return[at_return] = self.octets[places[at_return] + 2] == ord("\n")
        return inside, places[~at_return]

    def text(self, quotes: Flags, *, opened: bool) -> Flags:
        """The quotes that are text, for they stand in a cell that does not begin with one.

        What a run of quotes does depends on its length, on what it touches and on whether a cell is open there: an even
        one changes nothing; an uneven one flips the state after a separator, and else leaves no cell open. So the state
        after each run is the number of flips since the last of the others, and needs no loop.
        """
        at = np.flatnonzero(quotes)
        firsts = np.flatnonzero(np.diff(self.places[at], prepend=-2) != 1)
        lengths = np.diff(firsts, append=at.size)
        at_start = self.touches[at[firsts]]
        uneven = lengths % 2 == 1
        flips = np.cumsum(uneven & at_start) + opened
        flips -= np.maximum.accumulate(np.where(uneven & ~at_start, flips, 0))
        was_open = np.concatenate(([opened], flips[:-1] % 2 == 1))
        text = np.zeros(self.kinds.size, dtype=np.bool_)
        text[at] = np.repeat(~was_open & ~at_start, lengths)
        return text
