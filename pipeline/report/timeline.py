"""When whose calls start: as parts of the report, and in words."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import polars as pl

from schemas.calendars import Calendar
from schemas.plan import Plan, Slot
from schemas.report import Span

#: So many zones of one person are named.
_NAMED = 2


def timeline(plan: Plan) -> Iterator[Span]:
    """People by their zones and by when they start, the earliest first."""
    counted = plan.rows.lazy().filter(pl.col("batch").is_not_null(), pl.col("calendar").is_not_null())
    slots = {batch.number: batch.slot for batch in plan.batches}
    people: Counter[tuple[Slot, str, str]] = Counter()
    for batch, calendar, count in counted.group_by("batch", "calendar").len().collect().iter_rows():
        whose = plan.calendars[calendar]
        people[slots[batch], named(whose), whose.zones[0]] += count
    now = plan.now.timestamp()
    for slot, name, zone in sorted(people, key=lambda key: (key[0].start or now, key[0].end or 0, key[1])):
        start, until, end = (_local(each, ZoneInfo(zone)) for each in (slot.start or now, slot.until, slot.end))
        yield Span(zone=name, people=people[slot, name, zone], start=start or "", until=until, end=end)


def named(calendar: Calendar) -> str:
    """The time zones of a person, for people."""
    zones = calendar.zones
    more = f" and {len(zones) - _NAMED} more" if len(zones) > _NAMED else ""
    return " or ".join(zones[:_NAMED]) + more


def starts_of(plan: Plan) -> list[datetime | None]:
    """The different moments at which calls begin, in the campaign's zone, in order; None is now, and the first."""
    starts = {batch.slot.start for batch in plan.batches}
    ahead = sorted(start for start in starts if start is not None)
    return [*([None] if None in starts else []), *(datetime.fromtimestamp(start, zone_of(plan)) for start in ahead)]


def written(start: int | None, zone: tzinfo) -> str:
    """A start as the report has it."""
    return "now" if start is None else datetime.fromtimestamp(start, zone).isoformat(timespec="minutes")


def zone_of(plan: Plan) -> tzinfo:
    """The campaign's time zone, in which its report is written."""
    name = plan.campaign.schedule.timezone
    return ZoneInfo(name) if name else (plan.start and plan.start.tzinfo) or UTC


def words(span: Span) -> str:
    """`412 people from Tue 2 Apr 09:00 to 20:00, estimated to be through by 13:20`, in their own time."""
    start = datetime.fromisoformat(span.start)
    people = "1 person" if span.people == 1 else f"{span.people:,} people"
    end = "" if span.end is None else f" to {_clock(span.end, start)}"
    until = "" if span.until is None else f", estimated to be through by {_clock(span.until, start)}"
    return f"{people} from {day(start)} {start:%H:%M}{end}{until}"


def day(moment: datetime) -> str:
    """`Tue 2 Apr`."""
    return f"{moment:%a} {moment.day} {moment:%b}"


def _clock(iso: str, start: datetime) -> str:
    moment = datetime.fromisoformat(iso)
    return f"{moment:%H:%M}" if moment.date() == start.date() else f"{day(moment)} {moment:%H:%M}"


def _local(moment: float | None, zone: tzinfo) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, zone).isoformat(timespec="minutes")
