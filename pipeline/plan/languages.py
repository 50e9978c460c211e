"""Languages as people write them: a code or a name in one of many languages, to the ISO code that it means."""

import difflib
import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import polars as pl
from babel import Locale, localedata
from babel.core import get_global

from pipeline.phone.countries import folded
from pipeline.side_by_side import once

#: Names in use besides CLDR's.
_ALSO_CALLED = {
    "ca": ("Valencian",),
    "el": ("Modern Greek",),
    "es": ("Castilian", "Castellano"),
    "fa": ("Farsi",),
    "fil": ("Tagalog", "Pilipino"),
    "ht": ("Haitian", "Kreyol"),
    "km": ("Cambodian",),
    "my": ("Myanmar",),
    "nl": ("Vlaams",),
    "pa": ("Panjabi",),
    "ps": ("Pushto",),
    "ro": ("Moldovan",),
    "si": ("Singhalese",),
    "sw": ("Kiswahili",),
    "ug": ("Uighur",),
    "zh": ("Mandarin", "Mandarin Chinese", "Putonghua"),
}
#: Codes of ISO 639 that name no language, and those that stand in tables for "nothing".
_NO_LANGUAGES = frozenset({"mis", "mul", "und", "zxx", "na", "nan"})
_CODE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]+)*", re.IGNORECASE)
#: `English (US)`, `English - United States`.
_WITH_REGION = re.compile(r"(.+?)(?: *\((.+)\)| +[-–] +(.+))")


def languages_of(texts: pl.Series) -> pl.Series:
    """Give the ISO code (String, 639-1 or else 639-2) of the language that each text names; null where it is unknown.

    Read are the codes of ISO 639-1 and 639-2, with or without a region, which is dropped, and names in English and in the
    official languages of the world as CLDR has them, whatever their case and accents. A name of two languages is unknown.
    """
    return _each(texts, _code_of)


def nearest_languages(texts: pl.Series) -> pl.Series:
    """The English name (String) that each text that is unknown comes nearest to; null where there is none."""
    return _each(texts, _nearest)


def _each(texts: pl.Series, meaning: Callable[[str], str | None]) -> pl.Series:
    unique = texts.unique().drop_nulls()
    meant = pl.Series([meaning(text) for text in unique], dtype=pl.String)
    return texts.replace_strict(unique, meant, default=None, return_dtype=pl.String)


def _code_of(text: str) -> str | None:
    plain = text.strip()
    if (found := _CODE.fullmatch(plain)) and (code := _codes().get(found[1].lower())):
        return code
    return _named(plain) or _without_region(plain)


def _named(text: str) -> str | None:
    key = folded(text)
    return _english().get(key) or _foreign().get(key)


def _without_region(text: str) -> str | None:
    """`English (US)`; but not where what is added is a language too."""
    found = _WITH_REGION.fullmatch(text)
    return _named(found[1]) if found and not _named(found[2] or found[3]) else None


def _nearest(text: str) -> str | None:
    names = {folded(name): name for name, _ in _named_in_english()}
    return next((names[near] for near in difflib.get_close_matches(folded(text), names, n=1)), None)


@functools.cache
def _codes() -> dict[str, str]:
    """Every code of ISO 639 to the one that CLDR prefers: `ger`, `deu` and `de` to `de`."""
    aliases: Mapping[str, str] = get_global("language_aliases")
    known = {str(code) for code in Locale("en").languages if "_" not in str(code)} - _NO_LANGUAGES
    preferred = {alias: _base(code) for alias, code in aliases.items() if alias not in _NO_LANGUAGES}
    return {code: code for code in known} | {alias: code for alias, code in preferred.items() if code in known}


@functools.cache
def _english() -> dict[str, str]:
    return _meanings(_named_in_english())


def _named_in_english() -> list[tuple[str, str]]:
    named = [(name, code) for code, name in Locale("en").languages.items() if _base(code) in _codes().values()]
    return [*named, *((name, code) for code, names in _ALSO_CALLED.items() for name in names)]


@once
def _foreign() -> dict[str, str]:
    """Names in all languages that are official somewhere. Reading them takes 0.2 s."""
    official = {
        _base(name)
        for spoken in get_global("territory_languages").values()
        for name, language in spoken.items()
        if language.get("official_status") in {"official", "de_facto_official"}
    }
    return _meanings(
        (name, code)
        for language in official & set(localedata.locale_identifiers())
        for code, name in localedata.load(language).get("languages", {}).items()
        if _base(code) in _codes().values()
    )


def _base(code: str) -> str:
    return code.split("_", maxsplit=1)[0]


def _meanings(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """From (name, code), the names of exactly one language."""
    codes: dict[str, set[str]] = defaultdict(set)
    for name, code in named:
        codes[folded(name)].add(_base(code))
    return {name: next(iter(meant)) for name, meant in codes.items() if name and len(meant) == 1}
