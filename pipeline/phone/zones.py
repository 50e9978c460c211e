"""Time zones by the column: the library's table of prefixes, flattened into ranges that a binary search finds."""

import functools
from collections import defaultdict

import polars as pl
from phonenumbers.timezone import UNKNOWN_TIMEZONE
from phonenumbers.tzdata import TIMEZONE_DATA

#: The length of 1 and an area code, and what the seven digits behind it count.
_LONG, _AREA = 4, 10_000_000
#: Younger area codes that are laid over older ones with several zones (NANPA): the library has one zone for some of them.
_OVERLAYS = {"1448": "1850", "1729": "1423", "1364": "1270", "1930": "1812", "1986": "1208", "1458": "1541"}


def zones_of(e164: pl.Expr, is_geographical: pl.Expr, code: str) -> pl.Expr:
    """Give the zones (List(String)) of each number of a calling code; null where they are unknown.

    `e164` (String) are digits without a plus. A number that tells no place has its country's zones. Where those are
    several, as for mobile numbers of Australia, the library lists them all, which says no more than "unknown".
    """
    starts, zones = _ranges(code)
    place = pl.lit(starts).search_sorted(e164, side="right") - 1
    return pl.lit(zones).gather(pl.when(is_geographical).then(place).otherwise(0))


@functools.cache
def _ranges(code: str) -> tuple[pl.Series, pl.Series]:
    """Give the sorted starts of ranges of E.164 digits, and the zones of each; the first one's are the country's.

    A prefix covers the digits from itself up to itself and ":", the character behind "9", from where on the next
    shorter prefix covers them again.
    """
    prefixes = [prefix for prefix in TIMEZONE_DATA if prefix.startswith(code)]
    starts = sorted({code, *prefixes, *(prefix + ":" for prefix in prefixes)})
    covering = [start[:-2] if start.endswith(":") else start for start in starts]
    zones = [_zones(digits, code) for digits in covering]
    return pl.Series(starts), pl.Series(zones, dtype=pl.List(pl.String))


def _zones(digits: str, code: str) -> list[str] | None:
    """Give the known zones of the longest prefix of the digits."""
    prefixes = (digits[:length] for length in range(len(digits), 0, -1))
    return known_zones(next((TIMEZONE_DATA[prefix] for prefix in prefixes if prefix in TIMEZONE_DATA), ()), code)


def zones_of_area(e164: pl.Series, zones: pl.Series) -> pl.Series:
    """Give the zones (List(String)) of each number (Int64), wherever else in its area somebody may have it.

    The library tells the zone of an exchange; but numbers are ported, and given out, anywhere in their area. So a number of
    North America that has zones at all has all those of its area code, and of the one over which that is laid.
    """
    areas, everywhere = _areas()
    place = (e164 // _AREA).replace_strict(areas, range(len(areas)), default=None, return_dtype=pl.UInt32)
    return everywhere.gather(place.set(zones.is_null(), None)).zip_with(place.is_not_null(), zones).alias(zones.name)


@functools.cache
def _areas() -> tuple[list[int], pl.Series]:
    """Area codes with several zones, behind the calling code 1, and the zones of each."""
    found: dict[str, set[str]] = defaultdict(set)
    for prefix, zones in TIMEZONE_DATA.items():
        if len(prefix) >= _LONG and prefix.startswith("1"):
            found[prefix[:_LONG]].update(zones)
    for over, under in _OVERLAYS.items():
        found[over] |= found[under]
    several = {int(area): sorted(zones) for area, zones in found.items() if len(zones) > 1}
    return list(several), pl.Series(several.values(), dtype=pl.List(pl.String))


def known_zones(zones: tuple[str, ...], code: str) -> list[str] | None:
    """Give the library's zones of a number, None where they are unknown or a whole country's, and those several."""
    is_whole_country = len(zones) > 1 and zones == TIMEZONE_DATA.get(code)
    return None if is_whole_country or zones in {(), (UNKNOWN_TIMEZONE,)} else list(zones)
