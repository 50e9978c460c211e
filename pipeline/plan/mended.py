"""Mending: a record of the wrong width or with stray quotes as a line that can be read, and what was wrong with it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.plan.records import Signs
from schemas.findings import findings, no_findings
from schemas.headers import Headers


@dataclass(frozen=True)
class Mended:
    """An odd record as a line that polars reads, of as many fields as the header has; `code` is what was wrong, or None."""

    line: bytes
    code: str | None
    detail: str | None


def mended(line: str, headers: Headers, signs: Signs) -> Mended:
    """Bring a record to the header's width, the surplus in its last cell, and double the quotes that are text."""
    written = signs.written_cells(line)
    width = len(headers)
    cells = [*written[:width], *[""] * (width - len(written))]
    if len(written) > width:
        cells[-1] = signs.quoted(signs.separator.join(written[width - 1 :]))
    for index in [index for index, cell in enumerate(cells) if signs.quote in cell and not signs.is_quoted(cell)]:
        cells[index] = signs.quoted(cells[index])
    whole = f"{signs.separator.join(cells)}{signs.newline}".encode()
    return Mended(whole, *_fault(written, headers, signs, line.count(signs.newline)))


def _fault(written: list[str], headers: Headers, signs: Signs, lines: int) -> tuple[str, str] | tuple[None, None]:
    """The code of what is wrong with a record, and the detail; nothing, where its quotes are merely text.

    An empty field too many is one as well: a separator inside a cell may have moved the others into wrong columns.
    """
    count, width = len(written), len(headers)
    swallowed = f"; it runs over {lines} lines: one quote may be too many" if lines > 1 else ""
    if (broken := next((index for index, cell in enumerate(written) if signs.is_broken(cell)), None)) is not None:
        return "quotes_broken", f"in the column {headers.names[min(broken, width - 1)]}{swallowed}"
    if count == width:
        return None, None
    code = "fields_missing" if count < width else "fields_extra"
    return code, f"it has {count} fields, the header has {width}{swallowed}"


def said_of(rows: npt.NDArray[np.uint32], mended: list[Mended]) -> pl.DataFrame:
    """Findings about the rows in which something was wrong."""
    wrong = [(row, one.code, one.detail) for row, one in zip(rows.tolist(), mended, strict=True) if one.code]
    if not wrong:
        return no_findings()
    frame = pl.DataFrame(wrong, schema={"row": pl.UInt32, "code": pl.String, "detail": pl.String}, orient="row")
    return findings(frame, pl.col("code"), None, detail=pl.col("detail"))
