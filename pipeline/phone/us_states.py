"""Area codes of the United States: the state of each, as the library's names of places have it."""

from collections import defaultdict
from functools import cache

import polars as pl

from schemas.us_states import state_of

_AREA_CODE = slice(1, 4)


def us_states_of(e164: pl.Series) -> pl.Series:
    """Give the state (String, "FL") of each number's (Int64) area code; null where it is none's or not one's alone.

    A mobile number keeps the area code of where it was bought.
    """
    states = _states()
    area = e164.cast(pl.String).str.extract(r"^1(\d{3})\d{7}$")
    return area.replace_strict(list(states), list(states.values()), default=None, return_dtype=pl.String)


@cache
def _states() -> dict[str, str]:
    """States by area code. Codes whose place is not named as a whole have that of all their exchanges."""
    from phonenumbers.geodata import GEOCODE_DATA  # noqa: PLC0415 -- 0.4 s, only for campaigns with hours of states

    whole: dict[str, str] = {}
    parts: dict[str, set[str | None]] = defaultdict(set)
    for prefix, names in GEOCODE_DATA.items():
        if prefix.startswith("1") and "en" in names:
            state = state_of(names["en"].rpartition(", ")[2])
            if len(prefix) == _AREA_CODE.stop:
                whole |= {prefix[_AREA_CODE]: state} if state else {}
            else:
                parts[prefix[_AREA_CODE]].add(state)
    alone = {area: next(iter(states)) for area, states in parts.items() if len(states) == 1}
    return {area: state for area, state in (alone | whole).items() if state}
