"""Number lists: files of people who must not be called, with or without a header, as E.164."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.phone import to_e164
from pipeline.plan.ingest import Export
from schemas.errors import CampaignError

#: So many rows tell which column holds the numbers.
_LOOKED_AT = 1000
#: Longer ones are no E.164 (ITU-T E.164, 6.2.1), though the library lets some pass.
_TOO_LONG = 10**15
_REFUSED = {"row": pl.UInt32, "column": pl.String, "value": pl.String, "reason": pl.String}


@dataclass(frozen=True)
class NumberList:
    """What a file holds: `numbers` (Int64, distinct, digits of E.164), `columns` by name, and `refused` cells.

    `refused` has row, column, value and reason (a row code), and no empty cells.
    """

    numbers: pl.Series
    columns: tuple[str, ...]
    refused: pl.DataFrame


def read_numbers(path: Path, columns: Sequence[str], region: str | None) -> NumberList:
    """The numbers in these columns of a CSV or text file, or in the one that holds numbers if none is named.

    A first line that is a number itself is no header. `region` is for numbers without a plus. Raises CampaignError where
    the columns cannot be told, or hold no valid number.
    """
    with Export(path) as export:
        names = export.headers.names
        parts = list(_cells(export))
    wanted = [export.headers.find(each) for each in columns] or [_found(path, names, parts, region)]
    cells = pl.concat(
        part.select("row", column=pl.lit(names[index]), value=f"c{index}") for part in parts for index in wanted
    )
    read = _read(cells.drop_nulls("value"), region)
    numbers = read["e164"].drop_nulls().unique(maintain_order=True)
    if numbers.is_empty():
        raise CampaignError(
            f"{path} yields no valid number (column {', '.join(names[index] for index in wanted)}); "
            f"{'' if region else 'numbers without + need --default-region; '}nobody was blocked"
        )
    refused = read.filter(pl.col("e164").is_null()).select(*_REFUSED)
    return NumberList(numbers, tuple(names[index] for index in wanted), refused.sort("row"))


def _cells(export: Export) -> Iterator[pl.DataFrame]:
    """Yield the first line as well: in a list without a header it is somebody's."""
    texts = export.headers.texts
    first = {"row": pl.Series([1], dtype=pl.UInt32)} | {f"c{at}": [text or None] for at, text in enumerate(texts)}
    yield pl.DataFrame(first, schema_overrides={f"c{at}": pl.String for at in range(len(texts))})
    for chunk in export.chunks():
        yield chunk.frame


def _read(cells: pl.DataFrame, region: str | None) -> pl.DataFrame:
    """Add e164 and reason. A header is no number that was refused."""
    regions = pl.Series([region], dtype=pl.String).new_from_index(0, cells.height)
    read = cells.hstack(to_e164(cells["value"], regions)).with_columns(pl.col("reason").cast(pl.String))
    too_long = (pl.col("e164") >= _TOO_LONG).fill_null(value=False)
    read = read.with_columns(
        e164=pl.when(~too_long).then("e164"),
        reason=pl.when(too_long).then(pl.lit("phone_too_long")).otherwise("reason"),
    )
    return read.filter((pl.col("row") > 1) | pl.col("e164").is_not_null())


def _found(path: Path, names: Sequence[str], parts: Sequence[pl.DataFrame], region: str | None) -> int:
    """The only column in which at least half of the cells are numbers; the only column there is needs no looking."""
    if len(names) == 1:
        return 0
    looked_at = pl.concat(parts).head(_LOOKED_AT)
    found = [index for index in range(len(names)) if _is_of_numbers(looked_at, f"c{index}", region)]
    if len(found) == 1:
        return found[0]
    what = "no column" if not found else f"{len(found)} columns ({', '.join(names[index] for index in found)})"
    raise CampaignError(f"{path}: {what} can be seen to hold the numbers; name it with --column; nobody was blocked")


def _is_of_numbers(frame: pl.DataFrame, column: str, region: str | None) -> bool:
    cells = frame.select("row", value=column).drop_nulls("value")
    read = _read(cells, region)
    return read["e164"].count() > 0 and read.height <= 2 * read["e164"].count()
