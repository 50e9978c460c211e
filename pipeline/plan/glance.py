"""A glance at a sheet: what stands in a workbook beside the values that its reader gives."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

#: A cell's row and column, from 1, and its text.
CELLS: dict[str, type[pl.DataType]] = {"row": pl.UInt32, "column": pl.UInt32, "text": pl.String}


@dataclass(frozen=True)
class Glance:
    """`hidden` are row numbers, `formulas` all of them, `unsaved` those without a result, `merged` the merged ranges.

    `cells` (CELLS) are those that a person sees in another way; `first_column` is the first that holds anything.
    """

    hidden: tuple[int, ...] = ()
    formulas: int = 0
    unsaved: int = 0
    merged: int = 0
    cells: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CELLS))
    first_column: int = 1

    def told(self) -> Iterator[str]:
        """What a person should know of it."""
        few = ", ".join(map(str, self.hidden[:5])) + (" …" if len(self.hidden) > 5 else "")  # noqa: PLR2004
        if self.hidden:
            yield f"Hidden rows were read like the others: {len(self.hidden):,} ({few})."
        if self.formulas:
            yield f"Of formulas the last stored results were read: {self.formulas:,} cells."
        if self.merged:
            yield f"Merged cells count for their first row and column alone: {self.merged:,} ranges."
