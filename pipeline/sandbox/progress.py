"""How calls go: read off the clock alone, so that the same batch has the same story at the same moment."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

from pipeline.sandbox.store import Batch, Round, address

#: Of 100 calls so many end so; the others are completed.
_FAILED, _VOICEMAIL = 10, 8


@dataclass(frozen=True)
class Pace:
    """Calls take `seconds` each; `at_once` calls of a batch run side by side; `seed` decides how each one ends."""

    seconds: float = 0.0
    at_once: int = 10
    seed: int = 0

    def begins(self, calls: Round, rank: int) -> float:
        """When the call at this rank of a round begins."""
        return calls.at + rank // self.at_once * self.seconds

    def over(self, calls: Round) -> float:
        """When the last call of a round has ended."""
        return calls.at + math.ceil(len(calls.positions) / self.at_once) * self.seconds

    def begun(self, calls: Round, moment: float) -> int:
        """How many calls of a round have begun."""
        if moment < calls.at:
            return 0
        all_of_them = len(calls.positions)
        if not self.seconds:
            return all_of_them
        return min(all_of_them, (int((moment - calls.at) // self.seconds) + 1) * self.at_once)

    def ending(self, recipient: Mapping[str, Any], attempt: int) -> str:
        """How a call ends: by the number called, and by how often it was called."""
        share = crc32(f"{self.seed}/{address(recipient)}/{attempt}".encode()) % 100
        return "failed" if share < _FAILED else "voicemail" if share < _FAILED + _VOICEMAIL else "completed"


class _Call(NamedTuple):
    begins: float
    attempt: int


@dataclass(frozen=True)
class Standing:
    """Where one person's call stands. `since` is Unix seconds; `dialled` says that the phone rang."""

    status: str
    since: float
    dialled: bool


def moment_of(batch: Batch, now: float) -> float:
    """The moment up to which a batch's calls went on."""
    return now if batch.cancelled_at is None else min(now, batch.cancelled_at)


def batch_status(pace: Pace, batch: Batch, now: float) -> str:
    """The contract's status of a batch."""
    moment = moment_of(batch, now)
    if all(moment >= max(calls.at, pace.over(calls)) for calls in batch.rounds):
        return "completed"
    if batch.cancelled_at is not None:
        return "cancelled"
    return "pending" if moment < batch.start else "in_progress"


def dispatched(pace: Pace, batch: Batch, now: float) -> int:
    """How many calls have begun, repeated ones included."""
    return sum(pace.begun(calls, moment_of(batch, now)) for calls in batch.rounds)


def standings(pace: Pace, batch: Batch, people: Sequence[Mapping[str, Any]], now: float) -> list[Standing]:
    """Where each person's latest call stands, in the order of the batch."""
    latest: dict[int, _Call] = {}
    for attempt, calls in enumerate(batch.rounds):
        for rank, position in enumerate(calls.positions):
            latest[position] = _Call(pace.begins(calls, rank), attempt)
    return [_standing(pace, batch, now, recipient, latest[position]) for position, recipient in enumerate(people)]


def _standing(pace: Pace, batch: Batch, now: float, recipient: Mapping[str, Any], call: _Call) -> Standing:
    moment = moment_of(batch, now)
    ends = call.begins + pace.seconds
    if moment >= ends:
        return Standing(pace.ending(recipient, call.attempt), ends, dialled=True)
    if batch.cancelled_at is not None:
        return Standing("cancelled", batch.cancelled_at, dialled=moment >= call.begins)
    if moment >= call.begins:
        return Standing("in_progress", call.begins, dialled=True)
    return Standing("pending", batch.placed_at, dialled=call.attempt > 0)
