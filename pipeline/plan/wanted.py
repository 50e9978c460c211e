"""Wanted: every place of the recipient that a campaign file feeds, with the key under which it says so."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.campaign import Campaign
from schemas.fields import CLIENT, EXTRA_BODY, LANGUAGE, OVERRIDE, SOURCE_INFO, VARIABLES, Place
from schemas.headers import Headers
from schemas.plan import OWN_COLUMNS
from schemas.table import Table
from schemas.template import Column, Template
from schemas.value import Value

#: Columns that the vendor's dashboard knows; every other one is a dynamic variable.
DASHBOARD: Mapping[str, Place] = {
    "phone_number": ("phone_number",),
    "language": LANGUAGE,
    "first_message": (*OVERRIDE, "agent", "first_message"),
    "system_prompt": (*OVERRIDE, "agent", "prompt", "prompt"),
    "voice_id": (*OVERRIDE, "tts", "voice_id"),
}
#: The places of what [rules] reads, which stands nowhere in a recipient.
OPT_OUT, CONSENT, WHEREABOUTS = "do_not_call", "consent", "whereabouts"
#: The places of what [[route]] reads, likewise: (ROUTE, which route, which of its columns).
ROUTE = "route"
_TABLES: Mapping[Place, str] = {
    OVERRIDE: "overrides",
    EXTRA_BODY: "custom_llm_extra_body",
    SOURCE_INFO: "source_info",
    VARIABLES: "dynamic_variables",
}

Wanted = tuple[Place, str, Value]


def wanted(campaign: Campaign, headers: Headers) -> dict[Place, tuple[str, Value]]:
    """Every place that is fed, with its key and value; what the campaign file says wins over the dashboard's mapping."""
    sources = (
        *((_dashboard(headers, campaign.source.ignore),) if campaign.source.mapping == "dashboard" else ()),
        _columns(campaign),
        _carried(campaign),
    )
    return {place: (key, value) for source in sources for place, key, value in source}


def _columns(campaign: Campaign) -> Iterator[Wanted]:
    """The recipient's own fields, the user id, which travels with what is carried, and what is only looked at."""
    table = campaign.columns
    single = {
        ("id",): table.id,
        ("whatsapp_user_id",): table.whatsapp_user_id,
        ("country",): table.country,
        (*CLIENT, "user_id"): table.user_id,
    }
    for place, value in single.items():
        if value is not None:
            yield place, f"[columns] {place[-1]}", value
    for number, value in enumerate(table.phone_number):
        yield ("phone_number", str(number)), "[columns] phone_number", value
    yield from _looked_at(campaign)


def _looked_at(campaign: Campaign) -> Iterator[Wanted]:
    """What rules and routes read."""
    for number, rule in enumerate(campaign.rules.do_not_call):
        yield (OPT_OUT, str(number)), "[rules] do_not_call", rule.column
    for number, each in enumerate(campaign.route):
        for place, value in enumerate(each.columns):
            yield (ROUTE, str(number), str(place)), "[[route]] when", value
    for name in ("time_zone", "postal_code", "state"):
        if (told := getattr(campaign.rules.hours, name, None)) is not None:
            yield (WHEREABOUTS, name), f"[rules.hours] {name}", told
    for key, value in campaign.rules.consent.columns.items() if campaign.rules.consent else ():
        yield (CONSENT, key), f"[rules.consent] {key}", value


def _carried(campaign: Campaign) -> Iterator[Wanted]:
    """What the tables of the campaign file put under `conversation_initiation_client_data`."""
    yield from _values(campaign.overrides, OVERRIDE)
    yield from _values(campaign.custom_llm_extra_body, EXTRA_BODY)
    yield from _values(campaign.source_info, SOURCE_INFO)
    yield from _values(campaign.dynamic_variables, VARIABLES)


def _values(table: Table | Mapping[str, Any], place: Place) -> Iterator[Wanted]:
    """Every value below a table, in the order it is written."""
    for name, value in table.items() if isinstance(table, Mapping) else table:
        below = (*place, name)
        if isinstance(value, Value):
            yield below, _key(below), value
        elif value is not None:
            yield from _values(value, below)


def _dashboard(headers: Headers, ignored: Iterable[str]) -> Iterator[Wanted]:
    """The vendor's dashboard: some columns by name, every other one a dynamic variable, but for ignored ones."""
    passed_over = headers.places(ignored)
    for index, (name, text) in enumerate(zip(headers.names, headers.texts, strict=True)):
        plain = name.casefold()
        if not text.strip() or plain in OWN_COLUMNS or index in passed_over:
            continue
        place = DASHBOARD.get(plain, (*VARIABLES, name))
        value = Value(template=Template((Column(name),)))
        yield (("phone_number", "0") if place == ("phone_number",) else place), f"the column {name}", value


def _key(place: Place) -> str:
    """`[overrides.agent] language`: the place as the campaign file writes it."""
    for start, table in _TABLES.items():
        if place[: len(start)] == start:
            return f"[{'.'.join((table, *place[len(start) : -1]))}] {place[-1]}"
    return place[-1]
