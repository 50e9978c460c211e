"""Ingest: what people save, as frames of text, in chunks, each row numbered as the spreadsheet shows it (header = 1).

Several files are read as one: the rows of the second are numbered on from the last row of the first.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import polars as pl

from pipeline.plan.chunk import Chunk, Table
from pipeline.plan.files import Kind, Named, named
from pipeline.plan.recognise import recognised
from pipeline.plan.separated import Separated
from schemas.errors import CampaignError
from schemas.plan import Part, Source
from schemas.source_table import SourceTable

__all__ = ["CHUNK_BYTES", "Chunk", "Export"]

#: Bytes read at once: about 140,000 rows of a CRM export; more take more memory and are hardly faster.
CHUNK_BYTES = 24 * 1024 * 1024


#: Nothing is declared.
_FOUND_OUT = SourceTable()


class Export:
    """What one or several files hold, closed by `with`. `headers` are known at once; `source` when all chunks are read.

    A path may be a pattern, such as `exports/*.csv`, or `-`. Raises CampaignError where a file cannot be read as a table.
    """

    def __init__(
        self, paths: Path | Sequence[Path], table: SourceTable = _FOUND_OUT, *, chunk_bytes: int = CHUNK_BYTES
    ) -> None:
        self._files = named([paths] if isinstance(paths, Path) else paths)
        self._table, self._chunk_bytes = table, chunk_bytes
        self._parts: list[Part] = []
        self._digests: list[str] = []
        self._said: list[str] = []
        self.rows = 0
        self._open = self._opened(self._files[0])
        self.headers = self._open.headers
        self._dialect = self._open.dialect

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def source(self) -> Source:
        """The files, as far as they were read."""
        parts = tuple(self._parts) if len(self._files) > 1 else ()
        name = Path(self._files[0].name)
        return Source(name, self.sha256, self.headers.texts, self.rows, self._dialect, tuple(self._said), parts)

    @property
    def sha256(self) -> str:
        """Of the bytes read so far, in hex; of several files, of their sums in order."""
        if len(self._files) == 1:
            return self._open.sha256
        return hashlib.sha256("".join(self._digests).encode()).hexdigest()

    def chunks(self) -> Iterator[Chunk]:
        """Yield all rows below the headers, in order; raises CampaignError where a file cannot be read on."""
        offset = 0
        for number, file in enumerate(self._files):
            if number:
                self._open = self._opened(file)
                self._check_headers(file)
            self._parts.append(Part(Path(file.name), offset))
            for chunk in self._open.chunks():
                self.rows += chunk.frame.height
                yield self._placed(chunk, self._parts[-1])
            offset += self._open.last_row
            self._end(file)

    def _opened(self, file: Named) -> Table:
        if file.kind is Kind.WORKBOOK:
            from pipeline.plan.workbooks import Workbook  # noqa: PLC0415 -- a plain CSV needs none of it

            return Workbook(file, self._table.sheet)
        if file.kind is Kind.PARQUET:
            from pipeline.plan.parquet import Parquet  # noqa: PLC0415

            return Parquet(file)
        dialect, said = recognised(file, self._table)
        return Separated(file, dialect, said, chunk_bytes=self._chunk_bytes)

    def _check_headers(self, file: Named) -> None:
        """All files have the columns of the first, in its order."""
        first, names = self._files[0].name, self._open.headers.names
        missing = [name for name in self.headers.names if name not in names]
        more = [name for name in names if name not in self.headers.names]
        if names == self.headers.names:
            return
        self._open.close()
        if missing or more:
            faults = [
                f"{what} {', '.join(map(repr, found[:3]))}"
                for what, found in (("lacks", missing), ("adds", more))
                if found
            ]
            raise CampaignError(
                f"{file.name} has other columns than {first}: it {' and '.join(faults)}; run them one by one"
            )
        raise CampaignError(f"{file.name} has the columns of {first} in another order; run them one by one")

    def _placed(self, chunk: Chunk, part: Part) -> Chunk:
        """With rows numbered on from the file before."""
        if not part.offset:
            return chunk
        moved = pl.col("row") + pl.lit(part.offset, pl.UInt32)
        return Chunk(chunk.frame.with_columns(moved), chunk.findings.with_columns(moved))

    def _end(self, file: Named) -> None:
        table, several = self._open, len(self._files) > 1
        table.close()
        self._digests.append(table.sha256)
        if several:
            offset = self._parts[-1].offset
            more = f", whose rows are numbered on from {offset + 1} here: row 2 is {offset + 2}" if offset else ""
            self._said.append(f"{file.name} holds {table.rows:,} rows{more}.")
        self._said += [f"{file.name}: {each}" for each in table.said] if several else table.said
