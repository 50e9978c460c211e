"""Time zones as people write them: IANA names, Windows' names, and the words of North America, such as Eastern or PST."""

import re
from functools import cache
from zoneinfo import available_timezones

Zones = tuple[str, ...]

#: Read before IANA's names: there EST is a clock without daylight saving time, and nobody means it.
_ABBREVIATIONS: dict[Zones, str] = {
    ("America/New_York",): "et est edt",
    ("America/Chicago",): "ct cst cdt",
    ("America/Denver",): "mt mdt",
    ("America/Denver", "America/Phoenix"): "mst",  # in summer it is Arizona's alone
    ("America/Phoenix",): "arizona",
    ("America/Los_Angeles",): "pt pst pdt",
    ("America/Anchorage",): "akt akst akdt alaska",
    ("Pacific/Honolulu",): "hst hawaii",
}
_NO_ZONES = frozenset({"Factory", "localtime"})
#: `(UTC-05:00) Eastern Time (US & Canada)`, `(GMT-04:00) Eastern Daylight Time (America/New_York)`
_OFFSET = re.compile(r"^\((?:GMT|UTC)[^)]*\)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"(.*?)\(([^)]*)\)", re.DOTALL)


def zones_named(text: str) -> Zones:
    """The zones that a cell names; none where it cannot be read. An offset, as UTC-5, names none: clocks are put forward."""
    plain = _OFFSET.sub("", text.strip())
    parts = found.groups()[::-1] if (found := _IN_BRACKETS.fullmatch(plain)) else ()
    return next((zones for part in (plain, *parts) if (zones := _names().get(_folded(part)) or _windows(part))), ())


def _folded(name: str) -> str:
    """Without case, a space for what stands for one. HubSpot writes america_slash_new_york."""
    return " ".join(name.casefold().replace("_slash_", "/").replace("_", " ").split())


@cache
def _names() -> dict[str, Zones]:
    iana = {_folded(name): (name,) for name in available_timezones() - _NO_ZONES}
    return iana | {word: zones for zones, words in _ABBREVIATIONS.items() for word in words.split()}


def _windows(name: str) -> Zones:
    """What Windows' name, or the beginning of one, means: Eastern Standard Time, Eastern Time, Eastern."""
    return _windows_names().get(re.sub(r"(?: standard| daylight)?(?: time)?$", "", _folded(name)), ())


@cache
def _windows_names() -> dict[str, Zones]:
    from babel.core import get_global  # noqa: PLC0415 -- only for cells that hold no IANA name

    ending = " standard time"
    return {
        _folded(name).removesuffix(ending): (zone,)
        for name, zone in get_global("windows_zone_mapping").items()
        if _folded(name).endswith(ending)
    }
