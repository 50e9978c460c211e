"""Columns of an export as a proposal sees them: name, what it says, and the cells."""

from dataclasses import dataclass

import polars as pl

from pipeline.propose.names import meaning_of
from pipeline.propose.sample import Sample
from schemas.opt_out import Asks, asks
from schemas.plan import OWN_COLUMNS
from schemas.proposal import Meaning


@dataclass(frozen=True, eq=False)
class Column:
    """`name` is for people, `reference` for templates. `all_cells` are as long as the sample, null where blank."""

    index: int
    name: str
    reference: str
    meaning: Meaning | None
    asks: Asks | None
    all_cells: pl.Series
    filled: int
    whole: int

    @property
    def cells(self) -> pl.Series:
        """The filled cells of the sample."""
        return self.all_cells.drop_nulls().str.strip_chars()

    @property
    def empty_share(self) -> float:
        """Which part of the whole file's cells is empty."""
        return 1 - self.filled / self.whole if self.whole else 0.0


def columns_of(sample: Sample) -> list[Column]:
    """Every column that a template can name, but for those that this program has added."""
    headers = sample.headers
    return [
        Column(
            index=index,
            name=name,
            reference=reference,
            meaning=meaning_of(text),
            asks=asks(text),
            all_cells=sample.cells[f"c{index}"],
            filled=sample.filled[index],
            whole=sample.whole,
        )
        for index, (name, text) in enumerate(zip(headers.names, headers.texts, strict=True))
        if name.casefold() not in OWN_COLUMNS and (reference := headers.reference(index)) is not None
    ]


def told(count: float, of: int, what: str) -> str:
    """`98 % of 1,000 cells are phone numbers`: a share that is not all is never said to be."""
    percent = min(round(100 * count), 99) if count < 1 else 100
    return f"{percent} % of {of:,} cells are {what}" if of else "no cell is filled"
