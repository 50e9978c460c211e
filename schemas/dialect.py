"""The dialect of a text file: how its bytes become cells, so that what feeds back can be written the same way."""

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
