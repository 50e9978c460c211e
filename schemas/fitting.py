"""Whether a value of the campaign file suits its place: checked when the file is read, before anything else."""

from typing import Any

from schemas.fields import MAX_IDENTIFIER, Rule
from schemas.filters import FORMATS
from schemas.template import Template
from schemas.value import TEXTS, Value, ValueType, shown, suits

_WORDS: dict[ValueType, str] = {
    "string": "a text in quotes",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": 'a date such as "2024-03-15"',
    "language": 'a language\'s ISO code, such as "de"',
}
#: The types that may be read from cells where the contract has one.
_READ_AS: dict[ValueType, tuple[ValueType, ...]] = {
    "string": ("string", "date", "language"),
    "number": ("number", "integer"),
    "boolean": ("boolean",),
}


def fit(value: Value, rule: Rule) -> Value:
    """Hold a value to the contract's rule for its place; raises ValueError."""
    wanted = rule.type or "string"
    if not value.reads_columns:
        _hold("", value.same_for_all, wanted, rule)
    elif "type" in value.model_fields_set and value.type not in _READ_AS[wanted]:
        raise ValueError(f'must be of type = "{wanted}", not "{value.type}"')
    return _with_rules(value, rule.type or value.type, rule)


def fit_variable(value: Value) -> Value:
    """Hold a dynamic variable to what the service takes: a text, also an empty one, a number, true or false."""
    if value.reads_columns:
        return _with_rules(value, value.type, Rule(), may_be_empty=value.type in TEXTS)
    given = value.same_for_all
    if not isinstance(given, str | int | float):
        raise ValueError("must be a text in quotes, a number, true or false")
    if given != "":
        _hold("", given, value.type if "type" in value.model_fields_set else _type_of(given), Rule())
    return value


def fit_anything(value: Value) -> Value:
    """Hold a value to its own rules; a constant may be any JSON."""
    if value.reads_columns:
        return _with_rules(value, value.type, Rule())
    if "type" in value.model_fields_set:
        _hold("", value.same_for_all, value.type, Rule())
    return value


def fit_texts(value: Value) -> Value:
    """Hold a constant to be a list of texts."""
    texts = value.same_for_all
    if (
        value.reads_columns
        or not isinstance(texts, list)
        or not texts
        or not all(isinstance(each, str) and each for each in texts)
    ):
        raise ValueError('must be a list of texts, the same for all: ["id_1", "id_2"]')
    return value


def _with_rules(value: Value, kind: ValueType, rule: Rule, *, may_be_empty: bool = False) -> Value:
    _hold_keys(value, kind)
    if isinstance(value.values, dict):
        for text, sent in value.values.items():
            _hold_sent(f"values.{text} ", sent, kind, rule)
    if value.default is not None and not (may_be_empty and value.default == ""):
        _hold("default ", value.default, kind, rule)
    return value


def _hold_keys(value: Value, kind: ValueType) -> None:
    """Raise where a key or a filter means nothing for the type."""
    if value.format is not None and kind != "date" and all(each.name != "date" for each in value.filters):
        raise ValueError('format belongs to type = "date"')
    if value.max_length is not None and kind != "string":
        raise ValueError('max_length belongs to type = "string"')
    if isinstance(value.values, tuple) and kind != "string":
        raise ValueError('a list of values belongs to type = "string"')
    if kind != "string" and (made := sorted(each.name for each in value.filters if each.name in FORMATS)):
        raise ValueError(f'|{made[0]} writes a text, which cannot be read as type = "{kind}"; remove it')


def _hold_sent(name: str, sent: Any, kind: ValueType, rule: Rule) -> None:
    if not isinstance(sent, Template):
        _hold(name, sent, kind, rule)
    elif kind not in TEXTS:
        raise ValueError(f"{name}must be {_WORDS[kind]}, not a template")


def _hold(name: str, given: Any, kind: ValueType, rule: Rule) -> None:
    """Raise unless a constant is of a type and keeps the rule."""
    if not suits(given, kind):
        raise ValueError(f"{name}must be {_WORDS[kind]} (it is {shown(given)})")
    if given == "":
        raise ValueError(f"{name}is empty, and an empty text is never sent; leave it out")
    if rule.low is not None and rule.high is not None and not rule.low <= given <= rule.high:
        raise ValueError(f"{name}must be from {rule.low:g} to {rule.high:g} (it is {shown(given)})")
    if rule.allowed is not None and given not in rule.allowed:
        raise ValueError(f"{name}must be one of {', '.join(sorted(rule.allowed))} (it is {shown(given)})")
    if rule.identifier and (given != given.strip() or len(given) > MAX_IDENTIFIER):
        raise ValueError(f"{name}must be at most {MAX_IDENTIFIER} characters without white space around them")


def _type_of(given: object) -> ValueType:
    return next(kind for kind in ("string", "boolean", "number") if suits(given, kind))
