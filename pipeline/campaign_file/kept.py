"""What the ledger's copy of a campaign file still says, when neither the file nor those that it names are there."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.campaign_file.toml_text import read_toml
from schemas.campaign import Delivery, Rules, ScheduleTable
from schemas.errors import CampaignError

Shape = TypeVar("Shape", bound=BaseModel)


def delivery_of(text: str) -> Delivery:
    """How requests are made; raises CampaignError where this version cannot read it."""
    return _table(Delivery, _content(text).get("delivery", {}))


def rules_of(text: str) -> Rules:
    """When people may be called; raises CampaignError."""
    return _table(Rules, _content(text).get("rules", {}))


def schedule_of(text: str) -> ScheduleTable:
    """The schedule, for its time zone; raises CampaignError."""
    return _table(ScheduleTable, _content(text).get("schedule", {}))


def _content(text: str) -> dict[str, Any]:
    try:
        return read_toml(text)
    except ValueError as error:
        raise CampaignError(f"the campaign file kept in the ledger cannot be read: {error}") from None


def _table(shape: type[Shape], content: Any) -> Shape:
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        places = sorted({".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False)})
        raise CampaignError(
            f"the campaign file kept in the ledger does not fit this version: {', '.join(places)}; use `campaign run`"
        ) from None
