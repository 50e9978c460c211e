"""The campaign file: what is said to whom, when, and within which limits. Every table is frozen."""

from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from schemas.schedule import Start, StartAt, parse_start
from schemas.value import FieldValue, Tree, Value

#: The service's own limit on recipients of one request (API.md, "What bites", 2).
SERVICE_MAX_RECIPIENTS = 10_000

#: Keys of later versions: refused by name, never ignored.
UNAVAILABLE = frozenset(
    {
        "source.encoding", "source.sheet", "source.delimiter", "source.ignore", "phone.repair", "text", "route", "recall", "ledger", "rules.do_not_call",
        "rules.suppression", "rules.consent", "rules.allowed_countries", "rules.refuse_types", "rules.frequency",
        "rules.capacity", "rules.finish_by", "rules.on_window_end", "rules.approval", "rules.hours.days",
        "rules.hours.exclude_dates", "rules.hours.countries", "rules.hours.states", "rules.hours.unknown",
    },
)  # fmt: skip


class Table(BaseModel):
    """A table of the campaign file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Text = Annotated[str, Field(min_length=1, strict=True)]
Whole = Annotated[int, Field(strict=True)]


class WhatsAppParams(Table):
    """`whatsapp_params` of the contract, once per batch."""

    whatsapp_phone_number_id: Text | None = None
    whatsapp_call_permission_request_template_name: Text
    whatsapp_call_permission_request_template_language_code: Text


class CampaignTable(Table):
    """`[campaign]`: the memory's name, and the head of every request."""

    name: Text
    call_name: Text | None = None
    agent_id: Text
    agent_phone_number_id: Text | None = None
    channel: Literal["phone", "whatsapp", "both"] = "phone"
    whatsapp_params: WhatsAppParams | None = None
    extra: dict[str, Any] = Field(default_factory=dict)

    @field_validator("extra")
    @classmethod
    def _newer_fields_only(cls, extra: dict[str, Any]) -> dict[str, Any]:
        known = {
            "call_name",
            "agent_id",
            "agent_phone_number_id",
            "scheduled_time_unix",
            "whatsapp_params",
            "recipients",
        }
        if clash := sorted(known & extra.keys()):
            raise ValueError(f"{', '.join(clash)} has a key of its own in the campaign file")
        return extra

    @model_validator(mode="after")
    def _channel_is_fed(self) -> "CampaignTable":
        if self.channel != "whatsapp" and self.agent_phone_number_id is None:
            raise ValueError("agent_phone_number_id is required to call by phone")
        if self.channel != "phone" and self.whatsapp_params is None:
            raise ValueError(f'[campaign.whatsapp_params] is required with channel = "{self.channel}"')
        if self.channel == "phone" and self.whatsapp_params is not None:
            raise ValueError(
                '[campaign.whatsapp_params] is of no use with channel = "phone"; write channel = "both" if you mean both'
            )
        return self


class SourceTable(Table):
    """`[source]`: how the file is read."""

    mapping: Literal["dashboard"] | None = None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone; write one such as America/New_York") from error
    return name


class ScheduleTable(Table):
    """`[schedule]`: the start as written; `pipeline.plan.schedule` resolves it."""

    start: Annotated[Start, BeforeValidator(parse_start)]
    timezone: Annotated[str, AfterValidator(_zone)] | None = None

    @model_validator(mode="after")
    def _zone_is_known(self) -> "ScheduleTable":
        has_offset = isinstance(self.start, StartAt) and self.start.moment.tzinfo is not None
        if self.timezone is None and not has_offset:
            raise ValueError("timezone is required unless the start has an offset")
        return self


def _as_tuple(raw: object) -> object:
    return tuple(raw) if isinstance(raw, list) else (raw,)


class ColumnsTable(Table):
    """`[columns]`: the recipient's own fields."""

    id: FieldValue | None = None
    phone_number: Annotated[tuple[FieldValue, ...], BeforeValidator(_as_tuple)] = ()
    whatsapp_user_id: FieldValue | None = None
    country: FieldValue | None = None
    user_id: FieldValue | None = None


Region = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class PhoneTable(Table):
    """`[phone]`: the region of numbers that are written without a plus."""

    default_region: Region | None = None
    blank_country: Region | None = None


class SoftTimeoutConfig(Table):
    """`turn.soft_timeout_config` of the contract."""

    message: FieldValue | None = None


class Turn(Table):
    """`turn` of the contract."""

    soft_timeout_config: SoftTimeoutConfig | None = None


class Tts(Table):
    """`tts` of the contract."""

    voice_id: FieldValue | None = None
    stability: FieldValue | None = None
    speed: FieldValue | None = None
    similarity_boost: FieldValue | None = None


class Conversation(Table):
    """`conversation` of the contract."""

    text_only: FieldValue | None = None


class Prompt(Table):
    """`agent.prompt` of the contract."""

    prompt: FieldValue | None = None
    llm: FieldValue | None = None
    native_mcp_server_ids: FieldValue | None = None


