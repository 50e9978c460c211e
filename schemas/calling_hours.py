"""`[rules.hours]`: local hours in which people may be called, where they differ, and what tells somebody's time zone."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from schemas.calendars import EVERY_DAY, LocalHours
from schemas.recipient import PhoneValue
from schemas.regions import Region
from schemas.table import Table, nearest
from schemas.us_states import STATES, TERRITORIES
from schemas.value import shown

#: In `unknown`: nobody is called whose time zone is not known.
LEAVE_OUT = "leave out"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT = 3


def zone_name(name: str) -> str:
    """The name of a time zone, checked."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = nearest(name.replace(" ", "_"), available_timezones())
        raise ValueError(f"{name!r} is no time zone; write one such as {near or 'America/New_York'}") from error
    return name


def _clock(raw: object) -> time:
    if isinstance(raw, time):
        return raw
    try:
        if isinstance(raw, str) and len(raw) == len("HH:MM"):
            return time.fromisoformat(raw)
    except ValueError:
        pass
    raise ValueError(f'{raw!r} is no time of day; write one such as "09:00"')


def _days(raw: object) -> frozenset[int]:
    if isinstance(raw, frozenset):
        return raw
    found = [_day(each) for each in raw] if isinstance(raw, list) else []
    if not found or None in found:
        raise ValueError(f'must be a list of days, such as ["mon", "tue", "wed"] (it is {shown(raw)})')
    return frozenset(day for day in found if day is not None)


def _day(written: object) -> int | None:
    plain = written.strip().casefold() if isinstance(written, str) else ""
    return next((number for number, name in enumerate(_DAYS) if plain in {name, name[:_SHORT]}), None)


def _dates(raw: object) -> frozenset[date]:
    if isinstance(raw, frozenset):
        return raw
    if not isinstance(raw, list):
        raise ValueError("must be a list of dates, such as [2024-12-25, 2025-01-01]")
    return frozenset(map(_date, raw))


def _date(raw: object) -> date:
    try:
        if isinstance(raw, str):
            return date.fromisoformat(raw.strip())
    except ValueError:
        pass
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    raise ValueError(f"{shown(raw)} is no date; write one such as 2024-12-25")


def _us_state(code: str) -> str:
    if code.removeprefix("US-") not in STATES or not code.startswith("US-"):
        raise ValueError("must be a US state's ISO code, such as US-FL")
    return code


def _country(code: str) -> str:
    if code in TERRITORIES:
        raise ValueError(f"is a territory of the US; write [rules.hours.states.US-{code}]")
    return code


Clock = Annotated[time, BeforeValidator(_clock)]
Days = Annotated[frozenset[int], BeforeValidator(_days)]
Dates = Annotated[frozenset[date], BeforeValidator(_dates)]


class PlaceHours(Table):
    """`[rules.hours.countries.DE]`, `[rules.hours.states.US-FL]`: what is different there; the rest is as elsewhere.

    Dates are excluded beside those that are everywhere.
    """

    start: Clock | None = Field(default=None, alias="from")
    to: Clock | None = None
    days: Days | None = None
    exclude_dates: Dates = frozenset()


class Hours(Table):
    """`[rules.hours]`: hours by the clock of whoever is called; `to` is the first moment too late.

    The default is 09:00 to 20:00, inside the 8 a.m. to 9 p.m., local time at the called party's location, of 47 CFR
    64.1200(c)(1).
    """

    start: Clock = Field(default=time(9), alias="from")
    to: Clock = Field(default=time(20), validate_default=True)
    days: Days = EVERY_DAY
    exclude_dates: Dates = frozenset()
    time_zone: PhoneValue | None = None
    postal_code: PhoneValue | None = None
    state: PhoneValue | None = None
    unknown: Annotated[str, AfterValidator(lambda name: name if name == LEAVE_OUT else zone_name(name))] = LEAVE_OUT
    countries: dict[Annotated[Region, AfterValidator(_country)], PlaceHours] = Field(default_factory=dict)
    states: dict[Annotated[str, AfterValidator(_us_state)], PlaceHours] = Field(default_factory=dict)

    @field_validator("to")
    @classmethod
    def _comes_later(cls, to: time, info: ValidationInfo) -> time:
        if "start" in info.data and to <= info.data["start"]:
            raise ValueError(f"must be later than `from`, {info.data['start']:%H:%M}")
        return to

    @model_validator(mode="after")
    def _ends_later_everywhere(self) -> "Hours":
        for place in (*self.countries, *self.states):
            local = self.at(place, "UTC")
            if local.to <= local.start:
                raise ValueError(f"{place}: hours that begin at {local.start:%H:%M} cannot end at {local.to:%H:%M}")
        return self

    def at(self, place: str, zone: str) -> LocalHours:
        """The hours of a place by the clock of a zone. A place is a country, "US-FL" for a state, or "" for anywhere."""
        layers: list[PlaceHours | Hours] = [*self._of_place(place), self]
        excluded = frozenset[date]().union(*(layer.exclude_dates for layer in layers))
        start, to, days = (_first(getattr(layer, name) for layer in layers) for name in ("start", "to", "days"))
        return LocalHours(zone, start, to, days, excluded)

    @property
    def by_place(self) -> bool:
        """Whether they differ from place to place."""
        return bool(self.countries or self.states)

    def __str__(self) -> str:
        """`09:00 to 20:00 on mon, tue, not on 2026-12-25; other hours in DE, US-FL`."""
        days = "" if self.days == EVERY_DAY else " on " + ", ".join(_DAYS[day][:_SHORT] for day in sorted(self.days))
        dates = "".join(f", not on {day}" for day in sorted(self.exclude_dates))
        places = ", ".join((*self.countries, *self.states))
        return f"{self.start:%H:%M} to {self.to:%H:%M}{days}{dates}" + (f"; other hours in {places}" if places else "")

    def _of_place(self, place: str) -> Iterator[PlaceHours]:
        country = place.partition("-")[0]
        yield from (table for table in (self.states.get(place), self.countries.get(country)) if table is not None)


def _first(given: Iterable[Any]) -> Any:
    return next(each for each in given if each is not None)
