"""The bodies of refusals: a `detail` that is an object, a list or a text (API.md, Errors), or no JSON at all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_LONGEST_MESSAGE = 1000
_MOST_ERRORS = 5
#: Of what is said about one recipient.
_LONGEST_SAID = 300
_RECIPIENT_LOC = ("body", "recipients")


@dataclass(frozen=True)
class Words:
    """What the service said; every text is one line without control characters, empty where it said nothing.

    `hints` are all the short names it gave the error (`code`, the older `status`, `type`); `code` is the first of them.
    `recipients` are 0-based positions, sorted, given only where every error is about a recipient: leaving those people
    out would not mend the rest. `said` is what was said about each of them.
    """

    code: str = ""
    message: str = ""
    request_id: str | None = None
    recipients: tuple[int, ...] = ()
    hints: frozenset[str] = frozenset()
    said: Mapping[int, str] = field(default_factory=dict)


def read_words(body: bytes, headers: Mapping[str, str]) -> Words:
    """Read an error's body; whatever it holds, this never raises. `headers` have lower-case names."""
    detail = _detail(body)
    header = headers.get("request-id") or headers.get("x-request-id")
    request_id = one_line(header) if header else None
    match detail:
        case dict():
            return _of_object(detail, request_id)
        case list():
            return _of_list(detail, request_id)
        case str():
            return Words(message=one_line(detail), request_id=request_id)
    return Words(request_id=request_id)


def one_line(text: str) -> str:
    """A stranger's text made fit for a log and a terminal: one line, printable, bounded."""
    flat = "".join(char if char.isprintable() else " " for char in text[: 4 * _LONGEST_MESSAGE])
    return " ".join(flat.split())[:_LONGEST_MESSAGE]


def _detail(body: bytes) -> object:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read.get("detail") if isinstance(read, dict) else None


def _text(value: object) -> str:
    return one_line(value) if isinstance(value, str) else ""


def _of_object(detail: Mapping[str, Any], request_id: str | None) -> Words:
    hints = [text for name in ("code", "status", "type") if (text := _text(detail.get(name)))]
    message, param = _text(detail.get("message")), _text(detail.get("param"))
    return Words(
        code=hints[0] if hints else "",
        message=f"{message} (in {param})" if message and param else message or param,
        request_id=_text(detail.get("request_id")) or request_id,
        hints=frozenset(hints),
    )


def _of_list(errors: list[Any], request_id: str | None) -> Words:
    known = [error for error in errors if isinstance(error, dict)]
    said = _said_of_each(known) if len(known) == len(errors) else {}
    kinds = [kind for error in known if (kind := _text(error.get("type")))]
    return Words(
        code=kinds[0] if kinds else "",
        message=_summary(known),
        request_id=request_id,
        recipients=tuple(said),
        hints=frozenset(kinds),
        said=said,
    )


def _said_of_each(errors: list[dict[str, Any]]) -> dict[int, str]:
    """What is said about each recipient, by position, in order; empty if an error is about anything else."""
    told: dict[int, dict[str, None]] = {}
    for error in errors:
        place = _position(error.get("loc"))
        if place is None:
            return {}
        told.setdefault(place, {})[_one_error(error, beside=len(_RECIPIENT_LOC) + 1)] = None
    return {place: one_line("; ".join(told[place]))[:_LONGEST_SAID] for place in sorted(told)}


def _position(loc: object) -> int | None:
    """17 for `["body", "recipients", 17, …]`; None for any other place."""
    if not isinstance(loc, list) or len(loc) <= len(_RECIPIENT_LOC) or tuple(loc[:2]) != _RECIPIENT_LOC:
        return None
    place = loc[2]
    return place if type(place) is int and place >= 0 else None


def _summary(errors: list[dict[str, Any]]) -> str:
    texts = [_one_error(error) for error in errors[:_MOST_ERRORS]]
    more = len(errors) - len(texts)
    return one_line("; ".join(texts) + (f"; and {more} more" if more else ""))


def _one_error(error: dict[str, Any], *, beside: int = 0) -> str:
    """Where and what, without the first `beside` parts of the place."""
    loc, message = error.get("loc"), _text(error.get("msg")) or "not accepted"
    place = ".".join(str(part) for part in loc[beside:] if part != "body") if isinstance(loc, list) else ""
    return f"{place}: {message}" if place else message
