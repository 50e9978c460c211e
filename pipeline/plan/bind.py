"""Binding: the campaign file meets the headers of one export, and each field learns which columns feed it."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.campaign import Campaign
from schemas.errors import CampaignError
from schemas.fields import CLIENT, EXTRA_BODY, OVERRIDE, SOURCE_INFO, VARIABLES, Binding, Field, Place, Rule, rules
from schemas.headers import Headers
from schemas.plan import OWN_COLUMNS
from schemas.table import Table
from schemas.template import Column, Template, placeholders_of
from schemas.value import Value

#: Columns that the vendor's dashboard knows; every other one is a dynamic variable.
DASHBOARD: Mapping[str, Place] = {
    "phone_number": ("phone_number",),
    "language": (*OVERRIDE, "agent", "language"),
    "first_message": (*OVERRIDE, "agent", "first_message"),
    "system_prompt": (*OVERRIDE, "agent", "prompt", "prompt"),
    "voice_id": (*OVERRIDE, "tts", "voice_id"),
}
#: The place of what [rules] do_not_call reads, which stands nowhere in a recipient.
OPT_OUT = "do_not_call"
_TABLES: Mapping[Place, str] = {
    OVERRIDE: "overrides",
    EXTRA_BODY: "custom_llm_extra_body",
    SOURCE_INFO: "source_info",
    VARIABLES: "dynamic_variables",
}

Wanted = tuple[Place, str, Value]


def bind(campaign: Campaign, headers: Headers) -> Binding:
    """Find every column that the campaign file names; raises CampaignError with all that cannot be found, a line each."""
    binder = _Binder(campaign, headers)
    fields = [binder.field(place, key, value) for place, (key, value) in _wanted(campaign, headers).items()]
    own = {field.place: field for field in fields if field.place[:1] != CLIENT}
    binding = Binding(
        id=own.get(("id",)),
        whatsapp=own.get(("whatsapp_user_id",)),
        phones=tuple(field for place, field in own.items() if place[0] == "phone_number"),
        country=own.get(("country",)),
        opt_outs=tuple(field for place, field in own.items() if place[0] == OPT_OUT),
        carried=tuple(sorted((field for field in fields if field.place[:1] == CLIENT), key=_contract_order)),
    )
    binder.check_placeholders(binding)
    binder.check_reach(binding)
    binder.check_own(own.values())
    binder.check_ignored(campaign.source.ignore)
    if binder.problems:
        raise CampaignError("\n".join(dict.fromkeys(binder.problems)))
    return binding


def _wanted(campaign: Campaign, headers: Headers) -> dict[Place, tuple[str, Value]]:
    """Every place that is fed, with its key and value; what the campaign file says wins over the dashboard's mapping."""
    sources = (
        *((_dashboard(headers, campaign.source.ignore),) if campaign.source.mapping == "dashboard" else ()),
        _columns(campaign),
        _carried(campaign),
    )
    return {place: (key, value) for source in sources for place, key, value in source}


class _Binder:
    """Makes fields one after the other and gathers what is wrong."""

    def __init__(self, campaign: Campaign, headers: Headers) -> None:
        self.problems: list[str] = []
        self._headers = headers
        self._lenient = campaign.source.mapping == "dashboard"
        self._made = 0

    def field(self, place: Place, key: str, value: Value) -> Field:
        """The field at a place of the recipient, its columns found."""
        self._made += 1
        columns = {column.name: self._find(column, key) for column in value.template.columns} if value.template else {}
        self._check_text(value, columns, key)
        return Field(
            place=place,
            key=key,
            frame=f"f{self._made}",
            value=value,
            rule=rules().get(place, Rule()),
            required=self._is_required(place, value),
            columns=columns,
        )

    def check_placeholders(self, binding: Binding) -> None:
        """Every `{{name}}` must be fed by a dynamic variable or by the service (API.md, "What bites", 4)."""
        fed = {field.place[-1] for field in binding.carried if field.place[:-1] == VARIABLES}
        for field in binding.fields:
            for name in _placeholders(field.value):
                if name not in fed and not name.startswith("system__"):
                    self.problems.append(f"{field.key}: nothing feeds {{{{{name}}}}}; {self._probably(name, fed)}")

    def check_reach(self, binding: Binding) -> None:
        """With the dashboard's mapping the number's column is known by its name alone."""
        if self._lenient and not binding.phones:
            self.problems.append(
                'the file has no column phone_number, which mapping = "dashboard" needs; set [columns] phone_number'
            )

    def check_own(self, fields: Iterable[Field]) -> None:
        """Whom to call is a matter of each row."""
        self.problems += [
            f'{field.key}: must read a column, such as "{{{self._headers.names[0]}}}"'
            for field in fields
            if not field.columns
        ]

    def check_ignored(self, names: Iterable[str]) -> None:
        """What is passed over has to be there: a typing error would ignore nothing."""
        for name in names:
            self._find(Column(name), "[source] ignore")

    def _find(self, column: Column, key: str) -> str:
        try:
            return f"c{self._headers.find(column.name)}"
        except CampaignError as error:
            self.problems.append(f"{key}: {error}")
            return "c0"

    def _check_text(self, value: Value, columns: Mapping[str, str], key: str) -> None:
        """A text that equals a header was meant to be the column."""
        text = "".join(part for part in value.template.parts if isinstance(part, str)) if value.template else ""
        if text and not columns and self._headers.has(text):
            self.problems.append(
                f'{key}: "{text}" is a header but stands there as plain text; did you mean "{{{text}}}"? '
                f'(for the text itself write {{ constant = "{text}" }})'
            )

    def _is_required(self, place: Place, value: Value) -> bool:
        if value.default is not None:
            return False
        if value.required is not None:
            return value.required
        return place[:-1] == VARIABLES and not self._lenient

    def _probably(self, name: str, fed: set[str]) -> str:
        variables = difflib.get_close_matches(name, sorted(fed), n=1, cutoff=0.6)
        if variables:
            return f"did you mean {{{{{variables[0]}}}}}?"
        words = name.replace("_", " ").casefold()
        columns = [each for each in self._headers.names if each.replace("_", " ").casefold() == words]
        columns += difflib.get_close_matches(words, self._headers.names, n=1, cutoff=0.5)
        if columns:
            return f'add {name} = "{{{columns[0]}}}" to [dynamic_variables], or write {{{columns[0]}}} for the column'
        return f"add {name} to [dynamic_variables]"


def _placeholders(value: Value) -> Iterator[str]:
    if value.template is not None:
        yield from value.template.placeholders
    for text in (value.constant, value.default):
        if isinstance(text, str):
            yield from placeholders_of(text)


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
    for number, rule in enumerate(campaign.rules.do_not_call):
        yield (OPT_OUT, str(number)), "[rules] do_not_call", rule.column


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


def _contract_order(field: Field) -> int:
    """Position under the client data, as the contract lists its properties."""
    tables = (OVERRIDE, EXTRA_BODY, (*CLIENT, "user_id"), SOURCE_INFO, VARIABLES)
    return next(number for number, table in enumerate(tables) if field.place[: len(table)] == table)