class Agent(Table):
    """`agent` of the contract."""

    first_message: FieldValue | None = None
    language: FieldValue | None = None
    prompt: Prompt | None = None


class Overrides(Table):
    """`[overrides]`: `conversation_config_override` of the contract, all of it."""

    turn: Turn | None = None
    tts: Tts | None = None
    conversation: Conversation | None = None
    agent: Agent | None = None


class SourceInfo(Table):
    """`[source_info]` of the contract."""

    source: FieldValue | None = None
    version: FieldValue | None = None


class Limits(Table):
    """`[limits]`: the size of one request."""

    max_recipients: Annotated[Whole, Field(ge=1, le=SERVICE_MAX_RECIPIENTS)] = 1000
    max_bytes: Annotated[Whole, Field(ge=1000)] = 1_000_000


def _clock(raw: object) -> object:
    try:
        return time.fromisoformat(raw) if isinstance(raw, str) and len(raw) == len("HH:MM") else raw
    except ValueError as error:
        raise ValueError(f"{raw!r} is no time of day; write 09:00") from error


Clock = Annotated[time, BeforeValidator(_clock)]


class Hours(Table):
    """`[rules.hours]`: local hours in which people may be called; `to` is the first moment too late.

    The default is 09:00 to 20:00, inside the 8:00 to 21:00 of 47 CFR 64.1200(c)(1).
    """

    start: Clock = Field(default=time(9), alias="from")
    to: Clock = time(20)

    @model_validator(mode="after")
    def _in_order(self) -> "Hours":
        if self.start >= self.to:
            raise ValueError("`from` must lie before `to`")
        return self

    def allow(self, local: time) -> bool:
        """Whether people may be called at this local time of day."""
        return self.start <= local < self.to


class Share(Table):
    """A part of the rows, or a number of them."""

    rows: int | None = None
    percent: float | None = None

    def of(self, total: int) -> float:
        """How many of `total` rows it allows."""
        return float(self.rows) if self.rows is not None else total * (self.percent or 0.0) / 100

    def __str__(self) -> str:
        return str(self.rows) if self.rows is not None else f"{self.percent:g}%"


def _share(raw: object) -> object:
    if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0:
        return {"rows": raw}
    if isinstance(raw, str) and raw.endswith("%"):
        try:
            percent = float(raw[:-1])
        except ValueError:
            percent = -1.0
        if 0 <= percent <= 100:  # noqa: PLR2004 -- percent
            return {"percent": percent}
    raise ValueError(f'{raw!r} is neither a number of rows nor a share such as "5%"')


class Rules(Table):
    """`[rules]`: what stops a run before anything is sent."""

    max_calls: Annotated[Whole, Field(ge=1)]
    max_to_fix: Annotated[Share, BeforeValidator(_share)] = Share(percent=5.0)
    hours: Hours | Literal["any"] = Hours()


class Delivery(Table):
    """`[delivery]`: how requests are made. Times are in seconds."""

    concurrency: Annotated[Whole, Field(ge=1, le=64)] = 4
    attempts: Annotated[Whole, Field(ge=1, le=100)] = 5
    max_seconds: Annotated[float, Field(gt=0)] = 300
    timeout: Annotated[float, Field(gt=0)] = 60
    grace: Annotated[float, Field(ge=0)] = 900
    token: bool = True
    base_url: Text | None = None


class Campaign(Table):
    """The whole file."""

    campaign: CampaignTable
    source: SourceTable = SourceTable()
    schedule: ScheduleTable
    columns: ColumnsTable = ColumnsTable()
    phone: PhoneTable = PhoneTable()
    dynamic_variables: dict[str, FieldValue] = Field(default_factory=dict)
    overrides: Overrides = Overrides()
    source_info: SourceInfo = SourceInfo()
    custom_llm_extra_body: Tree = Field(default_factory=dict)
    limits: Limits = Limits()
    rules: Rules
    delivery: Delivery = Delivery()

    @field_validator("dynamic_variables")
    @classmethod
    def _names_are_free(cls, variables: dict[str, Value], info: ValidationInfo) -> dict[str, Value]:
        del info
        if reserved := [name for name in variables if name.startswith("system__")]:
            raise ValueError(f"{', '.join(reserved)}: names that begin with system__ belong to the service")
        return variables

    @model_validator(mode="after")
    def _recipients_can_be_reached(self) -> "Campaign":
        if self.source.mapping == "dashboard":
            return self
        if self.campaign.channel != "whatsapp" and not self.columns.phone_number:
            raise ValueError('[columns] phone_number is required: phone_number = "{Phone Number}"')
        if self.campaign.channel != "phone" and self.columns.whatsapp_user_id is None:
            raise ValueError("[columns] whatsapp_user_id is required for WhatsApp")
        return self

    @property
    def call_name(self) -> str:
        """The name of every batch at the service, before the token; the campaign's own name unless given."""
        return self.campaign.call_name or self.campaign.name
