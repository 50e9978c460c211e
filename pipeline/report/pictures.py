"""The pictures of the page as numbers: where each piece of a bar begins and how long it is, in percent."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from pipeline.report.timeline import day
from schemas.report import Report, Span
from schemas.states import BatchState

#: What is there can be seen, in percent of a bar.
_LEAST = 0.6
#: Between two moments that are named on a line of time, in seconds; so many are named at the most, less one.
_DAY = 86_400
_STEPS, _FEW = (1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, _DAY), 4
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
    yield "called before", "before", counts.called_before - report.forgotten
    yield "forgotten", "before", report.forgotten


def bars(counted: Iterable[tuple[_What, int]]) -> list[Bar[_What]]:
    """Bars to be compared, in the order given."""
    pairs = list(counted)
    longest = max((count for _, count in pairs), default=0)
    return [Bar(what, count, max(100 * count / longest, _LEAST) if count else 0.0) for what, count in pairs]


@dataclass(frozen=True)
class Stretch:
    """A stretch of a line of time; `kind` says how it is painted, `x` and `width` are in percent."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True)
class Line:
    """A time zone's hours and calls on the line of time, and the same as the report has it."""

    zone: str
    stretches: tuple[Stretch, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Times:
    """The timeline: a line a zone, and moments to read it by, each with its place in percent."""

    lines: tuple[Line, ...]
    moments: tuple[tuple[str, float], ...]
    is_estimated: bool


def times(report: Report) -> Times | None:
    """The timeline of a report, by zone, in the order of the first starts; None where there is none."""
    spans = report.timeline
    if not spans:
        return None
    first = min(_at(span.start) for span in spans)
    last = max(_at(span.end or span.until or span.start) for span in spans)
    whole = max(last - first, 1.0)
    by_zone: dict[str, list[Span]] = {}
    for span in spans:
        by_zone.setdefault(span.zone, []).append(span)
    lines = tuple(Line(zone, tuple(_stretches(mine, first, whole)), tuple(mine)) for zone, mine in by_zone.items())
    return Times(lines, tuple(_moments(first, whole, report.timezone)), any(span.until for span in spans))


def _at(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp()


def _stretches(spans: Iterable[Span], first: float, whole: float) -> Iterator[Stretch]:
    """The hours, and on them the calls: as long as they are estimated, or else the moment at which they start."""
    mine = list(spans)
    for kind in ("hours", "go"):
        for span in mine:
            start, end = _at(span.start), _at((span.end if kind == "hours" else span.until) or span.start)
            x, width = 100 * (start - first) / whole, max(100 * (end - start) / whole, _LEAST)
            yield Stretch(kind, min(x, 100 - _LEAST), min(width, 100 - min(x, 100 - _LEAST)))


def _moments(first: float, whole: float, timezone: str | None) -> Iterator[tuple[str, float]]:
    """A few round moments in the campaign's zone."""
    zone = ZoneInfo(timezone) if timezone else UTC
    step = next((step for step in _STEPS if whole / step <= _FEW), math.ceil(whole / _FEW / _DAY) * _DAY)
    moment = datetime.fromtimestamp(first, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    while moment.timestamp() <= first + whole:
        if moment.timestamp() >= first:
            name = day(moment) if step >= _DAY else f"{moment:%a %H:%M}"
            yield name, 100 * (moment.timestamp() - first) / whole
        moment += timedelta(seconds=step)  # by the clock on the wall, whose days are not all of one length
