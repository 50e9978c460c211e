"""Starts: when each planned row's call may begin, by the hours of its person and the queue at the service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.calendars import Calendar, Window
from schemas.capacity import Capacity
from schemas.findings import findings
from schemas.outcomes import Outcome
from schemas.plan import ROWS_SCHEMA, Slot, of_planned
from schemas.timing import Timing

_NOBODY = np.iinfo(np.uint32).max
_Places = npt.NDArray[np.int64]


def appoint(
    rows: pl.DataFrame, calendars: Sequence[Calendar], timing: Timing
) -> tuple[pl.DataFrame, tuple[Slot, ...], pl.DataFrame]:
    """Give each planned row its slot; whoever cannot be called in time is left out (`not_in_time`).

    In: ROWS_SCHEMA, where `calendar` is an index into `calendars` (null: any hour). Out: the same with `slot`, an index
    into the slots, which are in the order of their starts; and findings.

    Without a capacity everybody starts with their next window. With one, all calls are one queue. In which order the
    service takes batches that run at the same time nobody knows, so people of different windows get starts one after
    another: those whose window closes first begin, the next start when these are estimated to be through, and whoever
    would run past the end of their window starts in the next one. Within one window the order is the file's. Calls that the
    service has already are before them in the queue.
    """
    planned = rows["outcome"] == Outcome.PLANNED
    waiting = _by_calendar(rows["calendar"].filter(planned), calendars)
    slots: list[Slot] = []
    slot_of = np.full(int(planned.sum()), -1, np.int64)
    for slot, places in _queued(waiting, timing, timing.capacity) if timing.capacity else _each(waiting, timing):
        slot_of[places] = len(slots)
        slots.append(slot)
    rows = rows.with_columns(of_planned(rows, pl.Series("slot", slot_of).replace(-1, None)))
    late = planned & rows["slot"].is_null()
    when = "before [schedule] finish_by" if timing.finish else "within a year"
    found = findings(rows.filter(late), "not_in_time", None, detail=f"there is no room for the call {when}")
    return _left_out(rows, late) if found.height else rows, tuple(slots), found


@dataclass
class _Waiting:
    """People of one calendar who have no slot yet, by their places among the planned rows, and their next window."""

    calendar: Calendar | None
    places: _Places
    window: Window = (0, 0)

    def look(self, at: int, timing: Timing) -> bool:
        """Turn to the window that is open at a moment, or opens next; whether anybody waits, and there is one."""
        if not self.places.size:
            return False
        opens, closes = max(self.window[0], at), self.window[1]
        if closes - opens < timing.shortest:
            opens, closes = timing.next_window(self.calendar, at, timing.shortest) or (0, 0)
        self.window = opens, closes
        return 0 < opens <= timing.last_start


def _by_calendar(of: pl.Series, calendars: Sequence[Calendar]) -> list[_Waiting]:
    """People by their calendar; `of` (UInt32) are those of the planned rows, null where there is none."""
    numbers = of.fill_null(_NOBODY).to_numpy()
    order = np.argsort(numbers, kind="stable")
    distinct, firsts = np.unique(numbers[order], return_index=True)
    parts = np.split(order, firsts[1:]) if distinct.size else []
    return [
        _Waiting(None if number == _NOBODY else calendars[number], places)
        for number, places in zip(distinct.tolist(), parts, strict=True)
    ]


def _each(waiting: Sequence[_Waiting], timing: Timing) -> Iterator[tuple[Slot, _Places]]:
    """Everybody at the beginning of their next window; windows that open together in the order of their ends."""
    present = [each for each in waiting if each.look(timing.begin, timing)]
    for opens, closes in sorted({each.window for each in present}):
        yield timing.slot(opens, None, closes), _in_file_order(present, (opens, closes))


def _queued(waiting: Sequence[_Waiting], timing: Timing, capacity: Capacity) -> Iterator[tuple[Slot, _Places]]:
    """One queue: at each moment the windows that close first, until they are through, full, or more urgent ones open."""
    at, present = timing.begin, list(waiting)
    while present := [each for each in present if each.look(at, timing)]:
        start = min(each.window[0] for each in present)
        if free := max((end for begin, end in timing.taken if begin <= start < end), default=0):
            at = free
            continue
        end = min(each.window[1] for each in present if each.window[0] == start)
        urgent = (each.window[0] for each in present if each.window[0] > start and each.window[1] < end)
        until = min([end, *urgent, *(begin for begin, _ in timing.taken if begin > start)])
        places = _in_file_order(present, (start, end))[: capacity.calls_within(until - start)]
        if not places.size:  # more urgent ones come before a single call would end
            at = until
            continue
        at = start + capacity.seconds(places.size)
        for each in present:
            if each.window == (start, end):
                each.places = each.places[np.searchsorted(each.places, places[-1], side="right") :]
        yield timing.slot(start, at, end), places


def _in_file_order(present: Sequence[_Waiting], window: Window) -> _Places:
    return np.sort(np.concatenate([each.places for each in present if each.window == window]))


def _left_out(rows: pl.DataFrame, late: pl.Series) -> pl.DataFrame:
    return rows.with_columns(
        outcome=pl.when(late).then(pl.lit(Outcome.LEFT_OUT, ROWS_SCHEMA["outcome"])).otherwise("outcome"),
        codes=pl.when(late).then(pl.lit("not_in_time", ROWS_SCHEMA["codes"])).otherwise("codes"),
    )
