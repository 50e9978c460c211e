"""to-fix.xlsx: the rows to fix as text cells, which Excel leaves as they are; what is wrong is coloured, the remedy beside it.

Written by XlsxWriter, twice as fast as openpyxl's write-only mode, and in memory: no temporary file holds people.
"""

import io
from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from pipeline.report.files import written_aside
from schemas.codes import CODES
from schemas.outcomes import Outcome, Weight
from schemas.plan import OWN_COLUMNS, Plan

#: Excel holds so many characters in a cell; bytes are never fewer.
_MOST_BYTES = 32_767
_TO_FIX = [code.name for code in CODES.values() if code.weight is Weight.TO_FIX]
_WIDTHS = {OWN_COLUMNS[0]: 14, OWN_COLUMNS[1]: 26, OWN_COLUMNS[2]: 90}
_WIDTH = 18
_TEXT = {"num_format": "@", "valign": "top"}
_BAD = _TEXT | {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
_HEAD = _TEXT | {"bold": True, "bottom": 1}


def write_workbook(path: Path, plan: Plan, rows: pl.DataFrame, headers: list[str]) -> None:
    """Write rows to fix: `row`, the source's columns under `headers`, and OWN_COLUMNS. A list that is cut says so.

    Left away are rows with a cell that Excel cannot hold: one too long, or with what XML has no character for.
    """
    texts = rows.with_columns(pl.exclude("row").cast(pl.String))
    shown = texts.filter(pl.all_horizontal(_is_held(pl.col(pl.String)).fill_null(value=True)))
    marks, whole_row = _bad_cells(plan, shown), {shown.width - 2}
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_title(shown.height, plan.count(Outcome.TO_FIX)))
        text, bad = book.add_format(_TEXT), book.add_format(_BAD)
        _lay_out(sheet, [*headers, *OWN_COLUMNS], shown.height, text, book.add_format(_HEAD))
        for line, (row, *cells) in enumerate(shown.iter_rows(), start=1):
            wrong = marks.get(row, whole_row)
            for column, cell in enumerate(cells):
                form = bad if column in wrong else text
                if cell is None:
                    sheet.write_blank(line, column, None, form)
                else:
                    sheet.write_string(line, column, cell, form)
    with written_aside(path) as file:
        file.write(content.getbuffer())


def _is_held(cell: pl.Expr) -> pl.Expr:
    return (cell.str.len_bytes() <= _MOST_BYTES) & ~cell.str.contains(r"[\x{FFFE}\x{FFFF}]")


def _title(shown: int, to_fix: int) -> str:
    """The sheet's name; in one that is read again there is no other place to say that it is cut."""
    return "to fix" if shown == to_fix else f"{shown:,} of {to_fix:,} to fix"


def _lay_out(sheet: Worksheet, titles: list[str], rows: int, text: Format, head: Format) -> None:
    """Columns of text all the way down, so that new rows are no numbers either; the header stays in sight."""
    for column, title in enumerate(titles):
        sheet.set_column(column, column, _WIDTHS.get(title, _WIDTH), text)
        sheet.write_string(0, column, title, head)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows, len(titles) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(rows, len(titles) - 1)}"})


def _bad_cells(plan: Plan, shown: pl.DataFrame) -> Mapping[int, Collection[int]]:
    """The places of the cells that are wrong in each row; none of a row that is wrong as a whole."""
    places = {name: place for place, name in enumerate(shown.columns[1:])}
    read = [each for field in plan.binding.everything for each in field.columns.items()]
    fed = {header: places[cell] for header, cell in read if cell in places}
    column = pl.col("column")
    wrong = plan.findings.filter(pl.col("code").is_in(_TO_FIX)).join(shown.select("row"), on="row", how="semi")
    each = pl.concat([wrong.select("row", column), wrong.select("row", column.str.split(", ")).explode("column")])
    place = column.replace_strict(fed, default=None, return_dtype=pl.Int64)
    found = each.select("row", place=place).drop_nulls().group_by("row").agg("place")
    return {row: {*marks} for row, marks in found.iter_rows()}
