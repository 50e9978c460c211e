"""Parquet: its columns as text, without loss; row 1 are their names."""

from collections.abc import Iterator

import polars as pl

from pipeline.plan.chunk import Chunk
from pipeline.plan.files import Named
from schemas.dialect import Dialect
from schemas.findings import no_findings
from schemas.headers import Headers

_ROWS = 150_000
_EXACT = 2**53  # whole numbers up to here are what a float says


class Parquet:
    """An open Parquet file: a `pipeline.plan.chunk.Table`."""

    def __init__(self, file: Named) -> None:
        self._file = file
        self.dialect, self.rows = Dialect(), 0
        self.said = ("The file is Parquet; its columns were read as text.",)
        try:
            self._frame = pl.scan_parquet(file.path, glob=False)
            self._schema = self._frame.collect_schema()
        except (pl.exceptions.PolarsError, OSError):
            raise self._damaged() from None
        self.headers = Headers(tuple(self._schema.names()))
        if not len(self.headers):
            raise file.refusal("the Parquet file has no columns; export it again")

    def close(self) -> None:
        """Nothing is kept open between chunks."""

    @property
    def sha256(self) -> str:
        """Of the file's bytes, in hex."""
        return self._file.sha256

    @property
    def last_row(self) -> int:
        """The number of the last row that was read."""
        return 1 + self.rows

    def chunks(self) -> Iterator[Chunk]:
        """Yield all rows, numbered from 2."""
        texts = [_text(name, dtype).alias(f"c{index}") for index, (name, dtype) in enumerate(self._schema.items())]
        while True:
            try:
                frame = self._frame.slice(self.rows, _ROWS).select(texts).collect()
            except (pl.exceptions.PolarsError, OSError):
                raise self._damaged() from None
            if frame.is_empty():
                return
            rows = pl.int_range(2 + self.rows, 2 + self.rows + frame.height, dtype=pl.UInt32, eager=True)
            self.rows += frame.height
            yield Chunk(frame.insert_column(0, rows.alias("row")), no_findings())

    def _damaged(self) -> Exception:
        return self._file.refusal("the Parquet file is damaged or of an unknown kind; export it again")


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column as the text that says the same; empty is null. What is nested becomes JSON."""
    column = pl.col(name)
    if dtype.is_float():
        is_whole = (column == column.floor()) & (column.abs() <= _EXACT)
        text = (
            pl.when(is_whole)
            .then(column.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(column.cast(pl.String))
        )
    elif dtype.is_nested():
        inner = pl.struct(column.alias("v")).struct.json_encode().str.slice(len('{"v":')).str.strip_suffix("}")
        text = pl.when(column.is_not_null()).then(inner)
    elif isinstance(dtype, pl.Datetime):
        text = column.dt.to_string("iso").str.replace(r"\.0+($|[+\-Z])", "$1")
    else:
        text = column.cast(pl.String)
    return pl.when(text != "").then(text)
