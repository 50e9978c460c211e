"""Tables of the campaign file about each recipient: whom to call, and what the agent says and knows."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag, ValidationInfo, field_validator
from typing_extensions import TypeAliasType

from schemas.fields import OVERRIDE, SOURCE_INFO, Place, Rule, rules
from schemas.fitting import fit, fit_anything, fit_texts, fit_variable
from schemas.table import Table, as_tuple
from schemas.value import REST, Value
from schemas.written import FieldValue, shape


def _only_a_template(value: Value) -> Value:
    if extra := sorted(value.model_fields_set - {"template"}):
        raise ValueError(f"takes a column or a template only; remove {', '.join(extra)}")
    return value


def _from_the_row_only(value: Value) -> Value:
    if value.default is not None or (
        value.template and any(each.fallback is not None for each in value.template.columns)
    ):
        raise ValueError("must come from the row itself: with a default or |or, many people would share it")
    if isinstance(value.values, dict) and REST in value.values:
        raise ValueError('must come from the row itself: with "*" in values, many people would share it')
    return value


def _unfiltered(value: Value) -> Value:
    if value.filters:
        told = ", ".join(sorted(map(str, value.filters)))
        raise ValueError(f"is compared and never spoken; remove {told}")
    return value


def _fit_piece(value: Value) -> Value:
    return fit(value, Rule())


def _piece_name(name: str) -> str:
    if not name.strip():
        raise ValueError("a piece needs a name")
    return name


def _told_apart(pieces: dict[str, Value]) -> dict[str, Value]:
    names: dict[str, str] = {}
    for name in pieces:
        if (other := names.setdefault(" ".join(name.casefold().split()), name)) != name:
            raise ValueError(f"{other} and {name} are one name, whatever their case; rename one")
    return pieces


OwnValue = Annotated[FieldValue, AfterValidator(_from_the_row_only), AfterValidator(_unfiltered)]
PhoneValue = Annotated[OwnValue, AfterValidator(_only_a_template)]


class ValueTable(Table):
    """A table whose values stand at one place of the contract, and keep its rules."""

    place: ClassVar[Place] = ()
    lists: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*")
    @classmethod
    def _fits(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, Value):
            return value
        name = str(info.field_name)
        return fit_texts(value) if name in cls.lists else fit(value, rules().get((*cls.place, name), Rule()))


class ColumnsTable(ValueTable):
    """`[columns]`: the recipient's own fields. `phone_number` are tried in order."""

    id: OwnValue | None = None
    phone_number: Annotated[tuple[PhoneValue, ...], BeforeValidator(as_tuple)] = ()
    whatsapp_user_id: OwnValue | None = None
    country: Annotated[FieldValue, AfterValidator(_only_a_template), AfterValidator(_unfiltered)] | None = None
    user_id: FieldValue | None = None


class SoftTimeoutConfig(ValueTable):
    """`turn.soft_timeout_config` of the contract."""

    place = (*OVERRIDE, "turn", "soft_timeout_config")
    message: FieldValue | None = None


class Turn(Table):
    """`turn` of the contract."""

    soft_timeout_config: SoftTimeoutConfig | None = None


class Tts(ValueTable):
    """`tts` of the contract."""

    place = (*OVERRIDE, "tts")
    voice_id: FieldValue | None = None
    stability: FieldValue | None = None
    speed: FieldValue | None = None
    similarity_boost: FieldValue | None = None


class Conversation(ValueTable):
    """`conversation` of the contract."""

    place = (*OVERRIDE, "conversation")
    text_only: FieldValue | None = None


class Prompt(ValueTable):
    """`agent.prompt` of the contract."""

    place = (*OVERRIDE, "agent", "prompt")
    lists = frozenset({"native_mcp_server_ids"})
    prompt: FieldValue | None = None
    llm: FieldValue | None = None
    native_mcp_server_ids: FieldValue | None = None


class Agent(ValueTable):
    """`agent` of the contract."""

    place = (*OVERRIDE, "agent")
    first_message: FieldValue | None = None
    language: FieldValue | None = None
    prompt: Prompt | None = None


class Overrides(Table):
    """`[overrides]`: `conversation_config_override` of the contract, all of it."""

    turn: Turn | None = None
    tts: Tts | None = None
    conversation: Conversation | None = None
    agent: Agent | None = None


class SourceInfo(ValueTable):
    """`[source_info]` of the contract."""

    place = SOURCE_INFO
    source: FieldValue | None = None
    version: FieldValue | None = None


def _variable_name(name: str) -> str:
    if not name.strip():
        raise ValueError("a variable needs a name")
    if name.startswith("system__"):
        raise ValueError("names that begin with system__ belong to the service; choose another")
    return name


Variables = dict[
    Annotated[str, AfterValidator(_variable_name)],
    Annotated[FieldValue, AfterValidator(fit_variable)],
]
#: `[text]`: pieces that templates use as `{name}`.
Pieces = Annotated[
    dict[Annotated[str, AfterValidator(_piece_name)], Annotated[FieldValue, AfterValidator(_fit_piece)]],
    AfterValidator(_told_apart),
]
#: An object of values, nested at will.
Tree = TypeAliasType(
    "Tree",
    "dict[str, Annotated[Annotated[FieldValue, AfterValidator(fit_anything), Tag('<value>')] | Annotated[Tree, Tag('<object>')], Discriminator(shape)]]",
)
