"""Calendars: when each row may be called, by the hours of the campaign file and the clocks of wherever the person may be."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import polars as pl

from pipeline.phone import fillers, us_states_of
from pipeline.plan.evidence import zones_left, zones_of_country
from pipeline.plan.texts import text_of
from pipeline.plan.time_zones import zones_named
from schemas.calendars import Calendar
from schemas.calling_hours import LEAVE_OUT, Hours
from schemas.fields import Binding
from schemas.findings import findings, gathered
from schemas.outcomes import Outcome
from schemas.us_states import COUNTRIES, TERRITORIES, state_of

_INDEX = pl.UInt32
_COMMA, _UNIT = ",", "\x1f"
#: In place of what a cell should tell, and does not.
_UNREAD = "?"
#: Codes of rows with a cell that cannot be read, and what that cell would tell.
_MISREAD = {"time_zone_unknown": "time_zone", "state_unknown": "state"}
#: A combination of what is told of rows; "" where nothing is.
_Told = Mapping[str, str]


def with_calendars(
    frame: pl.DataFrame, binding: Binding, hours: Hours, since: datetime
) -> tuple[pl.DataFrame, tuple[Calendar, ...], pl.DataFrame]:
    """Add `calendar` (UInt32, a place in the calendars that are given too, null where there is none).

    In: row, c0… (String), e164, whatsapp, and `region` and `zones` as `locate` gives them. Out: the frame, the calendars,
    each once, and findings. `since` (aware) is the campaign's start. Each combination of what rows tell is judged once.
    """
    told = _told(frame, binding, hours)
    combined = told.with_columns(combination=pl.concat_str(pl.all(), separator=_UNIT))
    once = combined.unique("combination", maintain_order=True)
    answers = [_answer(each, hours, since) for each in once.iter_rows(named=True)]
    calendars = tuple(dict.fromkeys(each.calendar for each in answers if each.calendar))
    places = {calendar: place for place, calendar in enumerate(calendars)}
    judged = once.select("combination").with_columns(
        calendar=pl.Series([each.calendar and places[each.calendar] for each in answers], dtype=_INDEX),
        code=pl.Series([each.code for each in answers], dtype=pl.String),
        detail=pl.Series([each.detail for each in answers], dtype=pl.String),
    )
    joined = combined.select("combination").join(judged, on="combination", how="left", maintain_order="left")
    found = gathered([_findings(frame, joined, binding), _unplaced(frame, told, binding)])
    return frame.with_columns(joined["calendar"]), calendars, found


def in_one(
    parts: Sequence[tuple[pl.DataFrame, tuple[Calendar, ...]]],
) -> tuple[pl.DataFrame, tuple[Calendar, ...]]:
    """Frames with a `calendar` (UInt32) each in calendars of its own, as one frame with all of them, each once."""
    places: dict[Calendar, int] = {}
    frames = []
    for frame, calendars in parts:
        new = pl.Series([places.setdefault(calendar, len(places)) for calendar in calendars], dtype=_INDEX)
        frames.append(frame.with_columns(calendar=pl.lit(new).gather("calendar") if calendars else "calendar"))
    return pl.concat(frames), tuple(places)


def known_by(rows: pl.DataFrame, calendars: Sequence[Calendar]) -> Iterator[str]:
    """By what the hours of the planned rows (ROWS_SCHEMA) are known, as a sentence for people, what holds for most first."""
    planned = rows.lazy().filter(pl.col("outcome") == Outcome.PLANNED).group_by("calendar").len().drop_nulls().collect()
    people: Counter[str] = Counter()
    for calendar, count in planned.iter_rows():
        people[calendars[calendar].evidence] += count
    if people:
        told = "; ".join(f"{evidence}: {count:,}" for evidence, count in people.most_common())
        yield f"People's time zones are known by: {told}."


@dataclass(frozen=True)
class _Answer:
    """A calendar, or why there is none: a code and more than it says."""

    calendar: Calendar | None = None
    code: str | None = None
    detail: str | None = None


def _told(frame: pl.DataFrame, binding: Binding, hours: Hours) -> pl.DataFrame:
    """What is told of each row (String, "" where nothing is), and no more than these hours ask."""
    fields = binding.whereabouts
    texts = {name: frame.select(text_of(field)).to_series() for name, field in fields.items()}
    told = {"zones": frame["zones"].list.join(_COMMA), "region": frame["region"], "country": _countries(frame, binding)}
    if "time_zone" in texts:
        told["time_zone"] = texts["time_zone"].set(fillers(texts["time_zone"]), None)
    if "postal_code" in texts:
        told |= _by_postal_code(texts["postal_code"], told["country"], told["region"])
    if hours.states:
        told["number_state"] = us_states_of(frame["e164"])
        if "state" in texts:
            told["state"] = _states(texts["state"])
    own = pl.col("country") == pl.col("region")  # which says nothing more
    return (
        pl.DataFrame(told)
        .with_columns(pl.when(~own).then("country").alias("country"))
        .with_columns(pl.all().fill_null(""))
    )


def _countries(frame: pl.DataFrame, binding: Binding) -> pl.Series:
    """The country that each row names."""
    if binding.country is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    from pipeline.phone.countries import regions_of  # noqa: PLC0415 -- Babel, only for campaigns that name countries

    return regions_of(frame.select(text_of(binding.country)).to_series())


def _by_postal_code(codes: pl.Series, country: pl.Series, region: pl.Series) -> dict[str, pl.Series]:
    """The zone and the state of the postal codes of rows in the United States, _UNREAD where they tell neither.

    10115 is in New York, and in Berlin.
    """
    from pipeline.plan.postal_codes import places_of  # noqa: PLC0415 -- half a second, only where one is mapped

    is_of_us = country.zip_with(country.is_not_null(), region).is_in(list(COUNTRIES)).fill_null(value=False)
    is_empty = fillers(codes) & ~codes.str.contains("[0-9]")  # 00000 is a number's filler, and a wrong ZIP code
    asked = codes.set(~is_of_us | is_empty, None)
    places = places_of(asked)
    is_unread = asked.is_not_null() & places["zone"].is_null() & places["state"].is_null()
    unread = pl.Series([None], dtype=pl.String).new_from_index(0, codes.len()).set(is_unread, _UNREAD)
    return {"postal_zone": places["zone"], "postal_state": places["state"], "postal_unread": unread}


def _states(texts: pl.Series) -> pl.Series:
    """The state that each cell names, _UNREAD where it names none; fillers count as empty."""
    names = texts.unique().drop_nulls()
    codes = pl.Series([state_of(name) or _UNREAD for name in names], dtype=pl.String).set(fillers(names), None)
    return texts.replace_strict(names, codes, default=None, return_dtype=pl.String)


def _answer(told: _Told, hours: Hours, since: datetime) -> _Answer:
    if (cell := told.get("time_zone", "")) and not zones_named(cell):
        return _Answer(code="time_zone_unknown")
    if told.get("state") == _UNREAD and _is_of_us(told):
        return _Answer(code="state_unknown")
    zones, evidence = zones_left(_evidence(told), since)
    if not zones and hours.unknown == LEAVE_OUT:
        return _Answer(code="zone_unknown")
    if not zones:
        zones, evidence = (hours.unknown,), "[rules.hours] unknown"
    places = sorted(set(_places(told, hours)))
    clocks = dict.fromkeys(hours.at(place, zone) for zone in zones for place in places)
    calendar = Calendar(tuple(clocks), evidence)
    if _is_never_open(calendar, int(since.timestamp())):
        return _Answer(code="no_common_hours", detail=f"{', '.join(zones)}: {evidence}")
    return _Answer(calendar)


def _evidence(told: _Told) -> dict[str, tuple[str, ...]]:
    """Zones by what tells them. A number that tells no place has the zones of its country.

    The country that a row names tells them where nothing else does; one that is not the number's is said elsewhere.
    """
    zones, postal = told["zones"], told.get("postal_zone", "")
    heard = {
        "time zone": zones_named(told.get("time_zone", "")),
        "postal code": (postal,) if postal else (),
        "number": tuple(zones.split(_COMMA)) if zones else (),
        "country of the number": () if zones else zones_of_country(told["region"]),
    }
    return heard if any(heard.values()) else {"country": zones_of_country(told["country"])}


def _is_of_us(told: _Told) -> bool:
    """Whether the row is of the United States: by the country that it names, or else by its number's."""
    return (told["country"] or told["region"]) in COUNTRIES


