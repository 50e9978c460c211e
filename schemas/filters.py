"""Filters of templates, `{Column|filter}`: what each takes, and in which order they may stand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.table import nearest

#: Filters that write as a language does; what they cannot read is a finding.
FORMATS = frozenset({"date", "money", "list"})
#: How cells write amounts: the two samples of |money.
SAMPLES = ("1,234.50", "1.234,50")

_CASES = ("date", "money", "list")
#: Which filters may stand before each.
_MAY_FOLLOW: Mapping[str, tuple[str, ...]] = {
    "name": (),
    "date": (),
    "money": (),
    "list": ("name",),
    "upper": _CASES,
    "lower": _CASES,
    "or": ("name", "list", "date", "money", "upper", "lower"),
}
_ORDER = "name, date or money, then list, then upper or lower, then or"
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Filter:
    """One filter: `word` is its argument without quotes, `text` the one in quotes."""

    name: str
    word: str | None = None
    text: str | None = None

    def __str__(self) -> str:
        quoted = None if self.text is None else f'"{self.text}"'
        return "|" + " ".join(part for part in (self.name, self.word, quoted) if part is not None)


def checked(each: Filter, before: Sequence[Filter]) -> Filter:
    """A filter that may stand after these; raises ValueError with what to write."""
    if each.name not in _MAY_FOLLOW:
        raise ValueError(_no_filter(each.name))
    if each.name == "or" and (each.word is not None or each.text is None or any(it.name == "or" for it in before)):
        raise ValueError('|or takes one text in quotes, once: {Column|or "text"}')
    if each.name != "or":
        _check_arguments(each)
    if before and before[-1].name not in _MAY_FOLLOW[each.name]:
        raise ValueError(f"|{each.name} cannot follow |{before[-1].name}; the order is {_ORDER}")
    return each


def _no_filter(name: str) -> str:
    near = nearest(name, _MAY_FOLLOW) if name else None
    meant = f"did you mean |{near}?" if near else f"the filters are {', '.join(_MAY_FOLLOW)}"
    told = f"; |{name} is none: {meant}" if name else ""
    return rf'after | stands a filter, such as {{Column|or "text"}}{told}; write \| if the header holds it'


def _check_arguments(each: Filter) -> None:
    match each:
        case Filter("money", word=None):
            raise ValueError("|money needs the currency: {Column|money USD}")
        case Filter("money", word=str(word)) if not _CURRENCY.fullmatch(word):
            raise ValueError(f"|money takes a currency's code in capitals, such as USD, not {word}")
        case Filter("money", text=str(text)) if text not in SAMPLES:
            raise ValueError(f'|money can be shown how cells write amounts: "{SAMPLES[0]}" or "{SAMPLES[1]}"')
        case Filter("date" | "list", word=None, text=str(text)) if not text.strip(" "):
            raise ValueError(f"|{each.name} has an empty text in quotes; remove it")
        case Filter("money") | Filter("date" | "list", word=None) | Filter(word=None, text=None):
            return
        case Filter("date"):
            raise ValueError(
                '|date takes "long" (the default), "short", "medium", "full" or a pattern such as "d MMMM"'
            )
        case Filter("list"):
            raise ValueError('|list takes the separator in quotes: {Column|list ";"}')
        case _:
            raise ValueError(f"|{each.name} takes nothing: {{Column|{each.name}}}")
