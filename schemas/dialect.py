"""The dialect of a text file: how its bytes become cells, so that what feeds back can be written the same way."""

import codecs
from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """How a file of separated values is written; the defaults are a clean UTF-8 CSV.

    `encoding` is Python's name of it, without a mark: `bom` says that the file begins with one. `newline` is what ends
    its records. `escape` stands before a quote inside quotes; empty, such a quote is doubled. What was a workbook or
    Parquet has the dialect that a spreadsheet would save it in.
    """

    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ","
    quote: str = '"'
    newline: str = "\n"
    escape: str = ""


def plain_name(written: str) -> str:
    """Python's name of an encoding of text; Excel's Shift-JIS and Latin-1 are what Windows makes of them.

    Raises LookupError where there is none.
    """
    text = written.strip().lower().removesuffix("-sig").removesuffix("_sig").removesuffix(" bom")
    name = codecs.lookup(text.replace(" ", "-")).name
    codecs.getincrementaldecoder(name)().decode(b"")
    if codecs.decode(codecs.encode("a", name), name) != "a":
        raise LookupError(written)
    return {"shift_jis": "cp932", "utf_8": "utf-8"}.get(name, name)
