"""Split: planned rows into batches, in file order, within the limits on recipients and on bytes of a request."""

import numpy as np
import polars as pl

from schemas.campaign import Limits
from schemas.codes import Outcome
from schemas.findings import findings
from schemas.plan import PlannedBatch
from schemas.request import RECIPIENT_SEPARATOR


def split(rows: pl.DataFrame, limits: Limits, overhead: int) -> tuple[pl.DataFrame, tuple[PlannedBatch, ...]]:
    """Give each planned row its batch and position. In and out: ROWS_SCHEMA; `overhead` as of Head.overhead, in bytes.

    Every planned row fits into a request by itself; each batch is as full as the limits allow.
    """
    planned = rows.lazy().filter(pl.col("outcome") == Outcome.PLANNED).select(pl.col("size").cast(pl.Int64))
    # A body of n recipients holds n - 1 separators: count one with each, and allow for one more.
    ends = (planned.collect()["size"] + len(RECIPIENT_SEPARATOR)).cum_sum().to_numpy()
    room = limits.max_bytes - overhead + len(RECIPIENT_SEPARATOR)
    starts = _starts(ends, room, limits.max_recipients)
    counts = np.diff([*starts, ends.size])
    batches = tuple(
        PlannedBatch(number, count, _bytes(ends, start, count) + overhead - len(RECIPIENT_SEPARATOR))
        for number, (start, count) in enumerate(zip(starts, counts.tolist(), strict=True), 1)
    )
    return _with_places(rows, starts), batches


def oversized(recipients: pl.DataFrame, limits: Limits, overhead: int) -> pl.DataFrame:
    """Findings about recipients (row, size in bytes) that do not fit into a request even alone."""
    room = limits.max_bytes - overhead
    large = recipients.filter(pl.col("size") > room)
    detail = pl.concat_str(pl.col("size"), pl.lit(f" bytes, where at most {room} fit"))
    return findings(large, "recipient_too_large", None, detail=detail)


def _starts(ends: np.ndarray, room: int, most: int) -> list[int]:
    """Index of the first recipient of each batch; `ends` are the running sums of sizes."""
    starts, at = [], 0
    while at < ends.size:
        starts.append(at)
        before = int(ends[at - 1]) if at else 0
        at = min(at + most, int(np.searchsorted(ends, before + room, side="right")))
    return starts


def _bytes(ends: np.ndarray, start: int, count: int) -> int:
    return int(ends[start + count - 1]) - (int(ends[start - 1]) if start else 0)


def _with_places(rows: pl.DataFrame, starts: list[int]) -> pl.DataFrame:
    """Batch and position of each planned row: the n-th lies in the last batch that starts at n or before."""
    if not starts:
        return rows
    planned = rows["outcome"] == Outcome.PLANNED
    nth = planned.cum_sum() - 1  # of a row that is not planned: of the one before; it is left away
    batch = np.searchsorted(starts, nth.to_numpy(), side="right").astype(np.uint32)
    first = pl.Series(starts, dtype=pl.UInt32).gather(np.maximum(batch, 1) - 1)
    return rows.with_columns(
        batch=pl.when(planned).then(pl.Series(batch)),
        position=pl.when(planned).then(nth - first).cast(pl.UInt32),
    )
