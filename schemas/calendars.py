"""Calendars: at which moments somebody may be called, by the clocks of all time zones that may be theirs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: A half-open span of moments, in Unix seconds.
Window = tuple[int, int]

#: How far ahead hours are looked for, in days: a year has seen every weekday, holiday and change of the clocks.
HORIZON = 366
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True)
class LocalHours:
    """Hours by the clock of `zone` (IANA): from `start` up to `to`, on weekdays `days` (Monday is 0) but not on `excluded` dates."""

    zone: str
    start: time
    to: time
    days: frozenset[int] = EVERY_DAY
    excluded: frozenset[date] = frozenset()

    def on(self, day: date) -> Window | None:
        """The hours of one local date; None where there are none.

        Of a time that the clocks show twice, hours begin with the second and end with the first; one that they skip is
        passed by an hour. So no moment lies outside, though a few inside may be lost on the two days of a year.
        """
        if day.weekday() not in self.days or day in self.excluded:
            return None
        opens, closes = max(self._moments(day, self.start)), min(self._moments(day, self.to))
        return (math.ceil(opens), math.floor(closes)) if opens < closes else None

    def window_at_or_after(self, moment: int) -> Window | None:
        """The hours that go on, or begin next; from `moment` on where they have begun. None: there are none within a year."""
        today = datetime.fromtimestamp(moment, ZoneInfo(self.zone)).date()
        for ahead in range(HORIZON):
            window = self.on(today + timedelta(days=ahead))
            if window is not None and window[1] > moment:
                return max(window[0], moment), window[1]
        return None

    def _moments(self, day: date, at: time) -> tuple[float, float]:
        local = datetime.combine(day, at, ZoneInfo(self.zone))
        return local.timestamp(), local.replace(fold=1).timestamp()


@dataclass(frozen=True)
class Calendar:
    """The hours that all `clocks` share. `evidence` says what the zones were known by, in words."""

    clocks: tuple[LocalHours, ...]
    evidence: str

    @property
    def zones(self) -> tuple[str, ...]:
        """The time zones that may be the person's, each once."""
        return tuple(dict.fromkeys(clock.zone for clock in self.clocks))

    def window_at_or_after(self, moment: float) -> Window | None:
        """The next window that ends after a moment (Unix seconds); it begins with the moment where it is open then.

        None: no window is common to all clocks within a year.
        """
        at = math.ceil(moment)
        last = at + HORIZON * 24 * 60 * 60
        while at < last:
            windows = [clock.window_at_or_after(at) for clock in self.clocks]
            common = _common([window for window in windows if window is not None])
            if None in windows or common is None:
                return None
            if common[0] < common[1]:
                return common
            at = common[0]  # one clock at least has no hours before
        return None

    def allows(self, moment: float) -> bool:
        """Whether the person may be called at a moment, in Unix seconds."""
        window = self.window_at_or_after(moment)
        return window is not None and window[0] <= math.ceil(moment)


def shared(calendars: Sequence[Calendar]) -> Calendar | None:
    """The calendar of several people at once: the hours that all of them share; None of nobody's, which is any hour."""
    clocks = tuple(dict.fromkeys(clock for calendar in calendars for clock in calendar.clocks))
    return Calendar(clocks, calendars[0].evidence) if clocks else None


def _common(windows: Sequence[Window]) -> Window | None:
    return (max(start for start, _ in windows), min(end for _, end in windows)) if windows else None
