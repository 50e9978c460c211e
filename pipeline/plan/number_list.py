"""Number lists: files of people who must not be called, with or without a header, as E.164."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.phone import numbers_within, read_numbers, to_e164
from pipeline.plan.ingest import Export
from schemas.errors import CampaignError
from schemas.headers import Headers
from schemas.masking import masked_text
from schemas.plan import Source
from schemas.source_table import SourceTable

#: So many rows tell which column holds the numbers.
_LOOKED_AT = 1000
#: Longer ones are no E.164 (ITU-T E.164, 6.2.1), though the library lets some pass.
_TOO_LONG = 10**15
#: A first line with fewer digits is a header, such as "Phone 2"; one with more may be somebody's number, badly written.
_DIGITS_OF_NOBODY = 4
_REFUSED = {"row": pl.UInt32, "column": pl.String, "value": pl.String, "reason": pl.String}


@dataclass(frozen=True)
class Asked:
    """Which columns of a list, if they were named, and the region of numbers without a plus.

    `how_column`, `how_region` and `how_sheet` are how one names them, and `ending` what to say behind an error.
    """

    columns: Sequence[str]
    region: str | None
    how_column: str
    how_region: str
    ending: str = ""
    sheet: str | int | None = None
    how_sheet: str = "sheet"

    def said(self, text: str) -> str:
        """What is said of a file of people to call, as it has to be said of this one: behind its name nobody is shown."""
        name, colon, rest = text.replace("[source] sheet", self.how_sheet).partition(": ")
        return name + colon + masked_text(rest)

    @property
    def region_remedy(self) -> str:
        """What helps, behind an error, where numbers may lack their region."""
        return "" if self.region else f"; numbers without + need {self.how_region}"


@dataclass(frozen=True)
class NumberList:
    """What a file holds: `numbers` (Int64, distinct, sorted, digits of E.164), `columns` by name, and `refused` cells.

    `refused` has row, column, value and reason (a row code), and no empty cells. `read_as` names the columns and the region,
    `said` are sentences about how the file was read.
    """

    numbers: pl.Series
    columns: tuple[str, ...]
    refused: pl.DataFrame
    source: Source
    read_as: str
    said: tuple[str, ...]


def read_list(path: Path, asked: Asked) -> NumberList:
    """The numbers in the columns of a file of any kind that is read, or in the one that holds numbers if none is named.

    A first line is a header where a column of it is named, or where it holds hardly a digit; any other is somebody's.
    Damaged cells are read where one reading is left, as in an export; of a cell with several numbers each is.
    Raises CampaignError where the columns cannot be told, or hold no valid number.
    """
    headers, parts, source = _whole(path, asked)
    wanted = _named(path, headers, asked) or [_found(path, headers.names, parts, asked)]
    cells = pl.concat(part.select("row", place=index, value=f"c{index}") for part in parts for index in wanted)
    read = _read(cells.drop_nulls("value"), asked)
    has_header = 1 not in read["row"]
    columns = {index: headers.names[index] if has_header else f"column {index + 1}" for index in wanted}
    numbers = read["e164"].drop_nulls().unique().sort()
    if numbers.is_empty():
        raise CampaignError(
            f"{path} yields no valid number ({_place(columns, has_header=has_header)}){asked.region_remedy}{asked.ending}"
        )
    refused = read.filter(pl.col("e164").is_null())
    refused = refused.with_columns(column=pl.col("place").replace_strict(columns, return_dtype=pl.String))
    return NumberList(
        numbers,
        tuple(columns.values()),
        refused.select(*_REFUSED).sort("row"),
        source,
        read_as=_place(columns, has_header=has_header) + f", {_region(asked.region)}",
        said=tuple(map(asked.said, source.said)),
    )


def _place(columns: Mapping[int, str], *, has_header: bool) -> str:
    names = ", ".join(columns.values())
    if not has_header:
        return f"{names}, without a header"
    return f"columns {names}" if len(columns) > 1 else f"column {names}"


def _region(region: str | None) -> str:
    return f"region {region}" if region else "numbers with + only"


def _whole(path: Path, asked: Asked) -> tuple[Headers, list[pl.DataFrame], Source]:
    try:
        with Export(path, SourceTable(sheet=asked.sheet)) as export:
            parts = list(_cells(export))
            return export.headers, parts, export.source
    except CampaignError as error:
        raise CampaignError(asked.said(str(error))) from None


def _named(path: Path, headers: Headers, asked: Asked) -> list[int]:
    try:
        return [headers.find(each) for each in asked.columns]
    except CampaignError as error:
        raise CampaignError(f"{path}: {masked_text(str(error))}{asked.ending}") from None


def _cells(export: Export) -> Iterator[pl.DataFrame]:
    """Yield the first line as well: in a list without a header it is somebody's."""
    texts = export.headers.texts
    first = {"row": pl.Series([1], dtype=pl.UInt32)} | {f"c{at}": [text or None] for at, text in enumerate(texts)}
    yield pl.DataFrame(first, schema_overrides={f"c{at}": pl.String for at in range(len(texts))})
    for chunk in export.chunks():
        yield chunk.frame


