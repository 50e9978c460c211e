"""What the service answers: the contract's BatchCallResponse."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict


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
