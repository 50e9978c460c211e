"""Sample: so many rows of an export, evenly from all of it, and how many cells of each column are filled in all its rows."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.plan.ingest import Chunk, Export
from pipeline.plan.texts import filled
from schemas.headers import Headers

#: So many rows say what a column holds; of each part of a large file as many are kept until its end is known.
MOST = 1000


@dataclass(frozen=True)
class Sample:
    """`cells` has c0…cN (String, null where blank), at most MOST rows.

    `filled` is by column, of all of the file's `rows` that are `whole`.
    """

    headers: Headers
    cells: pl.DataFrame
    filled: tuple[int, ...]
    whole: int
    rows: int


def sampled(path: Path) -> Sample:
    """Read a file; raises CampaignError where it cannot be read. Rows that are not whole tell nothing, but are counted."""
    counts: Counter[str] = Counter()
    parts: list[pl.DataFrame] = []
    whole = 0
    with Export(path) as export:
        for chunk in export.chunks():
            cells = _cells(chunk)
            whole += cells.height
            counts.update(cells.select(pl.all().count()).row(0, named=True))
            parts.append(_even(cells))
        names = [f"c{index}" for index in range(len(export.headers))]
        none = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        cells = _even(pl.concat([none, *parts]))
        return Sample(export.headers, cells, tuple(counts[name] for name in names), whole, export.rows)


def _cells(chunk: Chunk) -> pl.DataFrame:
    whole = chunk.frame.join(chunk.findings, on="row", how="anti").drop("row")
    return whole.select(filled(name) for name in whole.columns)


def _even(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.gather_every(-(-cells.height // MOST)) if cells.height > MOST else cells
