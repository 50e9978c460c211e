"""Ingest: a CSV export as frames of text, in chunks, each row numbered as the spreadsheet shows it (header = 1)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.plan.records import NEWLINE, Places, Records, find_records, read_record
from schemas.errors import CampaignError
from schemas.findings import findings, gathered
from schemas.headers import Headers

Flags = npt.NDArray[np.bool_]

_BOM = b"\xef\xbb\xbf"
_SEPARATOR = b","
#: Bytes read at once: about 350,000 rows of a CRM export, enough for the phone stage to be worth compiling for.
CHUNK_BYTES = 64 * 1024 * 1024
#: A cell longer than this is a quote that was never closed.
MAX_RECORD_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Chunk:
    """`frame`: row (UInt32) and c0…cN (String, null where empty), findings of FINDINGS_SCHEMA about its rows."""

    frame: pl.DataFrame
    findings: pl.DataFrame


class Export:
    """An open CRM export. `headers` is known at once; `sha256` and `rows` once all chunks were read."""

    def __init__(self, path: Path, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        self.path = path
        self._chunk_bytes = chunk_bytes
        self._digest = hashlib.sha256()
        self._row = 1
        self._offset = 0
        self._stream = _opened(path)
        try:
            self._rest = self._without_bom(self._read())
            self.headers = self._read_header()
        except BaseException:
            self._stream.close()
            raise

    @property
    def sha256(self) -> str:
        """Of the bytes read so far, in hex."""
        return self._digest.hexdigest()

    def chunks(self) -> Iterator[Chunk]:
        """Yield all rows below the header, in order; raises CampaignError where the file cannot be read on."""
        with self._stream:
            block, at_end = self._rest, False
            while not at_end:
                more = self._read()
                at_end = not more
                block = _ended(block + more) if at_end else block + more
                records = find_records(block, _SEPARATOR)
                self._refuse_open_quote(block, records, at_end=at_end)
                if records.starts.size:
                    yield self._chunk(block, records)
                self._row += records.starts.size
                self._offset += records.rest
                block = block[records.rest :]

    def _read(self) -> bytes:
        block = self._stream.read(self._chunk_bytes)
        self._digest.update(block)
        return block

    def _without_bom(self, block: bytes) -> bytes:
        if not block:
            raise CampaignError(f"{self.path}: the file is empty; export it again")
        if block[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise CampaignError(f'{self.path}: the file is UTF-16; save it as "CSV UTF-8"')
        if block.startswith(_BOM):
            self._offset = len(_BOM)
        return block.removeprefix(_BOM)

    def _read_header(self) -> Headers:
        while True:
            records = find_records(
                _ended(self._rest) if len(self._rest) < self._chunk_bytes else self._rest, _SEPARATOR
            )
            self._refuse_open_quote(self._rest, records, at_end=len(self._rest) < self._chunk_bytes)
            for start, end in zip(records.starts.tolist(), records.ends.tolist(), strict=True):
                line = self._rest[start:end]
                if line.strip():
                    self._offset += end
                    self._rest = self._rest[end:]
                    return self._headers_of(line)
                self._row += 1
            more = self._read()
            if not more:
                raise CampaignError(f"{self.path}: the file has no header row, only empty lines; export it again")
            self._rest += more

    def _headers_of(self, line: bytes) -> Headers:
        self._check_text(line, np.array([len(line)]), self._row)
        cells = read_record(line, _SEPARATOR, strict=True)
        if cells is None:
            raise CampaignError(
                f"{self.path}: row {self._row}: the quotes of the header are broken; double every quote inside a quoted cell"
            )
        if not any(cell.strip() for cell in cells):
            raise CampaignError(f"{self.path}: row {self._row}: the header names no column")
        if len(cells) == 1 and (other := next((sign for sign in ";\t|" if sign in cells[0]), None)):
            raise CampaignError(
                f"{self.path}: the columns are separated by {other!r}; this version reads commas: save the file as CSV with commas"
            )
        return Headers(tuple(cells))

    def _refuse_open_quote(self, block: bytes, records: Records, *, at_end: bool) -> None:
        waiting = len(block) - records.rest
        if records.open_quote is not None and (at_end or waiting > MAX_RECORD_BYTES):
            row = self._row + records.starts.size + (1 if hasattr(self, "headers") else 0)
            text = block[records.open_quote : records.open_quote + 24].decode("utf-8", "replace").splitlines()[0]
            raise CampaignError(
                f"{self.path}: row {row}: the quote before {text[1:]!r} is never closed; close or remove it"
            )

    def _chunk(self, block: bytes, records: Records) -> Chunk:
        """The whole records in one frame; ragged and broken ones are added as they are, with a finding."""
        blank = _is_blank(block, records)
        odd = records.fields != len(self.headers)
        odd[list(records.broken)] = True
        odd &= ~blank
        rows = np.arange(records.starts.size, dtype=np.uint32) + self._row + 1
        whole = ~(odd | blank)
        frame = self._parsed(block, records, whole)
        frame = frame.insert_column(0, pl.Series("row", rows[whole], pl.UInt32))
        if not odd.any():
            return Chunk(frame, gathered([]))
        mended, found = self._odd_rows(block, records, rows, np.flatnonzero(odd).tolist())
        return Chunk(pl.concat([frame, mended]).sort("row"), found)

    def _parsed(self, block: bytes, records: Records, whole: Flags) -> pl.DataFrame:
        names = [f"c{index}" for index in range(len(self.headers))]
        expected = int(whole.sum())
        if not expected:
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        text = b"".join((",".join(names).encode(), b"\n", *_kept(block, records, whole)))
        try:
            frame = pl.read_csv(text, infer_schema=False, truncate_ragged_lines=True)
        except pl.exceptions.ComputeError:
            self._check_text(block, records.ends)
            raise
        if frame.height != expected:
            raise CampaignError(
                f"{self.path}: {expected} rows were found below row {self._row} but {frame.height} were read; please report this file"
            )
        return frame

    def _check_text(self, text: bytes, ends: Places, first_row: int | None = None) -> None:
        """Raise if the text is not UTF-8; `ends` are the ends of its records, the first of which is `first_row`."""
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            row = (self._row + 1 if first_row is None else first_row) + int(
                np.searchsorted(ends, error.start, side="right")
            )
            raise CampaignError(
                f"{self.path}: row {row}: byte {text[error.start]:#04x} (place {self._offset + error.start + 1} of the file) is not UTF-8; "
                'save the file as "CSV UTF-8"',
            ) from None

    def _odd_rows(
        self, block: bytes, records: Records, rows: npt.NDArray[np.uint32], odd: list[int]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Records that polars would misread, one by one: few, or the file is not a CSV."""
        width = len(self.headers)
        cells: list[list[str]] = []
        said: list[tuple[int, str, str]] = []
        for index in odd:
            line = block[records.starts[index] : records.ends[index]]
            self._check_text(line, np.array([len(line)]), int(rows[index]))
            row, code, detail = _judged(line, width)
            cells.append(row)
            if code:
                said.append((int(rows[index]), code, detail))
        schema = {"row": pl.UInt32} | {f"c{index}": pl.String for index in range(width)}
        texts = [[int(rows[index]), *(cell or None for cell in row)] for index, row in zip(odd, cells, strict=True)]
        frame = pl.DataFrame(texts, schema=schema, orient="row")
        about = pl.DataFrame(said, schema={"row": pl.UInt32, "code": pl.String, "detail": pl.String}, orient="row")
        return frame, findings(about, pl.col("code"), None, detail=pl.col("detail"))


