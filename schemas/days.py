"""Days, as people write how long something is kept: `400d`."""

import re

_DAYS = re.compile(r"([1-9]\d{0,4}) ?d(?:ays?)?")
SECONDS = 24 * 60 * 60


def parse_days(raw: object) -> int:
    """How many days a text such as "400d" means; raises ValueError for anything else."""
    if isinstance(raw, str) and (found := _DAYS.fullmatch(raw.strip())):
        return int(found[1])
    raise ValueError(f'{raw!r} is no number of days; write one such as "400d"')
