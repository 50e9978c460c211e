"""Masking: how a number is shown where it must not be readable."""

import re

_TAIL = 2
_HEAD = 5
_HIDDEN = 4
#: Seven digits or more, as people group them, or letters that look like some after the first.
_NUMBER = re.compile(
    r"\+?\d(?:[ \xa0\u2000-\u200f\u202f\u2060\u3000\ufeff().\-/\uff0d]{0,2}(?:\d|[OoIl](?![a-km-np-zA-HJ-NP-Z]))){6,}"
)
#: Ids of the service; their digits are no number.
_ID = re.compile(r"\b[a-z]+_[0-9a-z]{8,}\b")
_DATE = re.compile(r"\d{1,4}([/.\-])\d{1,2}\1\d{1,4}")

#: A date and the hour behind it, of which minutes follow; the rest of a number cannot.
_MOMENT = re.compile(rf"{_DATE.pattern} \d{{1,2}}(?=:\d\d(?!\d))")


def masked(number: str) -> str:
    """`+14155552671` as `+1415•••71`: at most five characters, then the last two; short texts show less, or nothing."""
    if len(number) < _TAIL + _HIDDEN:
        return "•••"
    head = min(_HEAD, len(number) - _TAIL - _HIDDEN)
    return f"{number[:head]}•••{number[-_TAIL:]}"


def masked_text(text: str) -> str:
    """The text with every number in it masked; a number is seven digits or more, with the punctuation that groups them.

    Dates are not, with or without a time, nor the ids that the service gives, such as `btcal_8001` with more behind it.
    """
    ids = [found.span() for found in _ID.finditer(text) if not found.group().partition("_")[2].isdigit()]

    def hidden(found: re.Match[str]) -> str:
        is_known = _is_date(found) or any(start < found.start() < end for start, end in ids)
        return found.group() if is_known else masked(found.group())

    return _NUMBER.sub(hidden, text)


def _is_date(found: re.Match[str]) -> bool:
    """Whether it is a date, or a date and the hour of a time that goes on behind it: 2026-11-24 19:51."""
    moment = _MOMENT.match(found.string, found.start())
    return bool(_DATE.fullmatch(found.group()) or (moment and moment.end() == found.end()))


def without(text: str, number: str) -> str:
    """The text without any trace of one number (digits of E.164), grouped as may be, with or without its country's code."""

    def hidden(found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found.group()).lstrip("0")
        return "•••" if digits.endswith(number) or number.endswith(digits) else found.group()

    return _NUMBER.sub(hidden, text)