def _read(cells: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """Add e164 and reason. A header is no number that was refused."""
    read = cells.hstack(read_numbers(cells["value"], _everywhere(asked.region, cells.height)))
    too_long = (pl.col("e164") >= _TOO_LONG).fill_null(value=False)
    read = read.with_columns(
        e164=pl.when(~too_long).then("e164"),
        reason=pl.when(too_long).then(pl.lit("phone_too_long")).otherwise("reason"),
    )
    is_header = pl.col("e164").is_null() & (_is_header() | bool(asked.columns) & (pl.col("row") == 1))
    return _with_each(read.filter(~is_header), asked.region)


def _with_each(read: pl.DataFrame, region: str | None) -> pl.DataFrame:
    """With all numbers of cells that hold several; a cell stays refused if something in it may be one more."""
    several = read.filter(pl.col("reason") == "phone_several")
    within = numbers_within(several["value"], region)
    several = several.drop("e164").hstack(within)
    found = several.explode("found").with_columns(e164="found", reason=pl.lit(None, pl.String)).drop_nulls("e164")
    rest = several.filter(~pl.col("is_whole")).with_columns(e164=pl.lit(None, pl.Int64))
    others = read.filter(pl.col("reason").ne_missing("phone_several"))
    return pl.concat([others, *(part.select(read.columns) for part in (found, rest))])


def _is_header() -> pl.Expr:
    """Whether a `value` plainly is one: what is badly written may not vanish unsaid."""
    return (pl.col("row") == 1) & (pl.col("value").str.count_matches(r"\d") < _DIGITS_OF_NOBODY)


def region_remedy(reason: str, how: str) -> str:
    """What helps, behind the `reason` of a cell that was refused; `how` is how one names a region."""
    return f"; give {how}" if reason == "phone_country_missing" else ""


def _everywhere(region: str | None, rows: int) -> pl.Series:
    return pl.Series([region], dtype=pl.String).new_from_index(0, rows)


def _found(path: Path, names: Sequence[str], parts: Sequence[pl.DataFrame], asked: Asked) -> int:
    """The only column in which at least half of the cells are numbers; the only column there is needs no looking."""
    if len(names) == 1:
        return 0
    looked_at = pl.concat(parts).head(_LOOKED_AT)
    found = [index for index in range(len(names)) if _is_of_numbers(looked_at, f"c{index}", asked.region)]
    if len(found) == 1:
        return found[0]
    several = masked_text(", ".join(names[index] for index in found))
    what = f"{len(found)} columns ({several})" if found else "no column"
    remedy = "" if found else asked.region_remedy
    raise CampaignError(
        f"{path}: {what} can be seen to hold the numbers; name it with {asked.how_column}{remedy}{asked.ending}"
    )


def _is_of_numbers(frame: pl.DataFrame, column: str, region: str | None) -> bool:
    """Damage is not repaired here: an id that lost nothing could be read as a number that lost its plus."""
    cells = frame.select("row", value=column).drop_nulls("value")
    valid = to_e164(cells["value"], _everywhere(region, cells.height))["e164"].is_not_null()
    headers = int((~valid & cells.select(_is_header()).to_series()).sum())
    return bool(valid.any()) and cells.height - headers <= 2 * valid.sum()
