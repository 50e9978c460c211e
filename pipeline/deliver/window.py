"""When people may be called, and what that means for starts that have been planned."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol

from pipeline.deliver.gate import StopKind, Stopped
from pipeline.ledger.moments import minute
from schemas.calendars import Window
from schemas.plan import Slot
from schemas.ready import ReadyBatch
from schemas.timing import Timing

_log = logging.getLogger("campaign")


class StartLedger(Protocol):
    """What is asked of the ledger."""

    def start_anew(self, batch_id: int, slot: Slot) -> None:
        """Let a planned batch have another start; committed when it returns."""


@dataclass(frozen=True)
class Start:
    """The start that a request carries: Unix seconds, or None for now."""

    at: int | None


def start_now(batch: ReadyBatch, now: float) -> Start | None:
    """The start to send with a batch at this moment (None in it: as soon as it is sent); None if there is none.

    What lies ahead stays as it was planned. What has passed becomes "now": the service is never told a time in the
    past. Either must lie in the hours of the batch's people.
    """
    planned = batch.head.start
    start = Start(planned if planned is not None and planned > now else None)
    at = now if start.at is None else start.at
    return start if batch.calendar is None or batch.calendar.allows(at) else None


def stay_planned(numbers: Sequence[int]) -> str:
    """Which batches are not sent, as the beginning of a sentence: `3 batches (from 1 on) stay planned`."""
    if len(numbers) == 1:
        return f"1 batch ({numbers[0]}) stays planned"
    return f"{len(numbers)} batches (from {min(numbers)} on) stay planned"


@dataclass(frozen=True)
class OnTime:
    """Batches with starts that can be kept, in order of number, and those for which no moment is left."""

    ready: tuple[ReadyBatch, ...]
    late: tuple[ReadyBatch, ...]

    @property
    def stopped(self) -> Stopped | None:
        """Why not all of them are sent, if that is so."""
        if not self.late:
            return None
        return Stopped(
            StopKind.WINDOW,
            f"{stay_planned([batch.number for batch in self.late])}: their people have no hours any more in which all calls of a "
            "batch would be over in time ([schedule] finish_by, [rules.capacity]); `campaign run` plans anew",
        )


def on_time(batches: Sequence[ReadyBatch], ledger: StartLedger, timing: Timing) -> OnTime:
    """Look again at the starts of planned batches; those that had to be moved are said, and written down.

    A start that lies ahead stays if the queue at the service, as it is estimated, is free by then; one that has passed
    becomes now, or else the beginning of the next window of the batch's people. `timing` begins now, `at_once`.
    """
    placed = sorted(_placed(batches, timing), key=lambda each: each[0].number)
    late = tuple(batch for batch, slot in placed if slot is None)
    kept = [(batch, slot) for batch, slot in placed if slot is not None]
    moved = [(batch, slot) for batch, slot in kept if slot.start != batch.head.start]
    for batch, slot in moved:
        ledger.start_anew(batch.id, slot)
    for start, count in Counter(slot.start for _, slot in moved).items():
        when = "now" if start is None else minute(start)
        whose = "1 batch starts" if count == 1 else f"{count} batches start"
        _log.info("%s %s, since what was planned cannot be kept.", whose, when)
    return OnTime(tuple(replace(batch, head=replace(batch.head, start=slot.start)) for batch, slot in kept), late)


def _placed(batches: Iterable[ReadyBatch], timing: Timing) -> Iterator[tuple[ReadyBatch, Slot | None]]:
    """Each batch with its slot, in the order of the planned starts."""
    queue = _Queue(timing, list(timing.taken))
    for start, together in groupby(sorted(batches, key=_order), key=lambda batch: batch.head.start):
        group = tuple(together)
        at = max(timing.begin, start or 0)
        slots = queue.together(group, at)
        yield from zip(group, slots or [queue.alone(batch, at) for batch in group], strict=True)


def _order(batch: ReadyBatch) -> tuple[int, int]:
    return batch.head.start or 0, batch.number


@dataclass(frozen=True)
class _Queue:
    """The calls of the batches at the service, with an estimate of their time as long as there is a capacity."""

    timing: Timing
    taken: list[Window]

    def together(self, group: Sequence[ReadyBatch], at: int) -> Sequence[Slot | None] | None:
        """The slots of batches that all start at one moment; None unless all of their calls have room then."""
        seconds = self._seconds(group)
        windows = [self.timing.next_window(batch.calendar, at, max(seconds, 1)) for batch in group]
        if any(window is None or window[0] > at for window in windows) or self._clash(at, seconds):
            return None
        self.taken.append((at, at + seconds))
        return [self._slot(window, seconds) for window in windows if window]

    def alone(self, batch: ReadyBatch, at: int) -> Slot | None:
        """The slot of a batch at a moment, or as soon after as all of its calls have room."""
        seconds = self._seconds([batch])
        while window := self.timing.next_window(batch.calendar, at, max(seconds, 1)):
            if until := self._clash(window[0], seconds):
                at = until
                continue
            self.taken.append((window[0], window[0] + seconds))
            return self._slot(window, seconds)
        return None

    def _slot(self, window: Window, seconds: int) -> Slot:
        until = window[0] + seconds if self.timing.capacity else None
        return self.timing.slot(window[0], until, window[1])

    def _seconds(self, group: Sequence[ReadyBatch]) -> int:
        capacity = self.timing.capacity
        return capacity.seconds(sum(batch.recipients for batch in group)) if capacity else 0

    def _clash(self, start: int, seconds: int) -> int | None:
        """When the queue is free of the calls that would be in the way; None where there are none."""
        ends = [end for begin, end in self.taken if begin < start + seconds and start < end]
        return max(ends, default=None)
