"""What pydantic says of a campaign file, in people's words: the place as the file writes it, what is wrong, what to do."""

import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.campaign import TAGS, Campaign
from schemas.table import Table, nearest
from schemas.value import Value, shown
from schemas.written import SOURCES

_WORDS = {
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "model_type": "must be a table",
    "dict_type": "must be a table",
}
#: What pydantic adds to a place.
_NO_KEYS = ("[key]", *TAGS)
#: So alike are a key and the one that was meant, where it also is a key of another table.
_SLIP = 0.9
_BARE = re.compile(r"[A-Za-z0-9_-]+")
Keys = list[str | int]


def misfits(error: ValidationError) -> Iterator[str]:
    """A line for each problem."""
    for problem in error.errors(include_url=False):
        keys: Keys = [key for key in problem["loc"] if key not in _NO_KEYS]
        yield f"{place(keys, table=_is_table(keys, problem))}: {_message(problem, keys)}"


def place(keys: Keys, *, table: bool = False) -> str:
    """`[rules.hours] from`; for a table `[rules.hours]`; for a part of a list `[columns] phone_number, entry 2`."""
    if (number := next((index for index, key in enumerate(keys) if isinstance(key, int)), None)) is not None:
        rest = "".join(f", {key}" for key in keys[number + 1 :])
        listed = place(keys[:number]) if keys[1:number] else f"[[{_dotted(keys[:number])}]]"
        return f"{listed}, entry {int(keys[number]) + 1}{rest}"
    if table:
        return f"[{_dotted(keys)}]"
    return f"[{_dotted(keys[:-1])}] {_dotted(keys[-1:])}" if keys[1:] else _dotted(keys)


def _dotted(keys: Keys) -> str:
    """Keys as TOML writes them: in quotes where they are not plain."""
    return ".".join(key if _BARE.fullmatch(key) else shown(key) for key in map(str, keys))


def _is_table(keys: Keys, problem: ErrorDetails) -> bool:
    """Whether the file writes, or should write, `[…]` for it."""
    if problem["type"] == "extra_forbidden":
        return isinstance(problem["input"], dict)
    return issubclass(_model_at(keys), Table) and not isinstance(problem["input"], str | int | float | list)


def _message(problem: ErrorDetails, keys: Keys) -> str:
    kind, context, given = problem["type"], problem.get("ctx", {}), problem["input"]
    match kind:
        case "extra_forbidden":
            return f"unknown key; {_instead(keys)}"
        case "missing":
            return f"is required; {_example(keys)}"
        case "value_error":
            return str(context["error"])
        case _:
            words = _WORDS.get(kind, problem["msg"]).format(**_plain(context)).replace("'", '"')
            return f"{words} (it is {shown(given)})" if isinstance(given, str | int | float) else words


def _plain(context: dict[str, Any]) -> dict[str, Any]:
    """Bounds as people write them: 0, not 0.0."""
    return {name: f"{bound:,.10g}" if isinstance(bound, float) else bound for name, bound in context.items()}


def _instead(keys: Keys) -> str:
    """What an unknown key was probably meant to be."""
    model, key = _model_at(keys[:-1]), str(keys[-1])
    elsewhere = {path[-1]: place([*path]) for path in _paths(Campaign)} if issubclass(model, Table) else {}
    if slip := nearest(key, _keys(model), cutoff=_SLIP):
        return f"did you mean {slip}?"
    if key in elsewhere:
        return f"it belongs to {elsewhere[key].rpartition(' ')[0] or 'the top of the file'}"
    if near := nearest(key, _keys(model)):
        return f"did you mean {near}?"
    return f"did you mean {elsewhere[far]}?" if (far := nearest(key, elsewhere, cutoff=0.8)) else "remove it"


def _example(keys: Keys) -> str:
    field = _model_at(keys[:-1]).model_fields.get(str(keys[-1]))
    return f"add {(field.examples or ['it'])[0]}" if field else "add it"


def _model_at(keys: Keys) -> type[BaseModel]:
    """The model of the table at a place; Value below the tables whose keys people name themselves."""
    model: type[BaseModel] = Campaign
    places = iter(str(key) for key in keys if not isinstance(key, int))  # of lists, of which all entries are alike
    for key in places:
        model, named = _models(model).get(key, Value), _has_named_tables(model, key)
        if named:
            next(places, None)  # as DE in [rules.hours.countries.DE]
    return model


def _has_named_tables(model: type[BaseModel], key: str) -> bool:
    """Whether the keys below are names of tables, all of one model."""
    field = next((each for name, each in model.model_fields.items() if key == (each.alias or name)), None)
    if field is None or get_origin(field.annotation) is not dict:
        return False
    named = get_args(field.annotation)[1]
    return isinstance(named, type) and issubclass(named, Table)


def _models(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The keys of a table that are tables themselves."""
    found = {field.alias or name: next(_within(field.annotation), None) for name, field in model.model_fields.items()}
    return {key: inner for key, inner in found.items() if inner is not None}


def _within(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _within(part)


def _keys(model: type[BaseModel]) -> list[str]:
    names = [field.alias or name for name, field in model.model_fields.items()]
    return [*SOURCES, *names] if model is Value else names


def _paths(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key of every table, with the tables that it stands in."""
    inner = _models(model)
    for key in _keys(model):
        yield (*above, key)
        if key in inner and inner[key] is not Value and not _has_named_tables(model, key):
            yield from _paths(inner[key], (*above, key))
