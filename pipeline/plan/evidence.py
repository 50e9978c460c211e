"""Evidence of somebody's time zone: what a cell, a postal code and a number tell, and which zones are left of them all."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from schemas.calendars import HORIZON

#: Zones by the words for what told them, what is known best first.
Told = Mapping[str, Sequence[str]]
#: What a clock shows: its distance from UTC, and every moment at which that changes.
_Clock = tuple[tuple[datetime, timedelta | None], ...]

_DAY, _STEP = timedelta(days=1), timedelta(minutes=15)


def zones_left(told: Told, since: datetime) -> tuple[tuple[str, ...], str]:
    """Give the zones in which somebody may be, sorted, and by what they are known, in words; none where nothing tells any.

    They are those on which all agree, or else all of them. Zones are the same where their clocks show the same from `since`
    (aware) on, as Detroit's and New York's do: the one that is told first stands for them.
    """
    day = since.date().isoformat()
    heard = {words: {clock_of(zone, day): zone for zone in reversed(zones)} for words, zones in told.items() if zones}
    names: dict[_Clock, str] = {}
    for clocks in heard.values():
        names = clocks | names
    agreed = set.intersection(*map(set, heard.values())) if heard else set()
    words = ", ".join(heard)
    if agreed or not heard:
        return tuple(sorted(names[clock] for clock in agreed)), words
    return tuple(sorted(names.values())), f"{words} (they disagree)"


@cache
def clock_of(zone: str, day: str) -> _Clock:
    """What the zone's clock shows for the time that is looked ahead from a day (ISO) on; changes to a quarter of an hour."""
    info = ZoneInfo(zone)
    at = datetime.fromisoformat(day).replace(tzinfo=UTC) - _DAY
    found = [(at, at.astimezone(info).utcoffset())]
    for _ in range(HORIZON + 3):
        if (at + _DAY).astimezone(info).utcoffset() != found[-1][1]:
            change = next(
                moment
                for moment in (at + _STEP * step for step in range(1, _DAY // _STEP + 1))
                if moment.astimezone(info).utcoffset() != found[-1][1]
            )
            found.append((change, change.astimezone(info).utcoffset()))
        at += _DAY
    return tuple(found)


def zones_of_country(region: str) -> tuple[str, ...]:
    """All zones of a country (ISO alpha-2), none where it is not known: those of a number that tells no more."""
    return _countries().get(region, ())


@cache
def _countries() -> Mapping[str, tuple[str, ...]]:
    """The list of the time zone database itself; but Macquarie Island, where nobody lives, does not stand for Hobart."""
    found: dict[str, tuple[str, ...]] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            region, _, zone = line.split("\t")[:3]
            if zone != "Antarctica/Macquarie":
                found[region] = (*found.get(region, ()), zone)
    return found
