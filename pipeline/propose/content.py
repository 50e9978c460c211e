"""Content: what the cells of a column are, by looking at a sample of them. Columns are the filled cells alone (String)."""

import functools
from collections.abc import Mapping

import polars as pl
from babel import Locale, UnknownLocaleError

from pipeline.phone import to_e164
from pipeline.phone.countries import regions_of
from pipeline.plan.cast import BOOLEANS
from pipeline.plan.dates import dated
from schemas.opt_out import NO, YES

#: Ways in which exports write dates; those with day and month in figures are told apart by the cells alone.
FORMATS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d", "%d.%m.%Y", "%m.%d.%Y",
    "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d %B %Y",
    "%B %d, %Y", "%d %b %Y", "%b %d, %Y",
)  # fmt: skip
#: Languages in whose words exports name languages.
_SPOKEN = ("en", "de", "fr", "es", "pt", "it", "nl")
_NO_WORDS = frozenset({"1", "0"})
_LONG = 120
#: A GUID, Salesforce's 15 or 18 characters, or a hash.
_ID = r"(?i)^(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-z]{15}(?:[0-9a-z]{3})?|[0-9a-f]{16,})$"


def share(fits: pl.Series) -> float:
    """Which part of a column fits (Boolean); of no cells none does."""
    return float(fits.fill_null(value=False).mean() or 0.0) if fits.len() else 0.0  # type: ignore[arg-type]


def numbers(cells: pl.Series, regions: pl.Series) -> pl.Series:
    """The valid phone numbers (Int64, E.164) among the cells, null where a cell is none."""
    return to_e164(cells, regions)["e164"]


def countries(cells: pl.Series) -> pl.Series:
    """The countries (String, ISO alpha-2) that the cells name, null where one names none."""
    return regions_of(cells)


def languages(cells: pl.Series) -> Mapping[str, str]:
    """The language code for each different text that is a language's code or name."""
    known = _languages()
    unique = cells.unique(maintain_order=True).to_list()
    return {text: code for text in unique if (code := known.get(text.casefold()))}


@functools.cache
def _languages() -> Mapping[str, str]:
    """Codes and names, in lower case, of the languages with two letters."""
    locales = [Locale(code) for code in _SPOKEN]
    codes = sorted(code for code in map(str, locales[0].languages) if len(code) == len("en"))
    named = {name.casefold(): code for locale in locales for code in codes if (name := locale.languages.get(code))}
    own = {name.casefold(): code for code in codes if (name := _own_name(code))}
    return own | named | {code: code for code in codes}


def _own_name(code: str) -> str | None:
    try:
        return Locale(code).get_language_name()
    except (UnknownLocaleError, ValueError):
        return None


def booleans(cells: pl.Series) -> float:
    """Which part of the cells `type = "boolean"` reads; ones and zeros alone may be counts."""
    words = cells.str.to_lowercase()
    return share(words.is_in(list(BOOLEANS))) if share(words.is_in(list(_NO_WORDS))) < 1 else 0.0


def dates(cells: pl.Series) -> tuple[float, list[str]]:
    """Which part of the cells are dates in one and the same format, and the formats, several where all read as many."""
    frame = cells.to_frame("cell")
    read = frame.select(dated(pl.col("cell"), written).is_not_null().alias(written) for written in FORMATS)
    shares = {written: share(read[written]) for written in FORMATS}
    best = max(shares.values())
    return best, [written for written, found in shares.items() if found == best > 0]


def distinct(cells: pl.Series) -> float:
    """Which part of the cells is left when each text is counted once."""
    return cells.n_unique() / cells.len() if cells.len() else 0.0


def is_private(cells: pl.Series) -> str | None:
    """Why the cells are nobody's business but the sender's; None where they may be spoken of."""
    if share(cells.str.contains(r"^\S+@\S+\.\S+$")) > 1 / 2:
        return "mail addresses"
    if share(cells.str.contains(r"(?i)^(?:https?://|www\.)")) > 1 / 2:
        return "links"
    if share(cells.str.contains(_ID) & cells.str.contains("[0-9]")) > 1 / 2:
        return "internal ids"
    lengths = cells.str.len_chars().mean()
    return "long texts" if isinstance(lengths, float) and lengths > _LONG else None


def yes_and_no(cells: pl.Series) -> tuple[list[str], list[str], list[str]]:
    """The different texts, in lower case, that plainly say yes, those that plainly say no, and the others."""
    texts = cells.str.to_lowercase().unique().sort().to_list()
    known = YES | NO
    return (
        [text for text in texts if text in YES],
        [text for text in texts if text in NO],
        [text for text in texts if text not in known],
    )