def _places(told: _Told, hours: Hours) -> Iterator[str]:
    """Where a row may be, as hours are given by place: "" anywhere, a country, or "US-FL" for a state.

    Of somebody in the United States whose state is not known, all states that have hours.
    """
    countries = {told["country"], told["region"]} - {""}
    if not hours.by_place or not countries:
        yield ""
        return
    yield from countries - COUNTRIES
    if countries & COUNTRIES:
        states = {told.get(name, "") for name in ("postal_state", "state", "number_state")} | (countries & TERRITORIES)
        known = states - {"", _UNREAD}
        yield from (f"US-{state}" for state in known)
        if not known:
            yield from ("US", *hours.states)


@lru_cache(maxsize=10_000)
def _is_never_open(calendar: Calendar, since: int) -> bool:
    return calendar.window_at_or_after(since) is None


def _findings(frame: pl.DataFrame, judged: pl.DataFrame, binding: Binding) -> pl.DataFrame:
    """Why rows have no calendar. Without a number, or a WhatsApp id, that is told already."""
    if not judged["code"].count():
        return gathered([])
    is_reached = pl.col("e164").is_not_null() | pl.col("whatsapp").is_not_null()
    rows = frame.hstack(judged.select("code", "detail")).filter(is_reached & pl.col("code").is_not_null())
    misread = [
        findings(
            rows.filter(pl.col("code") == code),
            code,
            binding.whereabouts[name].header,
            text_of(binding.whereabouts[name]),
        )
        for code, name in _MISREAD.items()
        if name in binding.whereabouts
    ]
    others = rows.filter(~pl.col("code").is_in(list(_MISREAD)))
    return gathered([*misread, findings(others, pl.col("code"), None, detail=pl.col("detail"))])


def _unplaced(frame: pl.DataFrame, told: pl.DataFrame, binding: Binding) -> pl.DataFrame:
    """That a postal code tells no place."""
    if "postal_unread" not in told.columns:
        return gathered([])
    field = binding.whereabouts["postal_code"]
    return findings(frame.filter(told["postal_unread"] == _UNREAD), "postal_code_unknown", field.header, text_of(field))
