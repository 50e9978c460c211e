"""to-fix.xlsx: the rows to fix as text cells, which Excel leaves as they are; what is wrong is coloured, the remedy beside it.

XlsxWriter makes the workbook, but for the rows: cell by cell that takes a second of a large file's check, as much as
reading it. Those are strung together by column, as XlsxWriter's `constant_memory` writes them. All is in memory: no
temporary file holds people.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from pipeline.report.files import written_aside
from schemas.codes import NAMES
from schemas.outcomes import Outcome, Weight
from schemas.plan import OWN_COLUMNS, Plan

#: Excel holds so many characters in a cell; bytes are never fewer.
_MOST_BYTES = 32_767
_WIDTHS = {OWN_COLUMNS[0]: 14, OWN_COLUMNS[1]: 26, OWN_COLUMNS[2]: 90}
_WIDTH = 18
_SHEET = "xl/worksheets/sheet1.xml"
_BLANK_CELLS = re.compile(rb'<row r="2".*? s="(\d+)"/>.*? s="(\d+)"/>.*</row>', re.DOTALL)
#: What XML cannot hold, as Excel writes it (ECMA-376 Part 1, 22.9.2.19), and what would be taken for that.
_ESCAPE = "_x[0-9A-Fa-f]{4}_"
_CONTROLS = [chr(code) for code in range(0x20) if chr(code) not in "\t\n"]
_ESCAPES = (["&", "<", ">", *_CONTROLS], ["&amp;", "&lt;", "&gt;", *(f"_x{ord(each):04X}_" for each in _CONTROLS)])
_TEXT = {"num_format": "@", "valign": "top"}
_BAD = _TEXT | {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
_HEAD = _TEXT | {"bold": True, "bottom": 1}


def write_workbook(path: Path, plan: Plan, rows: pl.DataFrame, headers: list[str]) -> None:
    """Write rows to fix: `row`, the source's columns under `headers`, and OWN_COLUMNS. A list that is cut says so.

    Left away are rows with a cell that Excel cannot hold: one too long, or with what XML has no character for.
    """
    texts = rows.with_columns(pl.exclude("row").cast(pl.String))
    shown = texts.filter(pl.all_horizontal(_is_held(pl.col(pl.String)).fill_null(value=True)))
    empty = _without_rows([*headers, *OWN_COLUMNS], shown.height, plan.count(Outcome.TO_FIX))
    with written_aside(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for each in empty.infolist():
            part, is_sheet = empty.read(each), each.filename == _SHEET
            book.writestr(each, _with_rows(part, shown, _bad_cells(plan, shown)) if is_sheet else part)


def _without_rows(titles: list[str], rows: int, to_fix: int) -> zipfile.ZipFile:
    """The workbook with its header, and three blank cells where the rows are to be: of text, of a bad one, and the last."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_title(rows, to_fix))
        text = book.add_format(_TEXT)
        _lay_out(sheet, titles, rows, text, book.add_format(_HEAD))
        if rows:
            for row, column, form in ((1, 0, text), (1, 1, book.add_format(_BAD)), (rows, len(titles) - 1, text)):
                sheet.write_blank(row, column, None, form)
    return zipfile.ZipFile(content)


def _with_rows(sheet: bytes, shown: pl.DataFrame, bad: Mapping[int, pl.Series]) -> bytes:
    """The XML of the sheet with the rows in the place of the blank cells, in whose styles they are."""
    if shown.is_empty():
        return sheet
    before, text, wrong, after = _BLANK_CELLS.split(sheet)
    line = pl.int_range(2, shown.height + 2).cast(pl.String)
    cells = [
        piece
        for place, column in enumerate(shown.columns[1:])
        for piece in _cell(column, xl_col_to_name(place), line, _style(bad.get(place), text.decode(), wrong.decode()))
    ]
    row = pl.concat_str(pl.lit('<row r="'), line, pl.lit('">'), *cells, pl.lit("</row>"))
    return before + "".join(shown.select(row).to_series()).encode() + after


def _cell(column: str, letters: str, line: pl.Expr, style: pl.Expr) -> Iterator[pl.Expr]:
    """The XML of a column's cells (ECMA-376 Part 1, 18.3.1.4), in pieces; an empty one is blank."""
    yield pl.lit(f'<c r="{letters}')
    yield line
    yield pl.concat_str(pl.lit('" s="'), style)
    control = pl.col(column).str.replace_all(_ESCAPE, "_x005F${0}").str.replace_many(*_ESCAPES)
    text = pl.concat_str(pl.lit('" t="inlineStr"><is><t xml:space="preserve">'), control, pl.lit("</t></is></c>"))
    yield text.fill_null('"/>')


def _style(bad: pl.Series | None, text: str, wrong: str) -> pl.Expr:
    return (
        pl.lit(text)
        if bad is None
        else pl.when(pl.col("row").is_in(bad.implode())).then(pl.lit(wrong)).otherwise(pl.lit(text))
    )


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


def _bad_cells(plan: Plan, shown: pl.DataFrame) -> Mapping[int, pl.Series]:
    """The rows in which each column's cell is wrong; of a row that is wrong as a whole, its last."""
    places = {name: place for place, name in enumerate(shown.columns[1:])}
    read = [each for field in plan.binding.everything for each in field.columns.items()]
    fed = {header: places[cell] for header, cell in read if cell in places}
    column = pl.col("column")
    wrong = plan.findings.filter(pl.col("code").is_in(NAMES[Weight.TO_FIX])).join(
        shown.select("row"), on="row", how="semi"
    )
    each = pl.concat([wrong.select("row", column), wrong.select("row", column.str.split(", ")).explode("column")])
    place = column.replace_strict(fed, default=None, return_dtype=pl.Int64)
    found = each.select("row", place=place).drop_nulls()
    whole = shown.select("row").join(found, on="row", how="anti").with_columns(place=pl.lit(shown.width - 2, pl.Int64))
    parts = pl.concat([found, whole]).partition_by("place", as_dict=True)
    return {place: part["row"] for (place,), part in parts.items()}
