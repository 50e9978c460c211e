"""Row files: the source's own rows, split by what became of them: to-call.csv, to-fix.csv, left-out.csv."""

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from pipeline.report.files import written_aside
from pipeline.side_by_side import side_by_side
from schemas.codes import CODES, Outcome
from schemas.plan import OWN_COLUMNS, Plan

#: A spreadsheet runs a cell that begins so (OWASP, CSV Injection), unless it is no more than a signed number.
_FORMULA = r"^[=@\t\r]|^[+\-].*[^0-9 ().\-]"


def write_row_files(plan: Plan, folder: Path) -> list[Path]:
    """Write the three files; rows called before are in none of them. Returns their paths."""
    reasons = _reasons(plan)
    return [
        _write_to_call(plan, folder / "to-call.csv"),
        _write_told(plan, reasons, Outcome.TO_FIX, folder / "to-fix.csv"),
        _write_told(plan, reasons, Outcome.LEFT_OUT, folder / "left-out.csv"),
    ]


def _write_to_call(plan: Plan, path: Path) -> Path:
    """For reading only: cells that a spreadsheet would run are neutralised with an apostrophe."""
    planned = plan.rows.lazy().filter(pl.col("outcome") == Outcome.PLANNED)
    rows = planned.select("row", "batch", "e164", "whatsapp").collect()
    number = pl.concat_str(pl.lit("+"), pl.col("e164").cast(pl.String))
    added = {
        "campaign_row": pl.col("row"),
        "campaign_batch": pl.col("batch"),
        "campaign_number": pl.coalesce(number, pl.col("whatsapp")),
    }
    return _write(plan, rows, added, path, _neutralised)


def _write_told(plan: Plan, reasons: pl.DataFrame, outcome: Outcome, path: Path) -> Path:
    """Made to be mended and read again: every cell as it was."""
    rows = plan.rows.lazy().filter(pl.col("outcome") == outcome).select("row", "codes").collect()
    told = rows.join(reasons, on="row", how="left", maintain_order="left")
    added = dict(zip(OWN_COLUMNS, map(pl.col, ("row", "codes", "reasons")), strict=True))
    return _write(plan, told, added, path, pl.col)


def _write(
    plan: Plan, rows: pl.DataFrame, added: Mapping[str, pl.Expr], path: Path, cell: Callable[[str], pl.Expr]
) -> Path:
    """Write the source's columns of these rows, each through `cell`, then what is `added` from the rows' own columns."""
    kept = [index for index, text in enumerate(plan.source.headers) if text.strip() not in OWN_COLUMNS]
    cells = [cell(f"c{index}") for index in kept]
    with written_aside(path) as file:
        file.write(_line([*(plan.source.headers[index] for index in kept), *added]))
        for lines in side_by_side(
            lambda chunk: _lines(chunk.select(*cells, **added)), plan.spilled.source_columns(rows)
        ):
            file.write(lines)
    return path


def _lines(rows: pl.DataFrame) -> bytes:
    return rows.write_csv(include_header=False, line_terminator="\r\n").encode()


def _line(cells: list[str]) -> bytes:
    """One CSV line, with the line end of RFC 4180 as in `_lines`."""
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _neutralised(column: str) -> pl.Expr:
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
