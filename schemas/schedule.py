"""When a campaign starts, as the campaign file writes it: "now", "next HH:MM", a local time, or a moment with offset."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated

from pydantic import BeforeValidator

_NEXT = re.compile(r"next +(\d{1,2}:\d{2})")
#: Of starts that can be meant; calendars look a year ahead, and those of Python end with the year 9999.
_YEARS = range(2000, 2100)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?")


@dataclass(frozen=True)
class StartNow:
    """As soon as a batch is submitted."""


@dataclass(frozen=True)
class StartNext:
    """The next time that the clock shows `at` in the campaign's zone."""

    at: time


@dataclass(frozen=True)
class StartAt:
    """A moment; without an offset it is local to the campaign's zone."""

    moment: datetime


Start = StartNow | StartNext | StartAt


def parse_start(raw: object) -> Start:
    """Read `[schedule] start`; raises ValueError with what to write."""
    if isinstance(raw, StartNow | StartNext | StartAt):
        return raw
    if isinstance(raw, datetime):
        return _at(raw)
    if isinstance(raw, date | time):
        raise ValueError('needs a date and a time, such as "2024-04-01 09:00"')
    text = raw.strip() if isinstance(raw, str) else ""
    try:
        if text.lower() == "now":
            return StartNow()
        if found := _NEXT.fullmatch(text.lower()):
            return StartNext(time.fromisoformat(found.group(1).zfill(len("HH:MM"))))
        if _MOMENT.fullmatch(text):
            return _at(datetime.fromisoformat(text))
    except ValueError:
        pass
    raise ValueError(f'{raw!r} is no start; write "now", "next 09:00", "2024-04-01 09:00" or a date-time with offset')


def _at(moment: datetime) -> StartAt:
    if moment.year not in _YEARS:
        raise ValueError(f"{moment} is no start: its year is not from {_YEARS[0]} to {_YEARS[-1]}")
    return StartAt(moment)


def _parse_finish(raw: object) -> StartAt:
    """Read `[schedule] finish_by`; raises ValueError with what to write."""
    try:
        read = parse_start(raw)
    except ValueError:
        read = StartNow()
    if not isinstance(read, StartAt):
        raise ValueError(f'{raw!r} is no end; write one such as "2024-04-05 20:00" or a date-time with offset')
    return read


#: By when the last call is to be over; without an offset it is local to the campaign's zone.
Finish = Annotated[StartAt, BeforeValidator(_parse_finish)]
