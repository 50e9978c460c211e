"""The start of a campaign as a moment, and the head of its requests."""

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from schemas.campaign import Campaign, ScheduleTable
from schemas.request import Head
from schemas.schedule import StartAt, StartNext


def zone_of(schedule: ScheduleTable, now: datetime) -> tzinfo:
    """The campaign's time zone: the one it names, or else its start's offset."""
    if schedule.timezone is not None:
        return ZoneInfo(schedule.timezone)
    start = schedule.start
    return (isinstance(start, StartAt) and start.moment.tzinfo) or now.tzinfo or ZoneInfo("UTC")


def start_of(schedule: ScheduleTable, now: datetime) -> datetime | None:
    """The moment of the start, in the campaign's zone; None means now. `now` is aware.

    A local time that the clocks skip is read as if they had not been put forward, so it comes an hour later.
    """
    zone = zone_of(schedule, now)
    match schedule.start:
        case StartAt(moment):
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
        case StartNext(at):
            local = now.astimezone(zone)
            today = datetime.combine(local.date(), at, zone)
            return today if today > now else datetime.combine(local.date() + timedelta(days=1), at, zone)
        case _:
            return None


def head_of(campaign: Campaign, start: datetime | None) -> Head:
    """The head of every request of the campaign, without a token. Times are whole seconds UTC (API.md, "What bites", 7)."""
    table = campaign.campaign
    params = table.whatsapp_params
    return Head(
        call_name=campaign.call_name,
        agent_id=table.agent_id,
        agent_phone_number_id=table.agent_phone_number_id,
        start=None if start is None else int(start.timestamp()),
        whatsapp_params=params.model_dump(exclude_none=True) if params else None,
        extra=dict(table.extra),
    )
