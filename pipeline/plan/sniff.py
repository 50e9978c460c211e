"""Sniffing: the separator, quote, escape and line break of a text, from a bounded sample of it.

Each dialect in question reads the sample; the one in which most rows have the same number of cells, and cells that
look like cells, wins. A dialect in which the first row agrees with the others comes before all that would need lines
above the header. Of 62 kinds of file (the Pollock benchmark's and what else people save) this reads more as they were
meant than DuckDB's sniffer, CleverCSV and polars, which knows only what it is told: tests/benchmarks/dialects.py has
the table.
"""

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from io import StringIO
from itertools import islice

from schemas.dialect import Dialect

#: In the order in which they are believed where nothing else tells.
DELIMITERS = (",", ";", "\t", "|")
#: Separators of files that no spreadsheet makes: believed only if they part every row, the first too.
_RARE = ("\x1f", "^", "~", ":", " ")
_ROWS = 400
_AGREE = 0.9
_SEP = re.compile(r"""\A"?sep=(.)"?\r?(?:\n|\Z)""", re.IGNORECASE | re.DOTALL)
_PHONE = re.compile(r"\+?[\d\s()./-]{6,}")
_PLAIN = re.compile(r"[^,;\t|]*")


def is_excel_hint(line: str) -> str | None:
    """The separator that a first line `sep=;` names; Excel shows no such row."""
    found = _SEP.match(line)
    return found[1] if found else None


def sniffed(sample: str, base: Dialect, delimiter: str | None) -> Dialect:
    """The dialect of a sample of whole lines; a declared delimiter, or one that `sep=` names, is believed."""
    hint = is_excel_hint(sample)
    if hint:
        sample = sample[_SEP.match(sample).end() :]  # type: ignore[union-attr]  # it matched
    base = replace(base, newline=newline_of(sample))
    delimiter = delimiter or hint
    tries = [_Try(sample, each) for each in _questioned(sample, base, (delimiter,) if delimiter else DELIMITERS)]
    if delimiter:
        return max(tries, key=lambda each: each.score).dialect
    rare = [_Try(sample, replace(base, delimiter=each)) for each in _RARE if each in sample]
    agreeing = [each for each in tries if each.agrees]
    best = _best(agreeing) or _best([each for each in rare if each.agrees and each.is_sure])
    best = best or _best([each for each in tries if each.follows])
    return best.dialect if best else tries[0].dialect


def newline_of(sample: str) -> str:
    """What ends the records: a carriage return only where hardly any line feed is."""
    pairs = sample.count("\r\n")
    feeds, returns = sample.count("\n"), sample.count("\r") - pairs
    return "\r" if returns > feeds else "\r\n" if pairs * 2 > feeds else "\n"


def _questioned(sample: str, base: Dialect, delimiters: tuple[str, ...]) -> list[Dialect]:
    """Every dialect that the sample's signs allow."""
    found = []
    for delimiter in delimiters:
        plain, edge = replace(base, delimiter=delimiter), rf"[\r\n{re.escape(delimiter)}]"
        # of dialects that read as well, the first is believed: a backslash before a quote amid a quoted cell is no text
        if '\\"' in sample and re.search(rf'(?:\A|{edge})"[^"\r\n]*\\"(?!{edge}|"|\Z)', sample):
            found.append(replace(plain, escape="\\"))
        found.append(plain)
        if _in_single_quotes(sample, plain):
            found.append(replace(plain, quote="'"))
    return found


def _in_single_quotes(sample: str, plain: Dialect) -> bool:
    """Whether cells stand in single quotes: each that begins with one ends with one, swallows no number, and it explains much.

    A cell may well begin with an apostrophe: 's-Hertogenbosch, or a number that Excel keeps as text. Taken for a quote it
    would swallow whole rows, up to the next one.
    """
    signs = rf"\r\n{re.escape(plain.delimiter)}"
    begins, ends, edge = rf"(?<![^{signs}])'", rf"'(?![^{signs}])", f"[{signs}]"
    cells = re.findall(rf"{begins}(?:[^']|'')*{ends}", sample)
    others = re.sub(rf"{begins}(?:[^']|'')*{ends}", "", sample)
    lines = [part for cell in cells if "\n" in cell or "\r" in cell for part in re.split(edge, cell.strip("'"))]
    if not cells or re.search(begins, others) or any(map(_PHONE.fullmatch, lines)):
        return False
    is_usual = 2 * len(cells) >= len(re.findall(edge, sample))
    return is_usual or _Try(sample, plain).share < _Try(sample, replace(plain, quote="'")).share == 1


def _best(tries: "list[_Try]") -> "_Try | None":
    return max(tries, key=lambda each: each.score) if tries else None


@dataclass(frozen=True)
class _Try:
    """A sample, read in a dialect."""

    sample: str
    dialect: Dialect

    @cached_property
    def rows(self) -> list[list[str]]:
        """The rows that hold anything."""
        written = self.dialect
        lines = StringIO(self.sample, newline="\n" if written.newline != "\r" else "\r")
        reader = csv.reader(
            lines,
            delimiter=written.delimiter,
            quotechar=written.quote,
            doublequote=not written.escape,
            escapechar=written.escape or None,
        )
        try:
            return [row for row in islice(reader, _ROWS) if any(row)]
        except csv.Error:
            return []

    @cached_property
    def widths(self) -> list[int]:
        """Cells of each row, without empty ones at its end."""
        return [max(index for index, cell in enumerate(row, 1) if cell) for row in self.rows]

    @cached_property
    def width(self) -> int:
        """The most usual number of cells; of two as usual, that of the first row to have one."""
        counts = Counter(map(len, self.rows))
        return max(counts, key=lambda width: counts[width]) if counts else 0

    @cached_property
    def share(self) -> float:
        """Of the rows, how many have the usual number of cells."""
        return sum(len(row) == self.width for row in self.rows) / len(self.rows) if self.rows else 0.0

    @property
    def agrees(self) -> bool:
        """Whether the first row is one of many of its width."""
        return self.width > 1 and len(self.rows[0]) == self.width

    @property
    def follows(self) -> bool:
        """Whether there is a table below lines of another width."""
        return self.width > 1 and self.share * len(self.rows) >= 3 and self.share > 0.3  # noqa: PLR2004 -- header, two rows

    @property
    def is_sure(self) -> bool:
        """Whether a rare separator parts every row, and parts no telephone number."""
        phones = sum(_PHONE.fullmatch(self.dialect.delimiter.join(row)) is not None for row in self.rows)
        return self.width > 2 and self.share > _AGREE and not phones  # noqa: PLR2004 -- a name and a surname are two

    @cached_property
    def score(self) -> float:
        """How much the dialect explains: rows alike, more than one cell, cells without other separators in them."""
        if not self.rows:
            return 0.0
        cells = [cell for row in self.rows[:100] for cell in row]
        clean = sum(self._is_clean(cell) for cell in cells) / len(cells)
        return self.share**2 * (1 - 1 / (self.width + 1)) * clean

    def _is_clean(self, cell: str) -> bool:
        bare = cell.strip()
        edged = bare[:1] in {'"', "'"} or (len(bare) > 1 and bare[-1] in {'"', "'"})
        return not edged and (_PLAIN.fullmatch(cell) is not None or ", " in cell or _is_number(cell))


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.,' ]+%?", cell) is not None
