"""Time zones by the column: the library's table of prefixes, flattened into ranges that a binary search finds."""

import functools

import polars as pl
from phonenumbers.timezone import UNKNOWN_TIMEZONE
from phonenumbers.tzdata import TIMEZONE_DATA


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


def known_zones(zones: tuple[str, ...], code: str) -> list[str] | None:
    """Give the library's zones of a number, None where they are unknown or a whole country's, and those several."""
    is_whole_country = len(zones) > 1 and zones == TIMEZONE_DATA.get(code)
    return None if is_whole_country or zones in {(), (UNKNOWN_TIMEZONE,)} else list(zones)
