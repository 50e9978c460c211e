"""Row files: the source's own rows, split by what became of them: to-call.csv, to-fix.csv, left-out.csv; and what was repaired.

All are written as the source is. Those that may be mended and read again keep every cell as it was; in those that are for
reading only, cells that a spreadsheet would run as formulas are neutralised.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.report.files import written_aside
from pipeline.report.separated import first_line, lines, marked, sayable
from pipeline.side_by_side import side_by_side
from schemas.codes import CODES
from schemas.dialect import Dialect
from schemas.outcomes import Outcome
from schemas.plan import OWN_COLUMNS, Plan

#: A spreadsheet runs a cell that begins so (OWASP, CSV Injection), unless it is no more than a signed number.
_FORMULA = r"^[=@\t\r]|^[+\-].*[^0-9\p{Zs}\p{Cf}().\-]"
_REPAIRED, _WORKBOOK = "repaired.csv", "to-fix.xlsx"
#: More rows than these are not mended by hand, and would take seconds to write; to-fix.csv has all of them.
MOST_IN_WORKBOOK = 10_000
_GLANCE = 1_000
_MOST_COLUMNS = 16_000  # Excel has 16,384


@dataclass(frozen=True)
class _RowFile:
    """A file of the rows with one outcome: each source column through `cell`, then what is `added`."""

    name: str
    outcome: Outcome
    cell: Callable[[str], pl.Expr]
    added: Mapping[str, pl.Expr]

    def rows(self, chunk: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
        """The rows of a chunk that belong into the file, as they are written."""
        return chunk.filter(pl.col("outcome") == self.outcome).select(*map(self.cell, columns), **self.added)


def write_row_files(plan: Plan, folder: Path) -> list[Path]:
    """Write them; rows called before are in none. What a file has nothing to tell in is not there. Returns the paths.

    Where the source's encoding lacks a character, or Excel would not know UTF-8 by itself, all are UTF-8 with a mark.
    """
    dialect = plan.source.dialect
    try:
        lines(_first_rows(plan), dialect)  # most often it shows at once
        return _written(plan, folder, dialect)
    except UnicodeEncodeError:  # by cells of another file, too, or values that the campaign file lists
        pass  # what was written lives no longer than the error
    return _written(plan, folder, marked(dialect))


def _written(plan: Plan, folder: Path, dialect: Dialect) -> list[Path]:
    files, headers, reasons = _row_files(), _kept(plan), _reasons(plan)
    with ExitStack() as opened, ThreadPoolExecutor(1) as beside:
        workbook = beside.submit(_workbook, plan, reasons, folder)  # Python's work, while polars does the rest
        written = [opened.enter_context(written_aside(folder / file.name)) for file in files]
        for file, out in zip(files, written, strict=True):
            out.write(first_line([*headers.values(), *file.added], dialect))
        parts = _parts(files, [*headers], reasons, dialect)
        for texts in side_by_side(parts, plan.spilled.source_columns(_rows(plan))):
            for out, text in zip(written, texts, strict=True):
                out.write(text)
        paths = [folder / file.name for file in files]
        return [*paths, *workbook.result(), *_repairs(plan, folder, dialect)]


def _parts(
    files: tuple[_RowFile, ...], columns: list[str], reasons: pl.DataFrame, dialect: Dialect
) -> Callable[[pl.DataFrame], list[bytes]]:
    """What a chunk is in each file."""
    said = reasons.with_columns(sayable(reasons["reasons"], dialect))

    def parts(chunk: pl.DataFrame) -> list[bytes]:
        is_planned = pl.col("outcome") == Outcome.PLANNED
        told = chunk.filter(~is_planned).join(said, on="row", how="left", maintain_order="left")
        called = chunk.filter(is_planned)  # nearly all, and nothing is said of them
        return [lines(f.rows(called if f.outcome is Outcome.PLANNED else told, columns), dialect) for f in files]

    return parts


def _workbook(plan: Plan, reasons: pl.DataFrame, folder: Path) -> list[Path]:
    """The rows to fix as a workbook, which Excel does not damage when it saves it; none that an earlier check left."""
    path, headers = folder / _WORKBOOK, _kept(plan)
    rows = _rows(plan).filter(pl.col("outcome") == Outcome.TO_FIX).head(MOST_IN_WORKBOOK)
    if rows.is_empty() or len(headers) > _MOST_COLUMNS:
        path.unlink(missing_ok=True)
        return []
    from pipeline.report.to_fix_workbook import write_workbook  # noqa: PLC0415 -- seldom needed, and slow to load

    told = pl.concat(plan.spilled.source_columns(rows)).join(reasons, on="row", how="left", maintain_order="left")
    own = [pl.col(name).alias(own) for name, own in zip(("row", "codes", "reasons"), OWN_COLUMNS, strict=True)]
    write_workbook(path, plan, told.select("row", *headers, *own), list(headers.values()))
    return [path]


def _repairs(plan: Plan, folder: Path, dialect: Dialect) -> Iterator[Path]:
    """Every cell that was damaged and is read all the same; no list that an earlier check left."""
    path = folder / _REPAIRED
    if plan.repairs.is_empty():
        path.unlink(missing_ok=True)
        return
    done = pl.col("code").cast(pl.String).replace_strict({name: each.repaired for name, each in CODES.items()})
    told = {"campaign_row": pl.col("row"), "campaign_code": pl.col("code"), "column": neutralised("column"),
            "cell": neutralised("before"), "read_as": pl.col("after"), "what_was_done": done}  # fmt: skip
    with written_aside(path) as out:
        out.write(first_line([*told], dialect))
        out.write(lines(plan.repairs.select(**told), dialect))
    yield path


def _kept(plan: Plan) -> dict[str, str]:
    """The source's columns but those that are ours, by their name in the frame: the headers as written."""
    return {f"c{at}": text for at, text in enumerate(plan.source.headers) if text.strip() not in OWN_COLUMNS}


def _row_files() -> tuple[_RowFile, ...]:
    """What may be mended keeps every cell: rows to fix, and rows left out, where a number may be added."""
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


def _first_rows(plan: Plan) -> pl.DataFrame:
    return next(iter(plan.spilled.source_columns(_rows(plan).head(_GLANCE))), pl.DataFrame())


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
