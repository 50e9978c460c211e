"""The plan's own file on disk: recipient texts and source columns wait there, so that memory does not grow with rows.

The file has no name (it is unlinked as soon as it is open), so nothing of it outlives the program, however that ends.
It is let go together with the plan.
"""

import io
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import polars as pl

from schemas.codes import Outcome
from schemas.request import RECIPIENT_SEPARATOR


@dataclass(frozen=True)
class _Place:
    offset: int
    length: int


@dataclass
class Spill:
    """Frames in the order they were put aside, compressed. Implements schemas.plan.Spilled."""

    _file: IO[bytes] = field(default_factory=lambda: tempfile.TemporaryFile(prefix="campaign-"))  # noqa: SIM115 -- as long as the plan
    _sources: list[_Place] = field(default_factory=list)
    _recipients: list[_Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        weakref.finalize(self, self._file.close)

    def add(self, source: pl.DataFrame, recipients: pl.DataFrame) -> None:
        """Put aside a chunk: `source` has row and c0…, `recipients` row and recipient (String)."""
        self._sources.append(self._write(source))
        self._recipients.append(self._write(recipients))

    def payloads(self, rows: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
        """Yield (batch number, recipient texts joined by RECIPIENT_SEPARATOR), in order."""
        planned = rows.filter(pl.col("outcome") == Outcome.PLANNED).select("row", "batch")
        number = 0
        waiting: list[bytes] = []
        for frame in self._frames(self._recipients):
            here = frame.join(planned, on="row", how="inner", maintain_order="left")
            for part in here.partition_by("batch", maintain_order=True):
                if waiting and part["batch"][0] != number:
                    yield number, RECIPIENT_SEPARATOR.join(waiting)
                    waiting = []
                number = part["batch"][0]
                # Objects only of one batch's texts, for a moment: joining bytes is the fastest way to one buffer.
                waiting += part["recipient"].cast(pl.Binary).to_list()
        if waiting:
            yield number, RECIPIENT_SEPARATOR.join(waiting)

    def source_columns(self, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield row and c0… of the given rows, in file order, chunk by chunk."""
        wanted = rows.select("row")
        for frame in self._frames(self._sources):
            yield frame.join(wanted, on="row", how="semi", maintain_order="left")

    def _write(self, frame: pl.DataFrame) -> _Place:
        offset = self._file.seek(0, io.SEEK_END)
        frame.write_ipc(self._file, compression="lz4")
        return _Place(offset, self._file.seek(0, io.SEEK_END) - offset)

    def _frames(self, places: list[_Place]) -> Iterator[pl.DataFrame]:
        for place in places:
            self._file.seek(place.offset)
            yield pl.read_ipc(io.BytesIO(self._file.read(place.length)))
