"""States of the United States, its district and its territories, by their ISO 3166-2 codes without `US-`."""

from collections.abc import Mapping

STATES: Mapping[str, str] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
    "AS": "American Samoa", "GU": "Guam", "MP": "Northern Mariana Islands", "PR": "Puerto Rico", "VI": "Virgin Islands",
}  # fmt: skip

#: Territories whose numbers and addresses have a country code of their own.
TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})
#: Country codes (ISO alpha-2) whose people have ZIP codes and a state.
COUNTRIES = TERRITORIES | {"US"}

_ALSO_CALLED = {
    "washington dc": "DC", "washington d.c.": "DC", "d.c.": "DC", "washington state": "WA",
    "us virgin islands": "VI", "u.s. virgin islands": "VI",
}  # fmt: skip
_CODES = {name.casefold(): code for code, name in STATES.items()} | _ALSO_CALLED


def state_of(text: str) -> str | None:
    """The code of a state that is named or given by its code, with `US-` or without; None where it is none."""
    plain = " ".join(text.split())
    code = plain.upper().removeprefix("US-")
    return code if code in STATES else _CODES.get(plain.casefold())
