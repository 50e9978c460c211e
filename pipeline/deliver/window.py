"""When people may be called, and what that means for a start that has been planned."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from schemas.calling_hours import Hours


@dataclass(frozen=True)
class Window:
    """Local hours of a time zone; "any" is the whole day."""

    hours: Hours | Literal["any"]
    zone: tzinfo

    def allows(self, at: float) -> bool:
        """Whether people may be called at a moment, in Unix seconds."""
        return self.hours == "any" or self.hours.allow(datetime.fromtimestamp(at, self.zone).time())

    def __str__(self) -> str:
        span = "any hour" if self.hours == "any" else f"{self.hours.start:%H:%M} to {self.hours.to:%H:%M}"
        return f"{span} ({self.zone})"


@dataclass(frozen=True)
class Start:
    """The start that a request carries: Unix seconds, or None for now."""

    at: int | None


def start_now(planned: int | None, now: float, window: Window) -> Start | None:
    """The start to send at this moment for a planned one (None: as soon as it is sent); None if there is none.

    What lies ahead stays as it was planned. What has passed becomes "now": the service is never told a time in the
    past. Either must lie in the window.
    """
    start = Start(planned if planned is not None and planned > now else None)
    return start if window.allows(now if start.at is None else start.at) else None
