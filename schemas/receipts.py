"""What the service answers: the contract's BatchCallResponse, and the lists from which a campaign is set up."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Receipt(BaseModel):
    """`BatchCallResponse` of the contract. Enums are open there, so they are plain text here (API.md)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str
    agent_id: str
    agent_name: str
    status: str
    created_at_unix: int
    scheduled_time_unix: int
    last_updated_at_unix: int
    total_calls_dispatched: int
    total_calls_scheduled: int
    retry_count: int = 0
    phone_number_id: str | None = None
    phone_provider: str | None = None
    whatsapp_params: Mapping[str, Any] | None = None


class CalledRecipient(BaseModel):
    """One recipient of a batch as the service tells it (API.md, Endpoints). `status` is open, so it is plain text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    status: str
    phone_number: str | None = Field(default=None, repr=False)
    whatsapp_user_id: str | None = Field(default=None, repr=False)
    created_at_unix: int | None = None
    updated_at_unix: int | None = None
    conversation_id: str | None = None


class BatchDetail(Receipt):
    """A batch together with its recipients, all of them (API.md: not paged)."""

    recipients: tuple[CalledRecipient, ...]


class ListedAgent(BaseModel):
    """An agent in the service's list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    agent_id: str
    name: str = ""


class ListedNumber(BaseModel):
    """A phone number in the service's list: one of the account's own, from which agents call."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    phone_number_id: str
    phone_number: str = ""
    label: str | None = None
    supports_outbound: bool = True
