"""The fields of a recipient: where each stands in the contract, what it may hold, and which columns feed it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas.template import Template
from schemas.value import TEXTS, Value, ValueType

#: Keys from the recipient down to a property.
Place = tuple[str, ...]
CLIENT: Place = ("conversation_initiation_client_data",)
TEXT: Place = ("text",)
OVERRIDE: Place = (*CLIENT, "conversation_config_override")
VARIABLES: Place = (*CLIENT, "dynamic_variables")
EXTRA_BODY: Place = (*CLIENT, "custom_llm_extra_body")
SOURCE_INFO: Place = (*CLIENT, "source_info")
LANGUAGE: Place = (*OVERRIDE, "agent", "language")

#: A longer identifier is a neighbour's text that slipped into its cell.
MAX_IDENTIFIER = 256


@dataclass(frozen=True)
class Rule:
    """What the contract asks of a field: its type, its bounds (inclusive), a closed list, or an open one (only said).

    An identifier is sent without white space around it and has at most MAX_IDENTIFIER characters.
    """

    type: ValueType | None = None
    low: float | None = None
    high: float | None = None
    allowed: frozenset[str] | None = None
    open_list: str | None = None  # the code of the finding
    listed: Callable[[], frozenset[str]] = frozenset
    identifier: bool = False


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
def languages() -> frozenset[str]:
    """The language codes that CLDR knows, in lower case; the service's own list is open (API.md, "What bites", 8)."""
    from babel import Locale  # noqa: PLC0415 -- only for campaigns that name a language

    return frozenset(str(code).lower() for code in Locale("en").languages)


@cache
def rules() -> Mapping[Place, Rule]:
    """Rules by place. Bounds: API.md, "What bites", 8; closed list: ConversationInitiationSource of the contract."""
    identifier = Rule(identifier=True)
    return {
        ("id",): identifier,
        ("whatsapp_user_id",): identifier,
        (*CLIENT, "user_id"): identifier,
        (*OVERRIDE, "tts", "voice_id"): identifier,
        (*OVERRIDE, "tts", "stability"): Rule("number", 0, 1),
        (*OVERRIDE, "tts", "similarity_boost"): Rule("number", 0, 1),
        (*OVERRIDE, "tts", "speed"): Rule("number", 0.7, 1.2),
        (*OVERRIDE, "conversation", "text_only"): Rule("boolean"),
        LANGUAGE: Rule(open_list="language_unlisted", listed=languages, identifier=True),
        (*OVERRIDE, "agent", "prompt", "llm"): Rule(
            open_list="llm_unlisted", listed=lambda: enum_of("LLM"), identifier=True
        ),
        (*SOURCE_INFO, "source"): Rule(allowed=enum_of("ConversationInitiationSource")),
    }


@dataclass(frozen=True)
class Field:
    """One property of the recipient, or a column or a piece of [text] that helps to make one.

    `key` is its name as the campaign file writes it; `frame` its column in frames. A field with a template is fed by
    `columns`: the frame's column for each header that its templates, or the pieces in them, name; and by `pieces`: the
    frame's column for each piece that its templates name. Without any it is `constant`.
    """

    place: Place
    key: str
    frame: str
    value: Value
    rule: Rule = Rule()
    required: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    pieces: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_constant(self) -> bool:
        """Whether it is the same in every row: no column feeds it."""
        return not self.value.reads_columns

    @property
    def constant(self) -> Any:
        """What every row gets, any JSON."""
        return self.value.same_for_all

    @property
    def template(self) -> Template:
        """What feeds it."""
        return self.value.template or Template(())

    @property
    def type(self) -> ValueType:
        """The type of its values: the contract's, or else the campaign file's."""
        return self.rule.type or self.value.type

    @property
    def is_text(self) -> bool:
        """Whether JSON writes its values in quotes."""
        return self.type in TEXTS

    @property
    def max_length(self) -> int | None:
        """The most characters that a text may have: the campaign file's, or else ours for identifiers."""
        return self.value.max_length or (MAX_IDENTIFIER if self.rule.identifier else None)

    @property
    def needed(self) -> Mapping[str, str]:
        """Of `columns`, those whose empty cells empty the value: nothing stands in for them."""
        spared = {each.name for each in self.value.columns if each.fallback is not None}
        return {name: column for name, column in self.columns.items() if name not in spared}

    @property
    def header(self) -> str:
        """The headers that feed it, for messages; without those that only `values` read."""
        read = {column.name for column in self.template.columns} & self.columns.keys()
        return ", ".join(name for name in self.columns if not read or name in read)


@dataclass(frozen=True)
class Binding:
    """The campaign file, bound to one export: the recipient's own fields and all that it carries.

    `carried` are the fields sent under the recipient beside its id, number and WhatsApp id, in the contract's order.
    `pieces` are those of [text] that are used, `unused` the keys of the others. `layers` are all fields that columns or
    pieces feed, and the pieces, each after what it is made of. `usual_language` is that of rows that name none.
    `opt_outs` are the columns of [rules] do_not_call, in its order, `routes` those of each [[route]], and `consent` those of
    [rules.consent], by their keys; nothing of them is sent. Nor is what tells a person's time zone: `whereabouts` has the
    fields of `time_zone`, `postal_code` and `state` of [rules.hours], as far as they are mapped.
    """

    id: Field | None
    whatsapp: Field | None
    phones: tuple[Field, ...]
    country: Field | None
    carried: tuple[Field, ...]
    opt_outs: tuple[Field, ...] = ()
    routes: tuple[tuple[Field, ...], ...] = ()
    consent: Mapping[str, Field] = field(default_factory=dict)
    pieces: tuple[Field, ...] = ()
    unused: tuple[str, ...] = ()
    layers: tuple[tuple[Field, ...], ...] = ()
    usual_language: str = "en"
    whereabouts: Mapping[str, Field] = field(default_factory=dict)

    @property
    def language(self) -> Field | None:
        """The field that names each recipient's language."""
        return next((field for field in self.carried if field.place == LANGUAGE), None)

    @property
    def everything(self) -> Iterator[Field]:
        """All fields, numbers and country first."""
        yield from self.phones
        yield from self.opt_outs
        yield from (field for fields in self.routes for field in fields)
        yield from self.whereabouts.values()
        yield from self.consent.values()
        yield from (field for field in (self.country,) if field)
        yield from self.fields

    @property
    def fields(self) -> Iterator[Field]:
        """All fields that are checked by the rules of validate: every one but numbers and country."""
        yield from self.pieces
        yield from (field for field in (self.id, self.whatsapp) if field)
        yield from self.carried
