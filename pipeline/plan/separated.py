"""Separated: a file of separated values as chunks of text, each row numbered as the spreadsheet shows it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.plan.blocks import BOM, SAVE_AGAIN, TAIL_BYTES, Blocks
from pipeline.plan.chunk import Chunk, text_columns
from pipeline.plan.files import Kind, Named
from pipeline.plan.layout import below, fitted, header_of
from pipeline.plan.mended import Mended, mended, said_of
from pipeline.plan.records import RETURN, Flags, Records, Signs
from pipeline.plan.sniff import is_excel_hint
from pipeline.plan.streams import text_of
from pipeline.plan.words import passed_over
from schemas.dialect import Dialect
from schemas.findings import no_findings
from schemas.headers import Headers

_HEADER_BYTES = 64 * 1024
_SHOWN_TO_LAYOUT = 100
_LAST = 60

Rows = npt.NDArray[np.uint32]
Cells = list[str] | None


class Separated:
    """An open text. `rows` and `sha256` grow with `chunks`; `said` is whole when they are read."""

    def __init__(self, file: Named, dialect: Dialect, said: tuple[str, ...], *, chunk_bytes: int) -> None:
        self.file, self.dialect = file, dialect
        self.rows = 0  # records below the header; blank lines are none
        self._said = [*said]
        self._chunk_bytes = chunk_bytes
        self._signs = Signs(dialect.delimiter, dialect.quote, dialect.newline[-1])
        self._blocks = Blocks(file, text_of(file, dialect), self._signs)
        try:
            self.headers = self._read_header()
        except BaseException:
            self.close()
            raise
        self._width = len(self.headers)

    def close(self) -> None:
        """Close the file."""
        self._blocks.close()

    @property
    def said(self) -> tuple[str, ...]:
        """How it was read."""
        return tuple(self._said)

    @property
    def sha256(self) -> str:
        """Of the bytes read so far, in hex."""
        is_plain = self.file.kind is Kind.TEXT and self.dialect.encoding == "utf-8" and not self.dialect.escape
        return self._blocks.digest.hexdigest() if is_plain else self.file.sha256

    @property
    def last_row(self) -> int:
        """The number of the last row that was read."""
        return self._blocks.row - 1

    def chunks(self) -> Iterator[Chunk]:
        """Yield all rows below the header, in order; raises CampaignError where the file cannot be read on."""
        blocks = self._blocks
        while blocks.block or not blocks.at_end:
            records = blocks.settled(blocks.read(self._chunk_bytes))
            try:
                chunk = self._chunk(blocks.block, records)
            except (UnicodeDecodeError, pl.exceptions.ComputeError):
                blocks.refuse_bytes(records)
                raise
            blocks.leave(records.ends.size, records)
            self.rows += chunk.frame.height
            if chunk.frame.height:
                yield chunk

    def _read_header(self) -> Headers:
        """The first line that is not blank, or the one that the table below begins with."""
        blocks = self._blocks
        while not blocks.at_end:
            records = blocks.read(_HEADER_BYTES)
            try:
                lines = self._cells(records, 0, min(records.ends.size, _SHOWN_TO_LAYOUT))
                if any(line is not None for line in lines):
                    return self._headers_of(lines, records)
            except UnicodeDecodeError:
                blocks.refuse_bytes(records)
                raise
            blocks.leave(records.ends.size, records)
        raise blocks.refusal("the file has only blank lines; export it again")

    def _cells(self, records: Records, start: int, end: int) -> list[Cells]:
        """The records' cells; None for a blank line."""
        block, blank = self._blocks.block, _blank(self._blocks.block, records, self._signs)
        return [
            None if blank[index] else self._signs.written_cells(_line(block, records, index))
            for index in range(start, end)
        ]

    def _headers_of(self, lines: list[Cells], records: Records) -> Headers:
        blocks, first = self._blocks, next(index for index, line in enumerate(lines) if line is not None)
        if is_excel_hint(_line(blocks.block, records, first)) and any(lines[first + 1 :]):
            blocks.row -= first + 1  # Excel shows no such row
            lines = [*[None] * (first + 1), *lines[first + 1 :]]
        texts = [line and [self._signs.text_of(cell) for cell in line] for line in lines]
        index = header_of(texts)
        self._say(texts[:index], blocks.row, "above the header")
        written, row = lines[index] or [], blocks.row + index
        self._check_header(written, row)
        blocks.leave(index + 1, records)
        return Headers(tuple(fitted(texts[index] or [], [line for line in texts[index + 1 :] if line])))

    def _check_header(self, written: list[str], row: int) -> None:
        if any("\0" in cell for cell in written):
            problem = f"the header holds NUL bytes; {SAVE_AGAIN}"
        elif any("\r" in cell and not self._signs.is_quoted(cell) for cell in written):
            problem = f"some lines end in carriage returns alone; {SAVE_AGAIN}"
        elif any(map(self._signs.is_broken, written)):
            problem = "a header has text after its closing quote; double every quote inside quotes"
        elif not any(self._signs.text_of(cell).strip() for cell in written):
            problem = "the header names no column; the first line that is not blank must name them"
        else:
            return
        raise self._blocks.refusal(problem, row)

    def _chunk(self, block: bytearray, records: Records) -> Chunk:
        """The whole records in one frame. Odd ones are mended, with a finding where something was wrong."""
        left = _blank(block, records, self._signs)
        if self._blocks.at_end:
            left[left.size - self._below(records) :] = True
        odd = np.flatnonzero((records.odd | (records.fields != self._width)) & ~left)
        lines = [mended(_line(block, records, index), self.headers, self._signs) for index in odd.tolist()]
        placed = dict(zip(odd.tolist(), lines, strict=True))
        text = b"".join(_pieces(block, records, np.flatnonzero(left).tolist(), placed))
        rows = np.arange(records.ends.size, dtype=np.uint32) + np.uint32(self._blocks.row)
        frame = self._parsed(text).insert_column(0, pl.Series("row", rows[~left], pl.UInt32))
        return Chunk(frame, said_of(rows[odd], lines) if lines else no_findings())

    def _below(self, records: Records) -> int:
        """How many of the last records stand below the table."""
        end = records.ends.size
        tail = int(np.searchsorted(records.starts, len(self._blocks.block) - TAIL_BYTES))
        lines = self._cells(records, max(tail, end - _LAST), end)
        texts = [line and [self._signs.text_of(cell) for cell in line] for line in lines]
        count = below(texts, self._width)
        self._say(texts[len(texts) - count :], self._blocks.row + end - count, "below the table")
        return count

    def _say(self, lines: list[Cells], row: int, where: str) -> None:
        self._said += passed_over(lines, row, where)

    def _parsed(self, text: bytes) -> pl.DataFrame:
        if not text:
            return pl.DataFrame(schema=text_columns(self._width))
        if text.startswith(BOM):  # here it is text of the first cell, but polars drops one
            text = BOM + text
        return pl.read_csv(text, has_header=False, schema=text_columns(self._width), null_values=[""], **self._manner)

    @property
    def _manner(self) -> dict[str, Any]:
        signs = self._signs
        return {"separator": signs.separator, "quote_char": signs.quote or None, "eol_char": signs.newline}


def _blank(block: bytearray, records: Records, signs: Signs) -> Flags:
    octets = np.frombuffer(block, dtype=np.uint8)
    first, sizes = octets[records.starts], records.ends - records.starts
    blank: Flags = (first == signs.octets[2]) | ((first == RETURN) & (sizes == len(b"\r\n")))
    return blank


def _line(block: bytearray, records: Records, index: int) -> str:
    return block[records.starts[index] : records.ends[index]].decode("utf-8")


def _pieces(
    block: bytearray, records: Records, left: list[int], placed: dict[int, Mended]
) -> Iterator[bytes | memoryview]:
    """The block's records without those left away, and with the mended ones in their places."""
    whole, at = memoryview(block), 0
    for index in sorted([*left, *placed]):
        yield whole[at : records.starts[index]]
        if index in placed:
            yield placed[index].line
        at = records.ends[index]
    yield whole[at : records.rest]
