"""Text of a frame as its source was written: the same separator, quote and line end, so that it reads as the source does."""

import csv
import io

import polars as pl

from schemas.dialect import Dialect

#: A file of UTF-8 without a mark may be read as one where it is no more than this; Excel takes it for Windows-1252.
PLAIN = "ascii"
_MARK = "\ufeff"
_BETWEEN = "\x1e"


def marked(dialect: Dialect) -> Dialect:
    """The dialect in UTF-8, with the mark by which Excel knows it."""
    return Dialect("utf-8", bom=True, delimiter=dialect.delimiter, quote=dialect.quote, newline=dialect.newline)


def first_line(headers: list[str], dialect: Dialect) -> bytes:
    """The mark, where there is one, and the headers; raises UnicodeEncodeError where the encoding lacks a character."""
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=dialect.delimiter, quotechar=dialect.quote or '"', lineterminator=dialect.newline
    )
    writer.writerow(headers)
    return (_MARK * dialect.bom + text.getvalue()).encode(_encoding(dialect))


def lines(frame: pl.DataFrame, dialect: Dialect) -> bytes:
    """The rows; raises UnicodeEncodeError as `first_line` does."""
    text = io.BytesIO()
    frame.write_csv(
        text,
        include_header=False,
        separator=dialect.delimiter,
        quote_char=dialect.quote or '"',
        line_terminator=dialect.newline,
    )
    encoding, octets = _encoding(dialect), text.getvalue()
    if encoding == "utf-8" or (encoding == PLAIN and octets.isascii()):
        return octets
    return octets.decode().encode(encoding)


def sayable(texts: pl.Series, dialect: Dialect) -> pl.Series:
    """Texts of ours in the characters that the encoding has, `?` for others: they never make it another file than it was."""
    if texts.is_empty() or dialect.encoding.startswith("utf"):
        return texts
    joined = _BETWEEN.join(texts.fill_null("").str.replace_all(_BETWEEN, " ", literal=True))
    said = joined.encode(dialect.encoding, "replace").decode(dialect.encoding)
    return pl.Series(texts.name, said.split(_BETWEEN), pl.String)


def _encoding(dialect: Dialect) -> str:
    return PLAIN if dialect.encoding == "utf-8" and not dialect.bom else dialect.encoding
