"""Split: planned rows into batches of one start and one route each, in file order, within the limits on recipients and bytes of a request."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.campaign import Limits
from schemas.findings import findings
from schemas.outcomes import Outcome
from schemas.plan import PlannedBatch, Slot, of_planned
from schemas.request import RECIPIENT_SEPARATOR

#: A moment with as many digits as all that are to come.
ANY_START = 1_800_000_000
_SEPARATOR = len(RECIPIENT_SEPARATOR)
_Numbers = npt.NDArray[np.int64]

#: Bytes of a body besides its recipients and the separators between them, for a route and a start (None: now).
Overhead = Callable[[int, int | None], int]


def split(
    rows: pl.DataFrame, slots: Sequence[Slot], limits: Limits, overhead: Overhead
) -> tuple[pl.DataFrame, tuple[PlannedBatch, ...]]:
    """Give each planned row its batch and position. In and out: ROWS_SCHEMA; a row without a `slot` starts with the first.

    Batches are numbered slot by slot, and route by route within one. Every planned row fits into a request by itself; each batch is as full as the
    limits allow, and has room for a start in any case, for one may be given to it later.
    """
    planned = rows.filter(pl.col("outcome") == Outcome.PLANNED).select("size", "slot", "route")
    route_of = planned["route"].fill_null(0)
    routes = route_of.unique().sort()
    group_of = planned["slot"].fill_null(0).to_numpy() * len(routes) + routes.search_sorted(route_of).to_numpy()
    order = np.argsort(group_of, kind="stable")
    # A body of n recipients holds n - 1 separators: count one with each, and allow for one more.
    ends = np.cumsum(planned["size"].to_numpy().astype(np.int64)[order] + _SEPARATOR)
    groups = [*product(slots, routes)]
    edges = np.searchsorted(group_of[order], range(len(groups) + 1)).tolist()
    triples = [
        (slot, route, first)
        for (slot, route), begin, end in zip(groups, edges[:-1], edges[1:], strict=True)
        for first in _firsts(ends, begin, end, _room(limits, overhead(route, ANY_START)), limits.max_recipients)
    ]
    firsts = [first for _, _, first in triples]
    counts = np.diff([*firsts, ends.size]).tolist()
    placed = _with_places(rows, order, np.array(firsts, np.int64), np.array(counts, np.int64))
    calendars = _calendars(placed)
    batches = tuple(
        PlannedBatch(
            number,
            count,
            _bytes(ends, first, count) + overhead(route, slot.start) - _SEPARATOR,
            slot,
            calendars.get(number, ()),
            route,
        )
        for number, ((slot, route, first), count) in enumerate(zip(triples, counts, strict=True), 1)
    )
    return placed, batches


def oversized(recipients: pl.DataFrame, limits: Limits, overhead: int) -> pl.DataFrame:
    """Findings about recipients (row, size in bytes) that do not fit into a request even alone."""
    room = limits.max_bytes - overhead
    large = recipients.filter(pl.col("size") > room)
    detail = pl.concat_str(pl.col("size"), pl.lit(f" bytes, where at most {room} fit"))
    return findings(large, "recipient_too_large", None, detail=detail)


def _room(limits: Limits, overhead: int) -> int:
    return limits.max_bytes - overhead + _SEPARATOR


def _firsts(ends: _Numbers, at: int, stop: int, room: int, most: int) -> Iterator[int]:
    """Index of the first recipient of each batch from `at` up to `stop`; `ends` are the running sums of sizes."""
    while at < stop:
        yield at
        before = int(ends[at - 1]) if at else 0
        at = min(at + most, stop, int(np.searchsorted(ends, before + room, side="right")))


def _bytes(ends: _Numbers, first: int, count: int) -> int:
    return int(ends[first + count - 1]) - (int(ends[first - 1]) if first else 0)


def _with_places(rows: pl.DataFrame, order: _Numbers, firsts: _Numbers, counts: _Numbers) -> pl.DataFrame:
    """Batch and position of each planned row; `order` are the planned rows as the batches have them."""
    if not firsts.size:
        return rows
    batch, position = np.empty_like(order), np.empty_like(order)
    batch[order] = np.repeat(np.arange(1, firsts.size + 1), counts)
    position[order] = np.arange(order.size) - np.repeat(firsts, counts)
    places = pl.Series("batch", batch), pl.Series("position", position)
    return rows.with_columns(of_planned(rows, column) for column in places)


def _calendars(rows: pl.DataFrame) -> dict[int, tuple[int, ...]]:
    """The distinct calendars of each batch."""
    known = rows.lazy().filter(pl.col("batch").is_not_null(), pl.col("calendar").is_not_null())
    found = known.group_by("batch").agg(pl.col("calendar").unique().sort()).collect()
    return {number: tuple(calendars) for number, calendars in found.iter_rows()}
