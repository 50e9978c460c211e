"""Source columns: the stored rows as they stood in the export, as Parquet in parts."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.tables import campaigns, rows, runs, sources
from pipeline.ledger.trouble import Unreadable
from schemas.headers import Headers
from schemas.outcomes import Outcome
from schemas.plan import row_text

_ZSTD_LEVEL = 3
_ROW = "row"
#: A number of fewer digits is no number without its country's code.
_SHORTEST = 7
#: Of so many runs of a campaign it is known which rows to fix were told of.
_LAST_RUNS = 20
_END = 4


def add_sources(connection: sa.Connection, run_id: int, headers: Sequence[str], parts: Iterable[pl.DataFrame]) -> None:
    """Keep the export's columns; each part has `row`, then the columns in the order of `headers`. Empty parts are skipped.

    In parts, because a blob of SQLite holds 1 GB at most, and because whoever looks for one row reads one part only.
    """
    names = [_ROW, *_names(headers)]
    for part in parts:
        if part.is_empty():
            continue
        named = part.rename(dict(zip(part.columns, names, strict=True)))
        connection.execute(
            sources.insert().values(
                run_id=run_id,
                first_row=part[_ROW][0],
                last_row=part[_ROW][-1],
                columns=list(headers),
                parquet=_packed(named),
            )
        )


def told(connection: sa.Connection, campaign: str) -> pl.Series:
    """The rows to fix of the campaign's last runs, as `row_text` gives them (String, each once).

    Not of the very last alone: between two nights somebody may run another file, such as one that was mended.
    """
    last = (
        sa.select(runs.c.id)
        .join(campaigns, runs.c.campaign_id == campaigns.c.id)
        .where(campaigns.c.name == campaign, runs.c.kind == "run")
        .order_by(runs.c.id.desc())
        .limit(_LAST_RUNS)
    )
    texts = [pl.Series("told", [], pl.String)]
    for run_id in connection.execute(last).scalars().all():
        texts += _told_by(connection, run_id)
    return pl.concat(texts).unique()


def _told_by(connection: sa.Connection, run_id: int) -> Iterator[pl.Series]:
    """The rows to fix of a run; parts of its source that have none are not read."""
    to_fix = sa.select(rows.c.row).where(rows.c.run_id == run_id, rows.c.outcome == Outcome.TO_FIX.value)
    numbers = pl.Series(connection.execute(to_fix).scalars().all(), dtype=pl.UInt32)
    spans = sa.select(sources.c.first_row, sources.c.last_row).where(sources.c.run_id == run_id)
    for first, end in connection.execute(spans).all() if numbers.len() else ():
        if numbers.is_between(first, end).any():
            part = sa.select(sources.c.parquet).where(sources.c.run_id == run_id, sources.c.first_row == first)
            yield _texts(connection.execute(part).scalar_one(), numbers)


def _texts(parquet: bytes, numbers: pl.Series) -> pl.Series:
    part = _read(parquet).filter(pl.col(_ROW).is_in(numbers.implode()))
    return part.select(row_text(part.columns[1:]).alias("told"))["told"]


def source_row(connection: sa.Connection, run_id: int, row: int) -> dict[str, str | None]:
    """The row as it stood in the export, by header; empty if it was not stored."""
    within = (sources.c.first_row <= row) & (row <= sources.c.last_row)
    kept = connection.execute(
        sa.select(sources.c.parquet).where(sources.c.run_id == run_id, within)
    ).scalar_one_or_none()
    if kept is None:
        return {}
    found = _read(kept).filter(pl.col(_ROW) == row).drop(_ROW)
    return dict(found.row(0, named=True)) if found.height else {}


def rows_with(connection: sa.Connection, run_id: int, numbers: Sequence[str]) -> list[int]:
    """The stored rows of a run in which one of the numbers (digits of E.164) stands."""
    asked = sa.select(sources.c.parquet).where(sources.c.run_id == run_id)
    found: list[int] = []
    for parquet in connection.execute(asked).scalars().all():
        part = _read(parquet)
        holds = (_holds(column, number) for column in part.columns[1:] for number in numbers)
        found += part.filter(pl.any_horizontal(pl.lit(value=False), *holds))[_ROW].to_list()
    return found


def empty_cells(connection: sa.Connection, gone: Mapping[int, Sequence[int]], numbers: Sequence[str]) -> None:
    """Empty the rows that `gone` names for each run, and in all others the cells that hold one of the numbers.

    `numbers` are digits of E.164; in a cell they may be grouped, and written without the country's code.
    """
    parts = connection.execute(sa.select(sources.c.run_id, sources.c.first_row)).all()
    for run_id, first_row in parts:
        place = (sources.c.run_id == run_id) & (sources.c.first_row == first_row)
        part = _read(connection.execute(sa.select(sources.c.parquet).where(place)).scalar_one())
        emptied = _emptied(part, gone.get(run_id, ()), numbers)
        if not emptied.equals(part):
            connection.execute(sources.update().where(place).values(parquet=_packed(emptied)))


def _emptied(part: pl.DataFrame, gone: Sequence[int], numbers: Sequence[str]) -> pl.DataFrame:
    is_gone = pl.col(_ROW).is_in(pl.Series(list(gone), dtype=pl.UInt32).implode())
    concerned = part.filter(is_gone | _may_hold(part, numbers))
    emptied = concerned.with_columns(
        pl.when(~pl.any_horizontal(is_gone, *(_holds(column, number) for number in numbers))).then(column).alias(column)
        for column in part.columns[1:]
    )
    return pl.concat([part.join(concerned.select(_ROW), on=_ROW, how="anti"), emptied]).sort(_ROW)


def _may_hold(part: pl.DataFrame, numbers: Sequence[str]) -> pl.Expr:
    """Rows in which the last digits of a number stand, grouped as may be: few, and quickly found."""
    ends = ["[^0-9]{0,3}".join(number[-_END:]) for number in numbers]
    return pl.any_horizontal(
        pl.lit(value=False),
        *(pl.col(column).str.contains(end).fill_null(value=False) for column in part.columns[1:] for end in ends),
    )


def _holds(column: str, number: str) -> pl.Expr:
    """Whether a cell holds the number: all of it, or all but the country's code, of three digits at the most."""
    digits = pl.col(column).str.replace_all("[^0-9]", "").str.strip_chars_start("0")
    is_rest = pl.lit(number).str.ends_with(digits) & (digits.str.len_bytes() >= max(len(number) - 3, _SHORTEST))
    return (digits.str.contains(number, literal=True) | is_rest).fill_null(value=False)


def _packed(part: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    part.write_parquet(buffer, compression="zstd", compression_level=_ZSTD_LEVEL, statistics=False)
    return buffer.getvalue()


def _read(parquet: bytes) -> pl.DataFrame:
    try:
        return pl.read_parquet(io.BytesIO(parquet))
    except pl.exceptions.PolarsError as error:
        raise Unreadable from error


def _names(headers: Sequence[str]) -> list[str]:
    """The headers, told apart from each other and from `row`."""
    names: list[str] = []
    for name in Headers(tuple(headers)).names:
        same = 1
        unique = name
        while unique in (_ROW, *names):
            same += 1
            unique = f"{name}#{same}"
        names.append(unique)
    return names
