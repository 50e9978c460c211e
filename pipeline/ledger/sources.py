"""Source columns: the stored rows as they stood in the export, as Parquet in parts."""

import io
from collections.abc import Iterable, Sequence

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.tables import campaigns, rows, runs, sources
from pipeline.ledger.trouble import Unreadable
from schemas.codes import Outcome
from schemas.headers import Headers
from schemas.plan import row_text

_ZSTD_LEVEL = 3
_ROW = "row"


def add_sources(connection: sa.Connection, run_id: int, headers: Sequence[str], parts: Iterable[pl.DataFrame]) -> None:
    """Keep the export's columns; each part has `row`, then the columns in the order of `headers`. Empty parts are skipped.

    In parts, because a blob of SQLite holds 1 GB at most, and because whoever looks for one row reads one part only.
    """
    names = [_ROW, *_names(headers)]
    for part in parts:
        if part.is_empty():
            continue
        buffer = io.BytesIO()
        part.rename(dict(zip(part.columns, names, strict=True))).write_parquet(
            buffer, compression="zstd", compression_level=_ZSTD_LEVEL, statistics=False
        )
        connection.execute(
            sources.insert().values(
                run_id=run_id,
                first_row=part[_ROW][0],
                last_row=part[_ROW][-1],
                columns=list(headers),
                parquet=buffer.getvalue(),
            )
        )


def told(connection: sa.Connection, campaign: str) -> pl.Series:
    """The rows to fix of the campaign's last run, as `row_text` gives them (String)."""
    last = (
        sa.select(sa.func.max(runs.c.id))
        .join(campaigns, runs.c.campaign_id == campaigns.c.id)
        .where(campaigns.c.name == campaign, runs.c.kind == "run")
        .scalar_subquery()
    )
    to_fix = sa.select(rows.c.row).where(rows.c.run_id == last, rows.c.outcome == Outcome.TO_FIX.value)
    numbers = pl.Series(connection.execute(to_fix).scalars().all(), dtype=pl.UInt32)
    texts = [pl.Series("told", [], pl.String)]
    if numbers.len():
        parts = connection.execute(sa.select(sources.c.parquet).where(sources.c.run_id == last)).scalars()
        texts += [_texts(part, numbers) for part in parts]
    return pl.concat(texts)


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
