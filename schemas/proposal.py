"""A proposed campaign: what `campaign init` makes of an export, each part with the reason why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Meaning(StrEnum):
    """What a column is by its header."""

    ID = "id"
    MOBILE = "mobile"
    PHONE = "phone"
    COMPANY_PHONE = "company phone"
    COUNTRY = "country"
    LANGUAGE = "language"
    WHATSAPP = "whatsapp"
    PRIVATE = "private"


@dataclass(frozen=True)
class Guess:
    """Something chosen (a column as templates name it, a region, a zone), and why."""

    chosen: str
    why: str


@dataclass(frozen=True)
class Variable:
    """A dynamic variable: its name, its column as templates name it, its keys beside the column, and why so.

    One that is not `active` is only written down, for a person to take up.
    """

    name: str
    column: str
    keys: Mapping[str, Any]
    why: str
    active: bool


@dataclass(frozen=True)
class OptOut:
    """A column that says who must not be called; `keys` are `values` and `free` where the defaults do not serve."""

    column: str
    keys: Mapping[str, Any]
    why: str


@dataclass(frozen=True)
class Language:
    """The column of the person's language, and the code for each of its texts."""

    column: str
    codes: Mapping[str, str]
    why: str


@dataclass(frozen=True)
class Proposal:
    """All of it. `phones` is never empty; `rows` are those of the file; `whereabouts` are columns of [rules.hours]."""

    rows: int
    phones: tuple[Guess, ...]
    id: Guess | None
    country: Guess | None
    region: Guess | None
    zone: Guess
    whereabouts: Mapping[str, Guess]
    language: Language | None
    variables: tuple[Variable, ...]
    opt_outs: tuple[OptOut, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Answers:
    """What no export tells: the person's answers, or the best guess."""

    name: str
    call_name: str
    agent_id: str
    agent_phone_number_id: str
    start: str
    timezone: str
    max_calls: int
