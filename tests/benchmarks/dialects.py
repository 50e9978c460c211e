"""How many kinds of file each reader reads as they were meant: this program, DuckDB's sniffer, CleverCSV and polars.

`python -m tests.benchmarks.dialects` prints a table; DuckDB and CleverCSV take part where they are installed. Each gets
the file and nothing else, with all that it offers to find out the rest. Read right means the header and every row, cell
by cell; null and the empty text count as the same, and so do empty columns and rows at the end.
"""

import importlib.util
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

from pipeline.plan.ingest import Export
from tests.corpus import Kind, corpus, pollock

Read = tuple[list[str], list[list[str]]]


def ours(path: Path) -> Read:
    """This program."""
    with Export(path) as export:
        rows = [list(row[1:]) for chunk in export.chunks() for row in chunk.frame.rows()]
    return list(export.headers.texts), rows


def by_polars(path: Path) -> Read:
    """Polars, which separates by commas."""
    frame = pl.read_csv(path, infer_schema=False)
    return frame.columns, [list(row) for row in frame.rows()]


def by_duckdb(path: Path) -> Read:
    """DuckDB's sniffer, told to keep text."""
    return _by_duckdb(path, "all_varchar = true")


def by_lenient_duckdb(path: Path) -> Read:
    """The same, told to take short rows and to go on behind bad ones."""
    return _by_duckdb(path, "all_varchar = true, null_padding = true, ignore_errors = true, parallel = false")


def _by_duckdb(path: Path, manner: str) -> Read:
    import duckdb  # noqa: PLC0415 -- is not always there

    read = duckdb.sql(f"SELECT * FROM read_csv('{path}', {manner})")
    return list(read.columns), [list(row) for row in read.fetchall()]


def by_clevercsv(path: Path) -> Read:
    """CleverCSV."""
    import clevercsv  # noqa: PLC0415 -- is not always there

    header, *rows = clevercsv.read_table(str(path))
    return header, rows


#: A kind is read if one of the ways does it.
READERS: dict[str, tuple[Callable[[Path], Read], ...]] = {"campaign": (ours,), "polars": (by_polars,)}
READERS |= {"DuckDB": (by_duckdb, by_lenient_duckdb)} if importlib.util.find_spec("duckdb") else {}
READERS |= {"CleverCSV": (by_clevercsv,)} if importlib.util.find_spec("clevercsv") else {}


def is_read(kind: Kind, reader: Callable[[Path], Read], folder: Path) -> bool:
    """Whether a reader reads a kind as it was meant."""
    path = folder / f"people.{kind.ending}"
    path.write_bytes(kind.content)
    try:
        header, rows = reader(path)
    except Exception:  # noqa: BLE001 -- whatever it raises, it did not read the file
        return False
    return _plain(header, rows) == _plain(kind.header, kind.rows)


def _plain(header: list[str], rows: list[list[str]]) -> list[list[str]]:
    """Without nulls, and without rows and columns at the end that hold nothing: readers name those in their own ways."""
    cells = [[str(cell) if cell is not None else "" for cell in row] for row in rows]
    while cells and not any(cells[-1]):
        cells.pop()
    width = max((index for row in cells for index, cell in enumerate(row, 1) if cell), default=len(header))
    return [row[:width] for row in ([*header, *[""] * (width - len(header))], *cells)]


def main() -> None:
    """Print the table."""
    kinds, names = corpus(), {kind.name for kind in pollock()}
    with tempfile.TemporaryDirectory() as folder:
        results = {
            kind.name: [any(is_read(kind, way, Path(folder)) for way in ways) for ways in READERS.values()]
            for kind in kinds
        }
    print("| kind of file |", " | ".join(READERS), "|\n|---|" + "---|" * len(READERS))
    for name, told in results.items():
        print(f"| {name} |", " | ".join("yes" if good else "–" for good in told), "|")
    for title, part in (("Pollock's", names), ("others", results.keys() - names), ("all", results.keys())):
        sums = [sum(results[name][index] for name in part) for index in range(len(READERS))]
        print(f"| **{title}, of {len(part)}** |", " | ".join(f"**{total}**" for total in sums), "|")


if __name__ == "__main__":
    main()
