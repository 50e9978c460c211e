"""Calendars: the hours of a run's people, each kept once; a row refers to one by its number.

Each function is a part of its caller's transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.tables import calendars
from schemas.calendars import Calendar, LocalHours


def add_calendars(connection: sa.Connection, run_id: int, kept: Sequence[Calendar]) -> None:
    """Write down the calendars of a plan, numbered as they stand."""
    lines = [
        {
            "run_id": run_id,
            "number": number,
            "zones": ", ".join(calendar.zones),
            "evidence": calendar.evidence,
            "clocks": [_written(clock) for clock in calendar.clocks],
        }
        for number, calendar in enumerate(kept)
    ]
    if lines:
        connection.execute(calendars.insert(), lines)


def kept_calendars(connection: sa.Connection, run_id: int) -> dict[int, Calendar]:
    """The calendars of a run by number."""
    found = connection.execute(calendars.select().where(calendars.c.run_id == run_id))
    return {line.number: Calendar(tuple(map(_read, line.clocks)), line.evidence) for line in found}


def _written(clock: LocalHours) -> dict[str, Any]:
    return {
        "zone": clock.zone,
        "from": clock.start.isoformat(),
        "to": clock.to.isoformat(),
        "days": sorted(clock.days),
        "excluded": sorted(day.isoformat() for day in clock.excluded),
    }


def _read(clock: Mapping[str, Any]) -> LocalHours:
    return LocalHours(
        zone=clock["zone"],
        start=time.fromisoformat(clock["from"]),
        to=time.fromisoformat(clock["to"]),
        days=frozenset(clock["days"]),
        excluded=frozenset(map(date.fromisoformat, clock["excluded"])),
    )
