"""Ingest: a CSV export as frames of text, in chunks, each row numbered as the spreadsheet shows it (header = 1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.plan.blocks import BOM, SAVE_AGAIN, Blocks
from pipeline.plan.records import (
    NEWLINE,
    RETURN,
    Flags,
    Records,
    is_broken,
    is_quoted,
    quoted,
    text_of,
    written_cells,
)
from schemas.dialect import Dialect
from schemas.findings import findings, no_findings
from schemas.headers import Headers
from schemas.plan import Source

#: Bytes read at once: about 140,000 rows of a CRM export; more take more memory and are hardly faster.
CHUNK_BYTES = 24 * 1024 * 1024
_HEADER_BYTES = 64 * 1024


@dataclass(frozen=True)
class Chunk:
    """`frame`: row (UInt32) and c0…cN (String, null where empty); findings of FINDINGS_SCHEMA about its rows."""

    frame: pl.DataFrame
    findings: pl.DataFrame


Rows = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class _Mended:
    """An odd record as a line that polars reads, of as many fields as the header has; `code` is what was wrong, or None."""

    line: bytes
    code: str | None
    detail: str | None


class Export:
    """An open CRM export, closed by `with`. `headers` is known at once; `rows` and `sha256` grow with `chunks`."""

    def __init__(self, path: Path, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        self.path = path
        self.rows = 0  # records below the header; blank lines are none
        self._chunk_bytes = chunk_bytes
        self._blocks = Blocks(path)
        try:
            self.headers = self._read_header()
        except BaseException:
            self._blocks.close()
            raise
        self._width = len(self.headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._blocks.close()

    @property
    def source(self) -> Source:
        """The file, as far as it was read."""
        return Source(self.path, self.sha256, self.headers.texts, self.rows, Dialect(bom=self._blocks.has_bom))

    @property
    def sha256(self) -> str:
        """Of the bytes read so far, in hex."""
        return self._blocks.digest.hexdigest()

    def chunks(self) -> Iterator[Chunk]:
        """Yield all rows below the header, in order; raises CampaignError where the file cannot be read on."""
        blocks = self._blocks
        while blocks.block or not blocks.at_end:
            records = blocks.read(self._chunk_bytes)
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
        """The first line that is not blank."""
        blocks = self._blocks
        while not blocks.at_end:
            records = blocks.read(_HEADER_BYTES)
            for index in np.flatnonzero(~_blank(blocks.block, records))[:1].tolist():
                try:
                    headers = self._headers_of(_line(blocks.block, records, index), blocks.row + index)
                except UnicodeDecodeError:
                    blocks.refuse_bytes(records)
                    raise
                blocks.leave(index + 1, records)
                return headers
            blocks.leave(records.ends.size, records)
        raise blocks.refusal("the file has only blank lines; export it again")

    def _headers_of(self, line: str, row: int) -> Headers:
        written = written_cells(line)
        texts = tuple(map(text_of, written))
        if "\0" in line:
            problem = f"the header holds NUL bytes, as UTF-16 does; {SAVE_AGAIN}"
        elif any("\r" in cell and not is_quoted(cell) for cell in written):
            problem = f"the lines end in carriage returns alone; {SAVE_AGAIN}"
        elif any(map(is_broken, written)):
            problem = "a header has text after its closing quote; double every quote inside quotes"
        elif not any(map(str.strip, texts)):
            problem = "the header names no column; the first line that is not blank must name them"
        elif line.lower().startswith("sep="):
            problem = "this line is meant for Excel alone; remove it"
        elif len(texts) == 1 and (other := next((sign for sign in ";\t|" if sign in line), None)):
            problem = f"the columns are separated by {other!r}; save the file with commas between them"
        else:
            return Headers(texts)
        raise self._blocks.refusal(problem, row)

    def _chunk(self, block: bytearray, records: Records) -> Chunk:
        """The whole records in one frame. Odd ones are mended, with a finding where something was wrong."""
        blank = _blank(block, records)
        odd = np.flatnonzero((records.odd | (records.fields != self._width)) & ~blank)
        mended = [_mended(_line(block, records, index), self.headers) for index in odd.tolist()]
        lines = dict(zip(odd.tolist(), mended, strict=True))
        text = b"".join(_pieces(block, records, np.flatnonzero(blank).tolist(), lines))
        rows = np.arange(records.ends.size, dtype=np.uint32) + np.uint32(self._blocks.row)
        frame = self._parsed(text).insert_column(0, pl.Series("row", rows[~blank], pl.UInt32))
        return Chunk(frame, _said(rows[odd], mended))

    def _parsed(self, text: bytes) -> pl.DataFrame:
        schema = {f"c{index}": pl.String for index in range(self._width)}
        if not text:
            return pl.DataFrame(schema=schema)
        if text.startswith(BOM):  # here it is text of the first cell, but polars drops one
            text = BOM + text
        return pl.read_csv(text, has_header=False, schema=schema, null_values=[""])


def _blank(block: bytearray, records: Records) -> Flags:
    octets = np.frombuffer(block, dtype=np.uint8)
    first, sizes = octets[records.starts], records.ends - records.starts
    blank: Flags = (first == NEWLINE) | ((first == RETURN) & (sizes == len(b"\r\n")))
    return blank


def _line(block: bytearray, records: Records, index: int) -> str:
    return block[records.starts[index] : records.ends[index]].decode("utf-8")


def _mended(line: str, headers: Headers) -> _Mended:
    """Bring a record to the header's width, the surplus in its last cell, and double the quotes that are text."""
    written = written_cells(line)
    width = len(headers)
    cells = [*written[:width], *[""] * (width - len(written))]
    if len(written) > width:
        cells[-1] = quoted(",".join(written[width - 1 :]))
    for index in [index for index, cell in enumerate(cells) if '"' in cell and not is_quoted(cell)]:
        cells[index] = quoted(cells[index])
    return _Mended(f"{','.join(cells)}\n".encode(), *_fault(written, headers, line.count("\n")))


def _fault(written: list[str], headers: Headers, lines: int) -> tuple[str, str] | tuple[None, None]:
    """The code of what is wrong with a record, and the detail; nothing, where its quotes are merely text.

    An empty field too many is one as well: a separator inside a cell may have moved the others into wrong columns.
    """
    count, width = len(written), len(headers)
    swallowed = f"; it runs over {lines} lines: one quote may be too many" if lines > 1 else ""
    if (broken := next((index for index, cell in enumerate(written) if is_broken(cell)), None)) is not None:
        return "quotes_broken", f"in the column {headers.names[min(broken, width - 1)]}{swallowed}"
    if count == width:
        return None, None
    code = "fields_missing" if count < width else "fields_extra"
    return code, f"it has {count} fields, the header has {width}{swallowed}"


def _pieces(
    block: bytearray, records: Records, blank: list[int], mended: dict[int, _Mended]
) -> Iterator[bytes | memoryview]:
    """The block's records without the blank ones, and with the mended ones in their places."""
    whole, at = memoryview(block), 0
    for index in sorted([*blank, *mended]):
        yield whole[at : records.starts[index]]
        if index in mended:
            yield mended[index].line
        at = records.ends[index]
    yield whole[at : records.rest]


def _said(rows: Rows, mended: list[_Mended]) -> pl.DataFrame:
    wrong = [(row, one.code, one.detail) for row, one in zip(rows.tolist(), mended, strict=True) if one.code]
    if not wrong:
        return no_findings()
    frame = pl.DataFrame(wrong, schema={"row": pl.UInt32, "code": pl.String, "detail": pl.String}, orient="row")
    return findings(frame, pl.col("code"), None, detail=pl.col("detail"))
