"""A chunk of a file's rows: what every way of reading gives to the stages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from schemas.dialect import Dialect
from schemas.headers import Headers


@dataclass(frozen=True)
class Chunk:
    """`frame`: row (UInt32) and c0…cN (String, null where empty); findings of FINDINGS_SCHEMA about its rows."""

    frame: pl.DataFrame
    findings: pl.DataFrame


def text_columns(width: int) -> Mapping[str, type[pl.String]]:
    """The columns that a file's cells stand in."""
    return {f"c{index}": pl.String for index in range(width)}


class Table(Protocol):
    """One open file. `headers` and `dialect` are known at once; the rest when all chunks are read."""

    @property
    def headers(self) -> Headers:
        """The columns' names."""

    @property
    def dialect(self) -> Dialect:
        """How it is written."""

    @property
    def rows(self) -> int:
        """Rows below the header, as far as they were read."""

    @property
    def last_row(self) -> int:
        """The number of the last row of the file."""

    @property
    def sha256(self) -> str:
        """Of the file's bytes, in hex."""

    @property
    def said(self) -> tuple[str, ...]:
        """How it was read, in sentences."""

    def chunks(self) -> Iterator[Chunk]:
        """Yield all rows, in order."""

    def close(self) -> None:
        """Close the file."""
