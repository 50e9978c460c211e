"""Binding: the campaign file meets the headers of one export, and each field learns which columns feed it."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipeline.plan.order import in_order, layers, untold_language
from pipeline.plan.wanted import CONSENT, OPT_OUT, ROUTE, WHEREABOUTS, wanted
from schemas.campaign import Campaign
from schemas.errors import CampaignError
from schemas.fields import (
    CLIENT,
    EXTRA_BODY,
    OVERRIDE,
    SOURCE_INFO,
    TEXT,
    VARIABLES,
    Binding,
    Field,
    Place,
    Rule,
    rules,
)
from schemas.headers import Headers
from schemas.table import nearest
from schemas.template import Column, Template, reference
from schemas.value import Value


def bind(campaign: Campaign, headers: Headers) -> Binding:
    """Find every column that the campaign file names; raises CampaignError with all that cannot be found, a line each."""
    binder = _Binder(campaign, headers)
    pieces = binder.pieces()
    fields = [binder.field(place, key, value) for place, (key, value) in wanted(campaign, headers).items()]
    own = {field.place: field for field in fields if field.place[:1] != CLIENT}
    binding = Binding(
        id=own.get(("id",)),
        whatsapp=own.get(("whatsapp_user_id",)),
        phones=tuple(field for place, field in own.items() if place[0] == "phone_number"),
        country=own.get(("country",)),
        opt_outs=tuple(field for place, field in own.items() if place[0] == OPT_OUT),
        routes=tuple(
            tuple(field for place, field in own.items() if place[:2] == (ROUTE, str(number)))
            for number, _ in enumerate(campaign.route)
        ),
        consent={place[1]: field for place, field in own.items() if place[0] == CONSENT},
        carried=tuple(sorted((field for field in fields if field.place[:1] == CLIENT), key=_contract_order)),
        usual_language=campaign.campaign.language,
        whereabouts={place[1]: field for place, field in own.items() if place[0] == WHEREABOUTS},
    )
    binding = _with_pieces(binding, pieces)
    binder.check_placeholders(binding)
    binder.check_filters(binding)
    binder.check_reach(binding)
    binder.check_own(own.values())
    binder.check_ignored(campaign.source.ignore)
    if binder.problems:
        raise CampaignError("\n".join(dict.fromkeys(binder.problems)))
    return _layered(binding)


def _with_pieces(binding: Binding, pieces: list[Field]) -> Binding:
    """The binding with those of the pieces that it uses, directly or inside of another piece."""
    used = {frame for field in binding.fields for frame in field.pieces.values()}
    for piece in reversed(pieces):
        used |= set(piece.pieces.values()) if piece.frame in used else set()
    return replace(
        binding,
        pieces=tuple(piece for piece in pieces if piece.frame in used),
        unused=tuple(piece.key for piece in pieces if piece.frame not in used),
    )


def _layered(binding: Binding) -> Binding:
    fed = [field for field in binding.fields if field.place[:1] == TEXT or not field.is_constant]
    return replace(binding, layers=layers(fed, binding.language))


class _Binder:
    """Makes fields one after the other and gathers what is wrong."""

    def __init__(self, campaign: Campaign, headers: Headers) -> None:
        self.problems: list[str] = []
        self._headers = headers
        self._lenient = campaign.source.mapping == "dashboard"
        self._made = 0
        self._text = campaign.text
        self._names = Headers(tuple(campaign.text))  # pieces are found as columns are
        self._pieces: dict[str, Field] = {}

    def pieces(self) -> list[Field]:
        """The pieces of [text], each after those that it uses; raises CampaignError where they use each other in a circle."""
        self.problems += [
            f"[text] {name}: the file has the column {reference(header)} too; rename the piece"
            for name in self._text
            for header in self._headers.like(name)
        ]
        uses = {name: list(filter(None, map(self._piece, value.columns))) for name, value in self._text.items()}
        for name in in_order(uses):
            value = self._text[name]
            if not value.reads_columns:
                value = value.model_copy(update={"template": Template((value.same_for_all,))})
            self._pieces[name] = self.field((*TEXT, name), f"[text] {name}", value)
        return list(self._pieces.values())

    def field(self, place: Place, key: str, value: Value) -> Field:
        """The field at a place of the recipient, its columns found."""
        self._made += 1
        named = {each.name: self._piece(each) for each in value.columns if place[:1] in (TEXT, CLIENT)}
        pieces = {each: self._pieces[name] for each, name in named.items() if name}
        columns = {each.name: self._find(each, key) for each in value.columns if each.name not in pieces}
        columns |= {header: column for piece in pieces.values() for header, column in piece.columns.items()}
        self._check_text(value, key)
        self._check_constants(value, pieces, key)
        return Field(
            place=place,
            key=key,
            frame=f"f{self._made}",
            value=value,
            rule=rules().get(place, Rule()),
            required=self._is_required(place, value),
            columns=columns,
            pieces={name: piece.frame for name, piece in pieces.items()},
        )

    def check_placeholders(self, binding: Binding) -> None:
        """Every `{{name}}` must be fed by a dynamic variable or by the service (API.md, "What bites", 4)."""
        fed = {field.place[-1] for field in binding.carried if field.place[:-1] == VARIABLES}
        for field in binding.fields:
            for name in field.value.placeholders:
                if name not in fed and not name.startswith("system__"):
                    self.problems.append(f"{field.key}: nothing feeds {{{{{name}}}}}; {self._probably(name, fed)}")

    def check_filters(self, binding: Binding) -> None:
        """Filters must know what they are asked for, before the first row."""
        if any(field.value.filters for field in binding.fields):
            from pipeline.plan.filters import problems_of  # noqa: PLC0415 -- Babel, which is not needed otherwise

            self.problems += problems_of(binding)
            self.problems += untold_language(list(binding.fields), binding.language)

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
            near = nearest(column.name, self._text)
            self.problems.append(f"{key}: {error}" + (f"; or the piece {reference(near)}" if near else ""))
            return "c0"

    def _piece(self, column: Column) -> str | None:
        """The piece of [text] that a template means."""
        return self._names.texts[self._names.find(column.name)] if self._names.has(column.name) else None

    def _check_text(self, value: Value, key: str) -> None:
        """A text that equals a header, or a piece of [text], was meant to be it."""
        text = "".join(map(str, value.template.parts)) if value.template and not value.columns else ""
        for what, names in (("a header", self._headers), ("a piece of [text]", self._names)):
            if text and names.has(text):
                self.problems.append(
                    f'{key}: "{text}" is {what} but stands there as plain text; did you mean "{{{text}}}"? '
                    f'(for the text itself write {{ constant = "{text}" }})'
                )

    def _check_constants(self, value: Value, pieces: Mapping[str, Field], key: str) -> None:
        for column in value.columns:
            piece = pieces.get(column.name)
            if piece and piece.is_constant and (column.filters or column.fallback is not None):
                what = column.filters[0] if column.filters else "|or"
                self.problems.append(
                    f"{key}: {what} is of no use to {reference(column.name)}, which is the same for all; remove it"
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


def _contract_order(field: Field) -> int:
    """Position under the client data, as the contract lists its properties."""
    tables = (OVERRIDE, EXTRA_BODY, (*CLIENT, "user_id"), SOURCE_INFO, VARIABLES)
    return next(number for number, table in enumerate(tables) if field.place[: len(table)] == table)
