"""The plan's own file on disk: recipient texts and source columns wait there, so that memory does not grow with rows.

The file has no name (it is unlinked as soon as it is open), so nothing of it outlives the program, however that ends.
It is let go together with the plan.
"""

import io
import os
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import polars as pl

from pipeline.side_by_side import side_by_side
from schemas.request import RECIPIENT_SEPARATOR


@dataclass(frozen=True)
class Packed:
    """A frame that begins with `row`, compressed, and the first and last of its rows."""

    ipc: bytes
    first_row: int
    last_row: int


def packed(frame: pl.DataFrame) -> Packed:
    """Compress a frame, sorted by `row`. An empty one spans no row."""
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="lz4")
    first, last = (frame["row"][0], frame["row"][-1]) if frame.height else (1, 0)
    return Packed(buffer.getvalue(), first, last)


@dataclass(frozen=True)
class _Place:
    """Where a frame lies in the file, in bytes, and the rows of the export that it spans."""

    offset: int
    length: int
    first_row: int
    last_row: int

    def of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The given rows, sorted by `row`, that lie in the span."""
        start = rows["row"].search_sorted(self.first_row)
        return rows.slice(start, rows["row"].search_sorted(self.last_row, side="right") - start)


@dataclass
class Spill:
    """Frames in the order they were put aside, compressed. Implements schemas.plan.Spilled."""

    _file: IO[bytes] = field(default_factory=lambda: tempfile.TemporaryFile(prefix="campaign-"))  # noqa: SIM115 -- as long as the plan
    _sources: list[_Place] = field(default_factory=list)
    _recipients: list[_Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        weakref.finalize(self, self._file.close)

    def add(self, source: Packed, recipients: Packed) -> None:
        """Put aside a chunk: `source` has row and c0…, `recipients` row and recipient (String)."""
        self._sources.append(self._write(source))
        self._recipients.append(self._write(recipients))

    def payloads(self, rows: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
        """Yield (batch number, recipient texts joined by RECIPIENT_SEPARATOR), each as soon as it is whole."""
        wanted = rows.select("row", "batch").drop_nulls()
        left = dict(wanted["batch"].value_counts().iter_rows())
        waiting: dict[int, list[bytes]] = {}  # one batch of each start at the most
        for here in self._beside(self._recipients, wanted):
            for part in here.partition_by("batch", maintain_order=True):
                number = part["batch"][0]
                # Objects only of one batch's texts, for a moment: joining bytes is the fastest way to one buffer.
                waiting[number] = [*waiting.get(number, ()), *part["recipient"].cast(pl.Binary).to_list()]
                left[number] -= part.height
                if not left[number]:
                    yield number, RECIPIENT_SEPARATOR.join(waiting.pop(number))

    def source_columns(self, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield the given rows with c0… after their own columns, chunk by chunk."""
        return self._beside(self._sources, rows)

    def _beside(self, places: list[_Place], rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield the rows with what was put aside for them; frames in which none of them lies are not read."""
        self._file.flush()

        def read(found: tuple[_Place, pl.DataFrame]) -> pl.DataFrame:
            place, here = found
            frame = pl.read_ipc(io.BytesIO(os.pread(self._file.fileno(), place.length, place.offset)))
            if here.height < frame.height:  # all of them are there, and both are sorted: no join is needed
                frame = frame[frame["row"].search_sorted(here["row"])]
            return here.hstack(frame.drop("row"))

        wanted = ((place, here) for place in places if (here := place.of(rows)).height)
        return side_by_side(read, wanted)

    def _write(self, frame: Packed) -> _Place:
        offset = self._file.seek(0, io.SEEK_END)
        self._file.write(frame.ipc)
        return _Place(offset, len(frame.ipc), frame.first_row, frame.last_row)
