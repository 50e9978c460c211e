"""What an .xlsx holds beside its values: hidden rows, formulas, and how cells are shown. Arithmetic on its XML as text.

Best effort: where the XML is written in an unusual way nothing is told, and the values stand as they are.
"""

import html
import re
import zipfile
from collections.abc import Iterator
from typing import IO

import polars as pl

from pipeline.plan.glance import CELLS, Glance
from pipeline.plan.number_formats import BUILT_IN, is_shown, shown

_PIECE = 8 * 1024 * 1024
_MOST_XML = 64 * 1024 * 1024  # of the parts that are read whole
_ROW_END = b"</row>"
_HIDDEN = re.compile(
    rb'<row\b[^>]*?\br="(\d+)"[^>]*?\bhidden="(?:1|true)"|<row\b[^>]*?\bhidden="(?:1|true)"[^>]*?\br="(\d+)"'
)


def xlsx_glance(workbook: IO[bytes], sheet: str) -> Glance:
    """What the workbook's XML tells about a sheet; nothing, where it is no .xlsx or written in an unusual way."""
    try:
        with zipfile.ZipFile(workbook) as archive:
            part = _part_of(archive, sheet)
            if part is None or part not in archive.namelist():
                return Glance()
            formats = _formats(archive)
            with archive.open(part) as stream:
                return _glanced(stream, formats)
    except (zipfile.BadZipFile, OSError, KeyError, UnicodeDecodeError):
        return Glance()


def _whole(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as stream:
        return stream.read(_MOST_XML).decode("utf-8")


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the sheet's XML inside the archive."""
    if "xl/workbook.xml" not in archive.namelist():
        return None
    named = {
        html.unescape(name[1]): link[1]
        for tag in re.findall(r"<sheet\b[^>]*>", _whole(archive, "xl/workbook.xml"))
        if (name := re.search(r'\bname="([^"]*)"', tag)) and (link := re.search(r'\b\w+:id="([^"]*)"', tag))
    }
    for tag in re.findall(r"<Relationship\b[^>]*>", _whole(archive, "xl/_rels/workbook.xml.rels")):
        link, target = re.search(r'\bId="([^"]*)"', tag), re.search(r'\bTarget="([^"]*)"', tag)
        if link and target and link[1] == named.get(sheet):
            path = html.unescape(target[1])
            return path[1:] if path.startswith("/") else f"xl/{path}"
    return None


def _formats(archive: zipfile.ZipFile) -> dict[str, str]:
    """The format code of each style in which numbers are shown in their own way."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    text = _whole(archive, "xl/styles.xml")
    codes = dict(BUILT_IN)
    for tag in re.findall(r"<numFmt\b[^>]*>", text):
        number, code = re.search(r'\bnumFmtId="(\d+)"', tag), re.search(r'\bformatCode="([^"]*)"', tag)
        if number and code:
            codes[int(number[1])] = html.unescape(code[1])
    styles = re.search(r"<cellXfs\b.*?</cellXfs>", text, re.DOTALL)
    numbers = re.findall(r'<xf\b[^>]*?\bnumFmtId="(\d+)"', styles[0]) if styles else []
    return {
        str(index): codes[int(number)] for index, number in enumerate(numbers) if is_shown(codes.get(int(number), ""))
    }


def _glanced(stream: IO[bytes], formats: dict[str, str]) -> Glance:
    hidden: list[int] = []
    cells, first = [pl.DataFrame(schema=CELLS)], 2**31
    formulas = unsaved = merged = 0
    for piece in _pieces(stream):
        hidden += [int(one or other) for one, other in _HIDDEN.findall(piece)]
        merged += piece.count(b"<mergeCell ")
        texts = pl.Series("cell", [piece.decode("utf-8")]).str.split("<c ").explode()[1:].to_frame()
        first = min([first, *_columns(texts)])
        read = _read(texts.filter(_is_special(formats)))
        formulas += int(read["formula"].sum())
        unsaved += int((read["formula"] & read["value"].is_null() & (read["kind"] != "str")).sum())
        cells.append(_shown(read, formats))
    return Glance(tuple(hidden), formulas, unsaved, merged, pl.concat(cells), first)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """The XML, in pieces that end with a row."""
    held = b""
    while piece := stream.read(_PIECE):
        held += piece
        if len(held) > _MOST_XML:
            return
        end = held.rfind(_ROW_END) + len(_ROW_END)
        if end >= len(_ROW_END):
            yield held[:end]
            held = held[end:]
    yield held


def _columns(cells: pl.DataFrame) -> list[int]:
    """The columns in which anything stands."""
    filled = cells.filter(pl.col("cell").str.contains("<v>|<is>"))
    letters = filled.select(letters=pl.col("cell").str.extract(r'\br="([A-Z]{1,3})\d')).unique()
    return letters.select(_number(pl.col("letters"))).to_series().drop_nulls().to_list()


def _is_special(formats: dict[str, str]) -> pl.Expr:
    """Whether a cell may be shown in another way than as a plain number or text, or is a formula."""
    styles = "|".join(formats) or "none"
    return pl.col("cell").str.contains(rf'^[^>]*? (?:t="[be]"|s="(?:{styles})")|<f[ >/]')


def _read(cells: pl.DataFrame) -> pl.DataFrame:
    """Row, column, style, kind, value and formula of each cell; entities stay as they are written."""
    begin = pl.col("cell").str.extract(r"^([^>]*)>")
    return cells.select(
        row=begin.str.extract(r'\br="[A-Z]{1,3}(\d+)"').cast(pl.UInt32),
        column=_number(begin.str.extract(r'\br="([A-Z]{1,3})\d+"')),
        style=begin.str.extract(r'\bs="(\d+)"').fill_null("0"),
        kind=begin.str.extract(r'\bt="(\w+)"').fill_null("n"),
        value=pl.col("cell").str.extract(r"<v>([^<]+)</v>"),
        formula=pl.col("cell").str.contains(r"<f[ >/]"),
    )


def _number(letters: pl.Expr) -> pl.Expr:
    """The number of a column, from 1, by its letters."""
    number = pl.lit(0, pl.UInt32)
    padded = letters.str.pad_start(3, "@")
    for place in range(3):
        number = number * 26 + padded.str.slice(place, 1).replace_strict(_LETTERS, return_dtype=pl.UInt32, default=None)
    return number


_LETTERS = {chr(ord("@") + index): index for index in range(27)}


def _shown(cells: pl.DataFrame, formats: dict[str, str]) -> pl.DataFrame:
    """Those that are shown in another way than as a plain number or text."""
    is_number = (pl.col("kind") == "n") & pl.col("style").is_in(list(formats)) & pl.col("value").is_not_null()
    numbers = cells.filter(is_number)
    pairs = numbers.select("style", "value").unique()
    texts = [shown(value, formats[style]) for style, value in pairs.iter_rows()]
    pairs = pairs.with_columns(text=pl.Series(texts, dtype=pl.String))
    others = cells.filter(pl.col("kind").is_in(["b", "e"])).with_columns(
        text=pl.when(pl.col("kind") == "e")
        .then("value")
        .otherwise(pl.col("value").replace({"1": "TRUE", "0": "FALSE"}))
    )
    seen = numbers.join(pairs, on=["style", "value"]).drop_nulls("text")
    return pl.concat([frame.select(list(CELLS)) for frame in (seen, others)])
