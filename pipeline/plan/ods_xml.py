"""What an .ods holds beside its values: hidden rows, formulas, and how cells are shown, read from its XML as text."""

import html
import re
import zipfile
from typing import IO

import polars as pl

from pipeline.plan.glance import CELLS, Glance

_MOST_XML = 256 * 1024 * 1024
_ROW = re.compile(r"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
_CELL = re.compile(r"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:(?:covered-)?table-cell>)", re.DOTALL)
_REPEATED = re.compile(r'\btable:number-(?:rows|columns)-repeated="(\d+)"')
_TYPE = re.compile(r'\b(?:office|calcext):value-type="(\w+)"')
_TEXT = re.compile(r"<text:p\b[^>]*>(.*?)</text:p>", re.DOTALL)
#: A number that is shown with zeros before it, or as a word such as TRUE.
_SAYS_MORE = re.compile(r"0\d+|[^\W\d_]+")
_SHOWN = {"percentage", "boolean", "time", "error"}


def ods_glance(workbook: IO[bytes], sheet: str) -> Glance:
    """What the workbook's XML tells about a sheet; nothing, where it is written in an unusual way."""
    try:
        with zipfile.ZipFile(workbook) as archive, archive.open("content.xml") as stream:
            content = stream.read(_MOST_XML).decode("utf-8")
    except (zipfile.BadZipFile, OSError, KeyError, UnicodeDecodeError):
        return Glance()
    name = re.escape(html.escape(sheet, quote=True).replace("&#x27;", "'").replace("'", "&apos;"))
    table = re.search(
        rf'<table:table [^>]*\btable:name="(?:{name}|{re.escape(sheet)})"[^>]*>(.*?)</table:table>', content, re.DOTALL
    )
    return _glanced(table[1]) if table else Glance()


def _glanced(table: str) -> Glance:
    hidden: list[int] = []
    cells: list[tuple[int, int, str]] = []
    row, first = 1, 2**31
    for opening, inner in _ROW.findall(table):
        count = _repeats(opening)
        if 'table:visibility="' in opening and _TYPE.search(inner):
            hidden += range(row, row + min(count, 1000))
        column = 1
        for attributes, content in _CELL.findall(inner):
            if kinds := _TYPE.findall(attributes):
                first = min(first, column)
                text = _shown(set(kinds), content)
                cells += [(row, column, text)] if text else []
            column += _repeats(attributes)
        row += count
    return Glance(
        hidden=tuple(hidden),
        formulas=table.count("table:formula="),
        merged=len(re.findall(r'table:number-(?:columns|rows)-spanned="(?:[2-9]|1\d)', table)),
        cells=pl.DataFrame(cells, schema=CELLS, orient="row"),
        first_column=first,
    )


def _repeats(attributes: str) -> int:
    found = _REPEATED.search(attributes)
    return int(found[1]) if found else 1


def _shown(kinds: set[str], content: str) -> str | None:
    """The text of a cell, where it says more than its value."""
    text = html.unescape("\n".join(re.sub(r"<[^>]*>", "", each) for each in _TEXT.findall(content)))
    return text if kinds & _SHOWN or ("float" in kinds and _SAYS_MORE.fullmatch(text)) else None
