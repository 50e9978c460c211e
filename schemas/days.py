"""Days, as people write how long something is kept: `400d`; and shorter spans, `12h`."""

import re
from datetime import timedelta

_DAYS = re.compile(r"([1-9]\d{0,4}) ?d(?:ays?)?")
_HOURS = re.compile(r"([1-9]\d{0,3}) ?h(?:ours?)?")
SECONDS = 24 * 60 * 60


def parse_days(raw: object) -> int:
    """How many days a text such as "400d" means; raises ValueError for anything else."""
    if isinstance(raw, str) and (found := _DAYS.fullmatch(raw.strip())):
        return int(found[1])
    raise ValueError(f'{raw!r} is no number of days; write one such as "400d"')


def parse_span(raw: object) -> timedelta:
    """The time that a text such as "2d" or "12h" means; raises ValueError for anything else."""
    if isinstance(raw, timedelta):
        return raw
    if isinstance(raw, str) and (found := _HOURS.fullmatch(raw.strip())):
        return timedelta(hours=int(found[1]))
    try:
        return timedelta(days=parse_days(raw))
    except ValueError:
        raise ValueError(f'{raw!r} is no span of time; write one such as "2d" or "12h"') from None


def span_in_words(span: timedelta) -> str:
    """`2 days`, `12 hours`."""
    hours = int(span.total_seconds()) // 3600
    number, unit = (hours // 24, "day") if hours % 24 == 0 else (hours, "hour")
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"
