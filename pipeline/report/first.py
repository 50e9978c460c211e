"""The first recipients of a plan, as they are sent and as they would hear it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.fields import CLIENT, LANGUAGE, OVERRIDE, VARIABLES, Place
from schemas.masking import masked, masked_text
from schemas.outcomes import Outcome
from schemas.plan import Plan
from schemas.report import Heard as Line
from schemas.report import Voice
from schemas.request import RECIPIENT_SEPARATOR

#: How many recipients are shown.
SHOWN = 3
_NUMBERS = ("phone_number", "whatsapp_user_id")
_IDS = ("id", "user_id")
#: The end of a number by which it is known again, whatever stands before it: a country code, a zero, nothing.
_TAIL = 7

_MESSAGE: Place = (*OVERRIDE, "agent", "first_message")
_PROMPT: Place = (*OVERRIDE, "agent", "prompt", "prompt")
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")


def first_of(plan: Plan, *, show_numbers: bool) -> dict[int, Any]:
    """Row and recipient of the first who would be called. Masked are numbers, and ids that are made of the number."""
    rows = plan.rows.filter(pl.col("outcome") == Outcome.PLANNED).head(SHOWN)
    in_order = plan.spilled.payloads(rows.with_columns(batch=pl.lit(1)))  # whatever batches they are in
    texts = [text for _, joined in in_order for text in joined.split(RECIPIENT_SEPARATOR)]
    recipients = map(json.loads, texts)
    shown = recipients if show_numbers else map(_discreet, recipients)
    return dict(zip(rows["row"], shown, strict=True))


def _discreet(recipient: dict[str, Any]) -> Any:
    digits = [re.sub(r"\D", "", recipient.get(name, "")) for name in _NUMBERS]
    tails = tuple(each[-_TAIL:] for each in digits if len(each) >= _TAIL)
    return _masked(recipient, tails, "")


def _masked(value: Any, tails: tuple[str, ...], name: str) -> Any:
    """Any JSON with the numbers in it masked."""
    match value:
        case dict():
            return {key: _masked(each, tails, key) for key, each in value.items()}
        case list():
            return [_masked(each, tails, name) for each in value]
        case bool() | None:
            return value
        case str() if name in _NUMBERS:
            return masked(value)
        case str() if name not in _IDS:
            return masked_text(value)
    is_own = bool(tails) and re.sub(r"\D", "", str(value)).endswith(tails)
    return masked(str(value)) if is_own else value


@dataclass(frozen=True)
class Heard:
    """A recipient for people. `message` and `prompt` are parts of text, each with whether a variable filled it.

    They are the agent's `own` where nothing else is sent (by name), as far as they are known. `also` are all other properties, named as in the campaign file, with
    dots, and their values.
    """

    row: int
    address: str
    id: str
    message: tuple[tuple[str, bool], ...]
    prompt: tuple[tuple[str, bool], ...]
    variables: tuple[tuple[str, str], ...]
    also: tuple[tuple[str, str], ...]
    own: frozenset[str] = frozenset()

    @property
    def line(self) -> Line:
        """The texts alone."""
        message, prompt = ("".join(part for part, _ in parts) for parts in (self.message, self.prompt))
        return Line(row=self.row, first_message=message, prompt=prompt)


def heard(recipient: Mapping[str, Any], row: int, voice: Voice | None = None) -> Heard:
    """What a recipient would hear of a voice, and what the agent knows of them."""
    leaves = dict(_leaves(recipient, ()))
    words = voice and voice.words_in(leaves.get(LANGUAGE, ""))
    own = {_MESSAGE: words.first_message, _PROMPT: words.prompt} if words else {}
    variables = {place[-1]: text for place, text in leaves.items() if place[:-1] == VARIABLES}
    apart = {("id",), *((name,) for name in _NUMBERS), _MESSAGE, _PROMPT}
    return Heard(
        row=row,
        address=", ".join(leaves[name,] for name in _NUMBERS if (name,) in leaves),
        id=leaves.get(("id",), ""),
        message=tuple(_filled((own | leaves).get(_MESSAGE, ""), variables)),
        prompt=tuple(_filled((own | leaves).get(_PROMPT, ""), variables)),
        variables=tuple(variables.items()),
        also=tuple(
            (_name(place), text) for place, text in leaves.items() if place not in apart and place[:-1] != VARIABLES
        ),
        own=frozenset(place[-1] for place in own if place not in leaves),
    )


def _name(place: Place) -> str:
    """`overrides.agent.language` for its place in the contract."""
    if place[: len(OVERRIDE)] == OVERRIDE:
        return ".".join(("overrides", *place[len(OVERRIDE) :]))
    return ".".join(place[len(CLIENT) :] if place[: len(CLIENT)] == CLIENT else place)


def _leaves(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every property with a value that is no table, and the value as a person writes it."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _leaves(each, (*place, name))
    else:
        yield place, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _filled(text: str, variables: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """The parts of a text: `{{name}}` is what the variable holds; one that only the service knows stays as it is."""
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        if found[1] in variables:
            yield text[end : found.start()], False
            yield variables[found[1]], True
            end = found.end()
    yield text[end:], False