def _judged(line: bytes, width: int) -> tuple[list[str], str | None, str]:
    """The cells of one odd record, brought to the header's width, and what is wrong with it (None: nothing is)."""
    cells = read_record(line, _SEPARATOR, strict=True)
    if cells is None:
        text = line.decode("utf-8").rstrip("\r\n")
        return [text, *[""] * (width - 1)], "quotes_broken", "the whole line stands in the first cell"
    detail = f"it has {len(cells)} fields, the header has {width}"
    if len(cells) > width and any(cells[width:]):
        surplus = _SEPARATOR.decode().join(cells[width - 1 :])
        return (
            [*cells[: width - 1], surplus],
            "fields_extra",
            f"{detail}; the surplus stands in the last cell",
        )
    if len(cells) < width:
        return cells + [""] * (width - len(cells)), "fields_missing", detail
    return cells[:width], None, ""


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise CampaignError(f"{path}: there is no such file; check the path") from None
    except OSError as error:
        raise CampaignError(f"{path}: cannot be read: {error.strerror}") from None


def _ended(block: bytes) -> bytes:
    return block if not block or block.endswith(b"\n") else block + b"\n"


def _is_blank(block: bytes, records: Records) -> Flags:
    octets = np.frombuffer(block, dtype=np.uint8)
    first = octets[records.starts]
    blank: Flags = (first == NEWLINE) | ((first == ord("\r")) & (records.ends - records.starts == 2))  # noqa: PLR2004
    return blank


def _kept(block: bytes, records: Records, whole: Flags) -> Iterator[bytes]:
    """The bytes of the whole records, neighbours together."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], whole, [False])).astype(np.int8)))
    for first, last in zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True):
        yield block[records.starts[first] : records.ends[last - 1]]
