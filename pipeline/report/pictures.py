"""The pictures of the page as numbers: where each piece of a bar begins and how long it is, in percent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.report import Report
from schemas.states import BatchState

#: What is there can be seen, in percent of a bar.
_LEAST = 0.6
#: What is said of people in a state, and how the page paints it, in the order of the bar.
_STATES = {
    BatchState.ACCEPTED: ("accepted", "go"),
    BatchState.UNCONFIRMED: ("unconfirmed", "unsure"),
    BatchState.SENDING: ("being sent", "unsure"),
    BatchState.REFUSED: ("refused by the service", "no"),
    BatchState.PLANNED: ("not sent yet", "wait"),
    BatchState.SUPERSEDED: ("left to a later run", "wait"),
    BatchState.CANCELLED: ("cancelled", "wait"),
}

_What = TypeVar("_What")


@dataclass(frozen=True)
class Slice:
    """A piece of the bar of all rows; `kind` says how it is painted. `share` is of 1, `x` and `width` are percents."""

    label: str
    kind: str
    rows: int
    share: float
    x: float
    width: float


@dataclass(frozen=True)
class Bar(Generic[_What]):
    """A bar of its own beside what it stands for; `width` is in percent of the longest."""

    what: _What
    count: int
    width: float


def slices(report: Report) -> list[Slice]:
    """All rows of the file by what became of them: one bar. Kinds that no row has are left away."""
    counts = report.counts
    parts = [(label, kind, rows) for label, kind, rows in _parts(report) if rows]
    widths = [max(100 * rows / counts.rows, _LEAST) for _, _, rows in parts]
    made: list[Slice] = []
    for (label, kind, rows), width in zip(parts, widths, strict=True):
        x = made[-1].x + made[-1].width if made else 0.0
        made.append(Slice(label, kind, rows, rows / counts.rows, x, 100 * width / sum(widths)))
    return made


def _parts(report: Report) -> Iterable[tuple[str, str, int]]:
    counts = report.counts
    if report.run is None:
        yield "to call", "go", counts.planned
    else:
        for state, (label, kind) in _STATES.items():
            yield label, kind, sum(batch.recipients for batch in report.batches if batch.state is state)
    yield "to fix", "fix", counts.to_fix
    yield "left out", "out", counts.left_out
    yield "called before", "before", counts.called_before


def bars(counted: Iterable[tuple[_What, int]]) -> list[Bar[_What]]:
    """Bars to be compared, in the order given."""
    pairs = list(counted)
    longest = max((count for _, count in pairs), default=0)
    return [Bar(what, count, max(100 * count / longest, _LEAST) if count else 0.0) for what, count in pairs]
