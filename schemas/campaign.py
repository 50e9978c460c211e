"""The campaign file: what is said to whom, when, and within which limits. Every table is frozen."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, ValidationInfo, field_validator

from schemas.calling_hours import Hours, zone_name
from schemas.capacity import Capacity
from schemas.days import parse_days
from schemas.reach import REFUSED_TYPES, AllowedCountries, RefusedTypes
from schemas.recipient import ColumnsTable, Overrides, Pieces, SourceInfo, Tree, Variables
from schemas.regions import Region
from schemas.schedule import Finish, Start, StartAt, parse_start
from schemas.screening import Consent, DoNotCallRules
from schemas.source_table import SourceTable
from schemas.suppression import Suppression
from schemas.table import Line, Table, as_tuple
from schemas.value import plain_json, shown, suits

#: The service's own limit on recipients of one request (API.md, "What bites", 2).
SERVICE_MAX_RECIPIENTS = 10_000
_DAY = 24 * 60 * 60
_MOST = 1_000_000_000  # of anything that is counted
#: Names that stand in pydantic's places for one of several shapes.
TAGS = ("<object>", "<value>", "<hours>", "<any>")

#: Stands for what is still to be filled in.
PLACEHOLDER = "TODO"

#: Keys of later versions: refused by name, never ignored.
UNAVAILABLE = frozenset(
    {
        "route", "recall", "rules.frequency", "rules.recall", "rules.approval",
    },
)  # fmt: skip

Seconds = Annotated[float, Field(allow_inf_nan=False, le=7 * _DAY)]


class WhatsAppParams(Table):
    """`whatsapp_params` of the contract, once per batch."""

    whatsapp_phone_number_id: Line | None = None
    whatsapp_call_permission_request_template_name: Line
    whatsapp_call_permission_request_template_language_code: Line


def _language(code: str) -> str:
    if not suits(code, "language"):
        raise ValueError(f'must be a language\'s ISO code, such as "de" (it is {shown(code)})')
    return code


class CampaignTable(Table):
    """`[campaign]`: the memory's name, and the head of every request."""

    name: Annotated[Line, Field(examples=['name = "survey-2024-04"'])]
    call_name: Line | None = None
    agent_id: Annotated[Line, Field(examples=['agent_id = "agent_…"'])]
    language: Annotated[str, AfterValidator(_language)] = "en"
    channel: Literal["phone", "whatsapp", "both"] = "phone"
    agent_phone_number_id: Line | None = Field(default=None, validate_default=True)
    whatsapp_params: WhatsAppParams | None = Field(default=None, validate_default=True)
    extra: dict[str, Any] = Field(default_factory=dict)

    @field_validator("agent_phone_number_id")
    @classmethod
    def _phone_is_fed(cls, number: str | None, info: ValidationInfo) -> str | None:
        if number is None and info.data.get("channel") in {"phone", "both"}:
            raise ValueError("is required to call by phone; add it")
        return number

    @field_validator("whatsapp_params")
    @classmethod
    def _whatsapp_is_fed(cls, params: WhatsAppParams | None, info: ValidationInfo) -> WhatsAppParams | None:
        channel = info.data.get("channel")
        if params is None and channel in {"whatsapp", "both"}:
            raise ValueError(f'is required with channel = "{channel}"; add the table')
        if params is not None and channel == "phone":
            raise ValueError('is of no use with channel = "phone"; write channel = "both" if you mean both')
        return params

    @field_validator("extra")
    @classmethod
    def _newer_fields_only(cls, extra: dict[str, Any]) -> dict[str, Any]:
        known = {"recipients", "scheduled_time_unix", *cls.model_fields} - {"name", "language", "channel", "extra"}
        if clash := sorted(known & extra.keys()):
            raise ValueError(f"{', '.join(clash)} has a place of its own in the campaign file")
        return {key: plain_json(given) for key, given in extra.items()}


class ScheduleTable(Table):
    """`[schedule]`: start and end as written; `pipeline.plan.schedule` resolves them."""

    start: Annotated[Start, BeforeValidator(parse_start), Field(examples=['start = "next 09:00"'])]
    timezone: Annotated[str, AfterValidator(zone_name)] | None = Field(default=None, validate_default=True)
    finish_by: Finish | None = None

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, zone: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get("start")
        if zone is None and start is not None and not (isinstance(start, StartAt) and start.moment.tzinfo):
            raise ValueError('is required unless the start has an offset; add timezone = "America/New_York"')
        return zone


class PhoneTable(Table):
    """`[phone]`: the region of numbers that are written without a plus, and whether damaged ones are repaired."""

    default_region: Region | None = None
    blank_country: Region | None = None
    repair: bool = True


class Limits(Table):
    """`[limits]`: the size of one request."""

    max_recipients: Annotated[int, Field(ge=1, le=SERVICE_MAX_RECIPIENTS)] = 1000
    max_bytes: Annotated[int, Field(ge=1000, le=_MOST)] = 1_000_000


