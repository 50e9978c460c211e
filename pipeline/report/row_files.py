"""Row files: the source's own rows, split by what became of them: to-call.csv, to-fix.csv, left-out.csv."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.report.files import written_aside
from pipeline.side_by_side import side_by_side
from schemas.codes import CODES, Outcome
from schemas.plan import OWN_COLUMNS, Plan

#: A spreadsheet runs a cell that begins so (OWASP, CSV Injection), unless it is no more than a signed number.
_FORMULA = r"^[=@\t\r]|^[+\-].*[^0-9 ().\-]"


@dataclass(frozen=True)
class _RowFile:
    """A file of the rows with one outcome: each source column through `cell`, then what is `added`."""

    name: str
    outcome: Outcome
    cell: Callable[[str], pl.Expr]
    added: Mapping[str, pl.Expr]

    def header(self, headers: list[str]) -> bytes:
        """The first line, with the line end of RFC 4180 as in `lines`."""
        text = io.StringIO()
        csv.writer(text).writerow([*headers, *self.added])
        return text.getvalue().encode()

    def lines(self, rows: pl.DataFrame, columns: list[str]) -> memoryview:
        """The rows of a chunk that belong into the file."""
        mine = rows.filter(pl.col("outcome") == self.outcome).select(*map(self.cell, columns), **self.added)
        text = io.BytesIO()
        mine.write_csv(text, include_header=False, line_terminator="\r\n")
        return text.getbuffer()


def write_row_files(plan: Plan, folder: Path) -> list[Path]:
    """Write the three files; rows called before are in none of them. Returns their paths."""
    files = _row_files()
    kept = [index for index, text in enumerate(plan.source.headers) if text.strip() not in OWN_COLUMNS]
    columns = [f"c{index}" for index in kept]
    reasons = _reasons(plan)

    def lines(chunk: pl.DataFrame) -> list[memoryview]:
        told = chunk.join(reasons, on="row", how="left", maintain_order="left")
        return [file.lines(told, columns) for file in files]

    with ExitStack() as opened:
        written = [opened.enter_context(written_aside(folder / file.name)) for file in files]
        for file, out in zip(files, written, strict=True):
            out.write(BOM_UTF8 if plan.source.dialect.bom else b"")
            out.write(file.header([plan.source.headers[index] for index in kept]))
        for texts in side_by_side(lines, plan.spilled.source_columns(_rows(plan))):
            for out, text in zip(written, texts, strict=True):
                out.write(text)
    return [folder / file.name for file in files]


def _row_files() -> tuple[_RowFile, ...]:
    """Cells that a spreadsheet would run are neutralised where a file is for reading only; one to mend keeps every cell."""
    number = pl.concat_str(pl.lit("+"), pl.col("e164").cast(pl.String))
    called = {
        "campaign_row": pl.col("row"),
        "campaign_batch": pl.col("batch"),
        "campaign_number": pl.coalesce(number, pl.col("whatsapp")),
    }
    told = dict(zip(OWN_COLUMNS, map(pl.col, ("row", "codes", "reasons")), strict=True))
    return (
        _RowFile("to-call.csv", Outcome.PLANNED, neutralised, called),
        _RowFile("to-fix.csv", Outcome.TO_FIX, pl.col, told),
        _RowFile("left-out.csv", Outcome.LEFT_OUT, pl.col, told),
    )


def _rows(plan: Plan) -> pl.DataFrame:
    wanted = plan.rows.lazy().filter(pl.col("outcome") != Outcome.CALLED_BEFORE)
    return wanted.select("row", "outcome", "batch", "e164", "whatsapp", "codes").collect()


def neutralised(column: str) -> pl.Expr:
    """The column with an apostrophe before every cell that a spreadsheet would run."""
    cell = pl.col(column)
    return pl.when(cell.str.contains(_FORMULA)).then(pl.concat_str(pl.lit("'"), cell)).otherwise(cell).alias(column)


def _reasons(plan: Plan) -> pl.DataFrame:
    """Row and reasons: each finding of the row as `column: meaning (detail); remedy`, a sentence each."""
    code = pl.col("code").cast(pl.String)
    meanings = {name: each.meaning for name, each in CODES.items()}
    remedies = {name: each.remedy for name, each in CODES.items()}
    sentence = pl.concat_str(
        pl.concat_str("column", pl.lit(": ")).fill_null(""),
        code.replace_strict(meanings),
        pl.concat_str(pl.lit(" ("), "detail", pl.lit(")")).fill_null(""),
        pl.lit("; "),
        code.replace_strict(remedies),
        pl.lit("."),
    )
    return plan.findings.group_by("row").agg(sentence.str.join(" ").alias("reasons"))
