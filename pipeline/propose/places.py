"""Places: in which country numbers without a plus are, and in which time zone the people live."""

import functools
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import polars as pl
from babel.core import default_locale, get_global, parse_locale
from phonenumbers import SUPPORTED_REGIONS

from pipeline.phone import facts_of
from schemas.proposal import Guess

_OWN_CLOCKS = "people are called by the clock where they are"
_LOCALTIME = Path("/etc/localtime")


@functools.cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def most_common(column: pl.Series) -> tuple[str, int] | None:
    """What is there most often, and how often; of equals the first by the alphabet."""
    counted = column.drop_nulls().value_counts(name="count").sort(["count", column.name], descending=[True, False])
    return (str(counted[column.name][0]), int(counted["count"][0])) if counted.height else None


def region(abroad: pl.Series, named: pl.Series, local_zone: str | None) -> Guess | None:
    """The region of numbers without a plus, by the numbers that have one (Int64), else by the countries that rows name."""
    for found, of in ((facts_of(abroad.drop_nulls())["region"], "numbers with a plus"), (named, "countries named")):
        usual = most_common(found.filter(found.is_in(list(SUPPORTED_REGIONS))))
        if usual:
            return Guess(usual[0], f"{usual[1]:,} of {found.len() - found.null_count():,} {of} are of {usual[0]}")
    return _of_this_machine(local_zone)


def _of_this_machine(local_zone: str | None) -> Guess | None:
    territories: Mapping[str, str] = get_global("zone_territories")
    if (code := territories.get(local_zone or "")) in SUPPORTED_REGIONS:
        return Guess(str(code), f"a guess by the time zone of this machine, {local_zone}: make sure")
    if (code := _of_this_language()) in SUPPORTED_REGIONS:
        return Guess(str(code), "a guess by the language settings of this machine: make sure")
    return None


def _of_this_language() -> str | None:
    """The region of the language settings; "C", which stands for none, is read as American English."""
    try:
        parts = parse_locale(default_locale("LC_CTYPE") or "")
    except ValueError:
        return None
    return None if "POSIX" in parts else parts[1]


def zone(e164: pl.Series, local_zone: str | None, now: datetime) -> Guess:
    """The people's time zone, by their numbers (Int64) or the country of these; `now` says which offsets hold."""
    facts = facts_of(e164.drop_nulls())
    zones = facts["zones"].list.first()
    if (usual := most_common(zones)) and usual[0] in _known_zones():
        known = zones.len() - zones.null_count()
        away = _hours_away(zones.drop_nulls().unique(), usual[0], now)
        return Guess(usual[0], f"the zone of {usual[1]:,} of the {known:,} numbers that tell one; {away}")
    region = (most_common(facts["region"]) or (None,))[0]
    territories: Mapping[str, str] = get_global("zone_territories")
    there = [name for name, code in territories.items() if code == region and name in _known_zones()]
    if local_zone and (local_zone in there or not there):
        return Guess(local_zone, f"of this machine; {_OWN_CLOCKS}")
    if there:
        clocks = Counter(_offset(name, now) for name in there)
        usual_clock = max(there, key=lambda name: (clocks[_offset(name, now)], name))
        return Guess(usual_clock, f"the clock of most places of {region}; {_OWN_CLOCKS}")
    return Guess("UTC", "TODO: the zone of the people who are called")


def _hours_away(zones: Iterable[str], chosen: str, now: datetime) -> str:
    """How far from the chosen clock others live."""
    here = _offset(chosen, now)
    hours = max(abs(_offset(zone, now) - here) for zone in (chosen, *zones) if zone in _known_zones())
    if not hours:
        return _OWN_CLOCKS
    return f"others are up to {hours:g} hours away; {_OWN_CLOCKS}"


def _offset(zone: str, now: datetime) -> float:
    """Hours from UTC."""
    offset = now.astimezone(ZoneInfo(zone)).utcoffset()
    return offset / timedelta(hours=1) if offset else 0.0


def local_zone() -> str | None:
    """The time zone of this machine by its name; None where it has none that says a place."""
    name = os.environ.get("TZ", "").lstrip(":") or str(_LOCALTIME.resolve()).partition("zoneinfo/")[2]
    return name if "/" in name and not name.startswith("Etc/") and name in _known_zones() else None
