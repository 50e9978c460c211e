"""`[rules.capacity]`: how many calls the service makes, from which the end of its queue is estimated."""

import math
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from schemas.calendars import Window
from schemas.table import Table

_MOST_CALLS, _MOST_MINUTES = 10_000, 24 * 60


class Capacity(Table):
    """`[rules.capacity]`: so many calls at once, and minutes from the beginning of one to that of the next on its line."""

    concurrency: Annotated[int, Field(ge=1, le=_MOST_CALLS, examples=["concurrency = 10"])]
    minutes_per_call: Annotated[
        float, Field(gt=0, le=_MOST_MINUTES, allow_inf_nan=False, examples=["minutes_per_call = 3"])
    ]

    @property
    def seconds_per_call(self) -> int:
        """One call, in whole seconds: so that no sum of them is off."""
        return max(1, math.ceil(self.minutes_per_call * 60))

    def seconds(self, calls: int) -> int:
        """How long so many calls take, when the lines are theirs alone."""
        return -(-calls // self.concurrency) * self.seconds_per_call

    def calls_within(self, seconds: int) -> int:
        """How many calls end within so many seconds: the most whose `seconds` are not more."""
        return max(0, seconds // self.seconds_per_call) * self.concurrency

    def taken(self, under_way: Iterable[tuple[int, int]]) -> tuple[Window, ...]:
        """The spans in which the lines are busy with calls that the service has already: start and count of each batch."""
        spans: list[Window] = []
        for start, calls in sorted(under_way):
            begin = max(start, spans[-1][1]) if spans else start
            spans.append((begin, begin + self.seconds(calls)))
        return tuple(spans)