@dataclass(frozen=True)
class Share:
    """A part of the rows, or a number of them."""

    rows: int | None = None
    percent: float = 0.0

    def of(self, total: int) -> float:
        """How many of `total` rows it allows."""
        return total * self.percent / 100 if self.rows is None else float(self.rows)

    def __str__(self) -> str:
        return f"{self.percent:g}%" if self.rows is None else str(self.rows)


def _share(raw: object) -> Share:
    if isinstance(raw, Share):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= _MOST:
        return Share(rows=raw)
    if isinstance(raw, str) and (found := re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%", raw)) and float(found[1]) <= 100:  # noqa: PLR2004
        return Share(percent=float(found[1]))
    raise ValueError(f'{raw!r} is neither a number of rows nor a share from "0%" to "100%"')


def _hours_or_any(raw: object) -> str:
    return "<hours>" if isinstance(raw, dict | Hours) else "<any>"


def _any(raw: object) -> object:
    if raw != "any":
        raise ValueError('must be "any" or a table with from and to')
    return raw


class Rules(Table):
    """`[rules]`: what stops a run before anything is sent."""

    max_calls: Annotated[int, Field(ge=1, le=_MOST, examples=["max_calls = 2000"])]
    max_to_fix: Annotated[Share, BeforeValidator(_share)] = Share(percent=5.0)
    hours: Annotated[
        Annotated[Hours, Tag("<hours>")] | Annotated[Literal["any"], BeforeValidator(_any), Tag("<any>")],
        Discriminator(_hours_or_any),
    ] = Hours()
    do_not_call: DoNotCallRules = ()
    consent: Consent | None = None
    suppression: Annotated[tuple[Suppression, ...], BeforeValidator(as_tuple)] = ()
    capacity: Capacity | None = None
    on_window_end: Literal["continue", "cancel"] = "continue"
    allowed_countries: AllowedCountries = None
    refuse_types: RefusedTypes = REFUSED_TYPES

    @property
    def facts(self) -> frozenset[str]:
        """What the rules ask of each number, beside it being one: of `region`, `type` and `zones`."""
        is_timed = self.hours != "any"
        asked = {
            "region": is_timed or self.allowed_countries != "any",
            "type": bool(self.refuse_types),
            "zones": is_timed,
        }
        return frozenset(name for name, is_asked in asked.items() if is_asked)


class Delivery(Table):
    """`[delivery]`: how requests are made. Times are in seconds."""

    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    attempts: Annotated[int, Field(ge=1, le=100)] = 5
    max_seconds: Annotated[Seconds, Field(gt=0)] = 300
    timeout: Annotated[Seconds, Field(gt=0)] = 60
    grace: Annotated[Seconds, Field(ge=0)] = 900
    token: bool = True
    base_url: Line | None = None


class LedgerTable(Table):
    """`[ledger]`: how many days the words that were said are kept, after a run was over."""

    keep: Annotated[int, BeforeValidator(parse_days)] = 400


class Campaign(Table):
    """The whole file."""

    campaign: CampaignTable
    source: SourceTable = SourceTable()
    schedule: ScheduleTable
    columns: ColumnsTable = Field(default=ColumnsTable(), validate_default=True)
    phone: PhoneTable = PhoneTable()
    text: Pieces = Field(default_factory=dict)
    dynamic_variables: Variables = Field(default_factory=dict)
    overrides: Overrides = Overrides()
    source_info: SourceInfo = SourceInfo()
    custom_llm_extra_body: Tree = Field(default_factory=dict)
    limits: Limits = Limits()
    rules: Rules
    delivery: Delivery = Delivery()
    ledger: LedgerTable = LedgerTable()

    @field_validator("columns")
    @classmethod
    def _recipients_can_be_reached(cls, columns: ColumnsTable, info: ValidationInfo) -> ColumnsTable:
        campaign, source = info.data.get("campaign"), info.data.get("source")
        channel = campaign.channel if campaign else "phone" if columns.whatsapp_user_id is None else "whatsapp"
        if source is not None and source.mapping == "dashboard":
            return columns
        if channel != "whatsapp" and not columns.phone_number:
            raise ValueError('phone_number is required: add phone_number = "{Phone Number}"')
        if channel != "phone" and columns.whatsapp_user_id is None:
            raise ValueError('whatsapp_user_id is required for WhatsApp: add whatsapp_user_id = "{WhatsApp}"')
        return columns

    @property
    def unfilled(self) -> tuple[str, ...]:
        """What still stands as `campaign init` left it, because nothing in an export tells it."""
        table = self.campaign
        ids = {"agent_id": table.agent_id, "agent_phone_number_id": table.agent_phone_number_id}
        return tuple(f"[campaign] {key}" for key, given in ids.items() if given == PLACEHOLDER)

    @property
    def call_name(self) -> str:
        """The name of every batch at the service, before the token; the campaign's own name unless given."""
        return self.campaign.call_name or self.campaign.name
