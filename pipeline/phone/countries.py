"""Countries as people write them: a code or a name in one of many languages, to the region that it means."""

import functools
import pickle
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl
from babel import Locale, localedata
from babel.core import get_global

from pipeline.side_by_side import once

#: Names in use besides CLDR's English ones. Parts of a country are named for the country whose numbers they have.
_ALSO_CALLED = {
    "AE": ("UAE", "Emirates"),
    "BA": ("Bosnia", "Bosnia-Hercegovina"),
    "BN": ("Brunei Darussalam",),
    "BO": ("Plurinational State of Bolivia",),
    "BS": ("The Bahamas",),
    "CD": ("Democratic Republic of the Congo", "DR Congo", "DRC", "Congo, Democratic Republic of the"),
    "CG": ("Republic of the Congo",),
    "CI": ("Ivory Coast",),
    "CN": ("People's Republic of China", "PRC", "Mainland China"),
    "CV": ("Cabo Verde",),
    "CZ": ("Czech Republic",),
    "DO": ("Dominican Rep.",),
    "FM": ("Federated States of Micronesia",),
    "GB": (
        "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland",
        "United Kingdom of Great Britain and Northern Ireland",
    ),
    "GM": ("The Gambia",),
    "HK": ("Hong Kong",),
    "IE": ("Republic of Ireland", "Eire"),
    "IR": ("Islamic Republic of Iran",),
    "KP": ("Democratic People's Republic of Korea", "DPRK"),
    "KR": ("Korea", "Republic of Korea", "Korea, Republic of", "Korea, South"),
    "LA": ("Lao People's Democratic Republic", "Lao PDR"),
    "MD": ("Republic of Moldova",),
    "MK": ("Macedonia",),
    "MM": ("Myanmar", "Burma"),
    "MO": ("Macau", "Macao"),
    "NL": ("Holland", "The Netherlands"),
    "PH": ("The Philippines",),
    "PS": ("Palestine", "State of Palestine"),
    "RU": ("Russian Federation",),
    "SK": ("Slovak Republic",),
    "ST": ("Sao Tome and Principe",),
    "SY": ("Syrian Arab Republic",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey",),
    "TW": ("Taiwan, Province of China", "Republic of China"),
    "TZ": ("United Republic of Tanzania",),
    "US": ("United States of America", "The United States", "The United States of America", "America", "The USA"),
    "VA": ("Holy See", "Vatican"),
    "VE": ("Bolivarian Republic of Venezuela",),
    "VN": ("Viet Nam",),
}  # fmt: skip

#: CLDR's two-letter codes that name no country.
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def regions_of(countries: pl.Series) -> pl.Series:
    """Give the region (String, ISO alpha-2) that each country (String) means; null where it is blank or unknown.

    Read are ISO alpha-2, alpha-3 and numeric codes, and names in the official languages of the world as CLDR has them,
    whatever their case, accents and punctuation. A name of two countries is unknown.
    """
    texts = countries.cast(pl.String)
    unique = texts.unique().drop_nulls()
    meant = pl.Series([_region_of(text) for text in unique], dtype=pl.String)
    return texts.replace_strict(unique, meant, default=None, return_dtype=pl.String)


def _region_of(text: str) -> str | None:
    key = folded(text)
    if not key:
        return None
    if key.isascii() and key.isdecimal():
        return _codes().get(key.zfill(len("840")))
    return _codes().get(key) or _english().get(key) or _foreign().get(key)


def folded(text: str) -> str:
    """Only letters, vowel signs and digits, without case and accents; "and" and "Saint" as CLDR's "&" and "St."."""
    plain = text.casefold().replace(" and ", "&").replace("saint ", "st. ")
    if plain.isascii():  # nearly half of all names, and all that stand in most files
        return "".join(filter(str.isalnum, plain))
    return "".join(
        char
        for char in unicodedata.normalize("NFKD", plain)
        if unicodedata.category(char)[0] in "LNM" and not unicodedata.combining(char)
    )


@functools.cache
def _regions() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").territories) if len(code) == len("US")) - _NO_COUNTRIES


@functools.cache
def _codes() -> dict[str, str]:
    """Every code to its region. Of the withdrawn two-letter codes only UK is read: CT and NH are states today."""
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    read = {
        alias: regions[0]
        for alias, regions in aliases.items()
        if len(regions) == 1 and (len(alias) > len("US") or alias == "UK") and regions[0] in _regions()
    }
    return {code.casefold(): region for code, region in [*read.items(), *zip(_regions(), _regions(), strict=True)]}


@functools.cache
def _english() -> dict[str, str]:
    also = ((name, region) for region, names in _ALSO_CALLED.items() for name in names)
    return _meanings([*_named(Locale("en").territories), *also])


@once
def _foreign() -> dict[str, str]:
    """Names in all languages that are official somewhere. Reading them takes 0.2 s."""
    languages = {
        name.split("_")[0]
        for spoken in get_global("territory_languages").values()
        for name, language in spoken.items()
        if language.get("official_status") in {"official", "de_facto_official"}
    }
    return _meanings(
        named
        for language in languages & set(localedata.locale_identifiers())
        for named in _named(_territories(language))
    )


def _territories(language: str) -> Mapping[str, str]:
    """A language's own names; those that it inherits are another language's. Babel's `load` is slower, for it merges them.

    It can leave them away as well, but keeps what it has read for everybody who asks later, and for whom it is not whole.
    """
    data = pickle.loads(Path(localedata.resolve_locale_filename(language)).read_bytes())  # noqa: S301 -- Babel's own file
    territories: Mapping[str, str] = data.get("territories", {})
    return territories


def _named(territories: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((name, code) for code, name in territories.items() if code in _regions())


def _meanings(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """From (name, region), the names of exactly one region."""
    regions: dict[str, set[str]] = defaultdict(set)
    for name, region in named:
        regions[folded(name)].add(region)
    return {name: next(iter(meant)) for name, meant in regions.items() if len(meant) == 1}
