"""The floor: polars reads all columns of an export as text and writes the mapped ones as NDJSON, and nothing else.

`python -m tests.benchmarks.floor EXPORT OUT`. No row is judged, no number read: nothing that starts from a CSV file and
ends with JSON can be expected to take less.
"""

import sys
from pathlib import Path

import polars as pl

#: The columns that campaign.toml beside this file reads.
MAPPED = (
    "Record ID", "First Name", "Last Name", "Phone Number", "Mobile Phone Number", "Country/Region", "City",
    "Postal Code", "Preferred Language", "Customer No", "Last Purchase", "VIP",
)  # fmt: skip


def copy(export: Path, out: Path) -> None:
    """Write a JSON object a row, block by block, so that memory is bounded."""
    all_columns = pl.QueryOptFlags(projection_pushdown=False)  # else polars skips those that are not written
    pl.scan_csv(export, infer_schema=False).select(MAPPED).sink_ndjson(out, optimizations=all_columns)


def main() -> None:
    """The command line: an export, and where to write."""
    copy(*map(Path, sys.argv[1:]))


if __name__ == "__main__":
    main()
