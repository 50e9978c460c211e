"""When a campaign's calls may be made: from when, by when, and how many the service makes at once."""

from dataclasses import dataclass

from schemas.calendars import HORIZON, Calendar, Window
from schemas.capacity import Capacity
from schemas.plan import Slot

#: The end of hours that have none.
_NEVER = 1 << 40
_YEAR = HORIZON * 24 * 60 * 60


@dataclass(frozen=True)
class Timing:
    """Calls begin at `begin` or later (`at_once`: as soon as they are sent), and are over by `finish` (None: whenever).

    Moments are Unix seconds. In the spans `taken` the service is busy with calls that it has already.
    """

    begin: int
    at_once: bool = False
    finish: int | None = None
    capacity: Capacity | None = None
    taken: tuple[Window, ...] = ()

    @property
    def shortest(self) -> int:
        """The seconds that a window has to have to be of use."""
        return self.capacity.seconds_per_call if self.capacity else 1

    @property
    def last_start(self) -> int:
        """When calls begin at the latest: what would begin later is no plan."""
        return self.begin + _YEAR

    def next_window(self, calendar: Calendar | None, at: int, seconds: int) -> Window | None:
        """The first window from a moment on that has so many seconds; None if there is none in time, nor within a year.

        Without a calendar it is any hour.
        """
        last = at + _YEAR
        while window := (at, _NEVER) if calendar is None else calendar.window_at_or_after(at):
            opens, closes = window[0], min(window[1], self.finish or _NEVER)
            if closes - opens >= seconds:
                return opens, closes
            if closes != window[1] or opens > last:
                return None
            at = closes
        return None

    def slot(self, start: int, until: int | None, end: int) -> Slot:
        """People who start at a moment."""
        is_now = self.at_once and start == self.begin
        return Slot(None if is_now else start, until, None if end == _NEVER else end)
