"""The start and the end of a campaign as moments, and the head of its requests."""

import math
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from schemas.campaign import Campaign, Rules, ScheduleTable
from schemas.plan import UnderWay
from schemas.request import Head
from schemas.schedule import StartAt, StartNext
from schemas.timing import Timing


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


def finish_of(schedule: ScheduleTable, now: datetime) -> datetime | None:
    """By when calls must be over, in the campaign's zone; None: whenever. Read as `start_of` reads."""
    if schedule.finish_by is None:
        return None
    moment = schedule.finish_by.moment
    return moment if moment.tzinfo else moment.replace(tzinfo=zone_of(schedule, now))


def timing_of(
    schedule: ScheduleTable, rules: Rules, start: datetime | None, now: datetime, under_way: UnderWay
) -> Timing:
    """When calls may begin and must be over; `start` as of `start_of`, `now` is aware."""
    finish = finish_of(schedule, now)
    return Timing(
        begin=math.ceil((start or now).timestamp()),
        at_once=start is None,
        finish=None if finish is None else int(finish.timestamp()),
        capacity=rules.capacity,
        taken=rules.capacity.taken(under_way) if rules.capacity else (),
    )


def head_of(campaign: Campaign, start: datetime | None) -> Head:
    """The head of every request of the campaign, without a token; where only routes have agents, the first one's. Times are whole seconds UTC (API.md, "What bites", 7)."""
    table = campaign.campaign
    speaker = table if table.agent_id else campaign.route[0]
    params = table.whatsapp_params
    return Head(
        call_name=campaign.call_name,
        agent_id=str(speaker.agent_id),
        agent_phone_number_id=speaker.agent_phone_number_id or table.agent_phone_number_id,
        start=None if start is None else int(start.timestamp()),
        whatsapp_params=params.model_dump(exclude_none=True) if params else None,
        extra=dict(table.extra),
    )
