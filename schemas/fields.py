"""The fields of a recipient: where each stands in the contract, what it may hold, and which columns feed it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas.template import Template
from schemas.value import Value, ValueType

Place = tuple[str, ...]
CLIENT: Place = ("conversation_initiation_client_data",)
OVERRIDE: Place = (*CLIENT, "conversation_config_override")
VARIABLES: Place = (*CLIENT, "dynamic_variables")
EXTRA_BODY: Place = (*CLIENT, "custom_llm_extra_body")
SOURCE_INFO: Place = (*CLIENT, "source_info")


@dataclass(frozen=True)
class Rule:
    """What the contract asks of a field: its type, its bounds (inclusive), a closed list, or an open one (only said)."""

    type: ValueType | None = None
    low: float | None = None
    high: float | None = None
    allowed: frozenset[str] | None = None
    open_list: str | None = None  # the code of the finding


@cache
def contract() -> Mapping[str, Any]:
    """The OpenAPI document."""
    text = (Path(__file__).parent / "openapi.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 -- both are safe loaders
    return loaded


def enum_of(schema: str) -> frozenset[str]:
    """The values that the contract lists under a schema's name."""
    return frozenset(contract()["components"]["schemas"][schema]["enum"])


@cache
def rules() -> Mapping[Place, Rule]:
    """Rules by place. Bounds: API.md, "What bites", 8; closed list: ConversationInitiationSource of the contract."""
    return {
        (*OVERRIDE, "tts", "stability"): Rule("number", 0, 1),
        (*OVERRIDE, "tts", "similarity_boost"): Rule("number", 0, 1),
        (*OVERRIDE, "tts", "speed"): Rule("number", 0.7, 1.2),
        (*OVERRIDE, "conversation", "text_only"): Rule("boolean"),
        (*OVERRIDE, "agent", "language"): Rule(open_list="language_unlisted"),
        (*OVERRIDE, "agent", "prompt", "llm"): Rule(open_list="llm_unlisted"),
        (*SOURCE_INFO, "source"): Rule(allowed=enum_of("ConversationInitiationSource")),
    }


@dataclass(frozen=True)
class Field:
    """One property of the recipient. `name` is its key as the campaign file writes it; `frame` its column in frames.

    `constant` is its value where no column feeds it; else `template` is, with `columns` naming the frame's column
    for each header the template reads.
    """

    place: Place
    name: str
    frame: str
    value: Value
    rule: Rule
    required: bool
    template: Template | None = None
    constant: Any = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> ValueType:
        """The type of its values: the contract's, or else the campaign file's."""
        return self.rule.type or self.value.type

    @property
    def headers(self) -> str:
        """The headers that feed it, for messages."""
        return ", ".join(self.columns)


@dataclass(frozen=True)
class Binding:
    """The campaign file, bound to one export: the recipient's own fields and all that it carries."""

    id: Field | None
    whatsapp: Field | None
    phones: tuple[Field, ...]
    country: Field | None
    carried: tuple[Field, ...]

    @property
    def texts(self) -> tuple[Field, ...]:
        """All fields that are sent as they are, id included."""
        return (*((self.id,) if self.id else ()), *self.carried)
