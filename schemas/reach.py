"""Reach: which numbers may be called at all, by their country and by their kind."""

from collections.abc import Collection, Iterable
from typing import Annotated, Literal

from phonenumbers import PhoneNumberType
from pydantic import PlainValidator

from schemas.regions import checked_region
from schemas.table import nearest

#: `phonenumbers.PhoneNumberType`, in lower case.
NUMBER_TYPES = {kind: PhoneNumberType.to_string(kind).lower() for kind in PhoneNumberType.values()}
#: Kinds that cost whoever calls more than a call does, or that ring with nobody there to talk to.
REFUSED_TYPES = ("premium_rate", "shared_cost", "pager", "uan", "voicemail")
#: The region of calling codes that no country has, such as +800 and +870 (satellites).
NOWHERE = "001"
#: Territories with the calling code of a country to which they belong: who says the country means them too.
_BELONG_TO = {
    "AS": "US", "GU": "US", "MP": "US", "PR": "US", "VI": "US",
    "GG": "GB", "IM": "GB", "JE": "GB",
    "AX": "FI", "CC": "AU", "CX": "AU", "SJ": "NO",
}  # fmt: skip


def with_territories(countries: Iterable[str]) -> frozenset[str]:
    """The countries, and the territories that belong to them and share their calling code."""
    named = frozenset(countries)
    return named | {territory for territory, country in _BELONG_TO.items() if country in named}


def whole_country(region: str) -> str:
    """The country that a territory belongs to, if it shares its calling code; else the region itself."""
    return _BELONG_TO.get(region, region)


def _countries(raw: object) -> tuple[str, ...] | Literal["any"]:
    if raw == "any":
        return "any"
    if not isinstance(raw, list | tuple) or not raw or not all(isinstance(code, str) for code in raw):
        raise ValueError('must be a list of countries, ["US", "CA"], or "any"')
    return tuple(code if code == NOWHERE else checked_region(code) for code in raw)


def _types(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or not all(isinstance(name, str) for name in raw):
        raise ValueError('must be a list of kinds of numbers, ["premium_rate", "pager"]; [] refuses none')
    known: Collection[str] = NUMBER_TYPES.values()
    for name in raw:
        if name not in known:
            hint = nearest(name, known)
            raise ValueError(f"{name!r} is no kind of number" + (f"; did you mean {hint}?" if hint else ""))
    return tuple(raw)


AllowedCountries = Annotated[tuple[str, ...] | Literal["any"] | None, PlainValidator(_countries)]
RefusedTypes = Annotated[tuple[str, ...], PlainValidator(_types)]
