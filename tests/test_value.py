"""A value holds one of a template and a constant, and rules that make sense for it."""

from datetime import UTC, date, datetime, time

import pytest
from pydantic import ValidationError

from schemas.filters import Filter
from schemas.template import Column, Template, parse_template
from schemas.value import Value, plain_json, shown, suits

CELL = Template((Column("A"),))


def refused(**keys) -> str:
    with pytest.raises(ValidationError) as raised:
        Value(**keys)
    (problem,) = raised.value.errors()
    return f"{problem['loc'][-1]}: {problem['msg']}"


def test_a_value_is_text_without_rules_unless_said_otherwise():
    value = Value(template=CELL)
    assert (value.type, value.format, value.default, value.required, value.values, value.max_length) == (
        "string", None, None, None, None, None,
    )  # fmt: skip


def test_a_value_does_not_change():
    with pytest.raises(ValidationError):
        Value(template=CELL).type = "date"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"type": "tongue"}, "type: Input should be 'string', 'integer'"),
        ({"type": "date", "format": "MM/DD/YYYY"}, "format: Value error, must tell day, month and year"),
        ({"type": "date", "format": "%m/%Y"}, "format: Value error, must tell day, month and year"),
        ({"default": [1]}, "default: Value error, must be a text in quotes, a number, true or false"),
        ({"default": float("inf")}, "default: Value error, inf is no number in JSON"),
        ({"values": "a"}, "values: Value error, must be a list of texts"),
        ({"values": []}, "values: Value error, must be a list of texts"),
        ({"values": {}}, "values: Value error, must be a list of texts"),
        ({"values": [1]}, "values: Value error, must be a list of texts"),
        ({"values": {"a": "{B"}}, "values: Value error, \"a\": character 3: '}' is missing"),
        ({"values": {"a": [1]}}, "values: Value error, must be a text in quotes, a number, true or false"),
        ({"values": {"a": ""}}, 'values: Value error, holds ""'),
        ({"max_length": 0}, "max_length: Input should be greater than or equal to 1"),
    ],
)
def test_rules_that_make_no_sense_are_refused(keys, told):
    assert refused(template=CELL, **keys).startswith(told)


@pytest.mark.parametrize(
    "rule", [{"format": "%Y-%m-%d"}, {"default": "x"}, {"required": True}, {"values": ["x"]}, {"max_length": 1}]
)
@pytest.mark.parametrize("source", [{"constant": "x"}, {"template": Template(("x",))}])
def test_rules_for_cells_are_refused_where_no_column_is_read(source, rule):
    assert "is of no use to a value that reads no column" in refused(**source, **rule)


@pytest.mark.parametrize("written", ["%m/%d/%Y", "%d.%m.%y", "%Y%m%d", "%b %d, %Y", "%d %B %Y %H:%M"])
def test_a_format_tells_a_whole_date(written):
    assert Value(template=CELL, type="date", format=written).format == written


def test_templates_among_values_are_read_and_plain_texts_stay_texts():
    values = {"de": "Guten Tag {A|name}", "en": r"Hello {{x}} \{", "*": 5}
    value = Value(template=CELL, values=values)
    assert value.values == {"de": parse_template("Guten Tag {A|name}"), "en": "Hello {{x}} {", "*": 5}
    assert [column.name for column in value.columns] == ["A", "A"]
    assert value.filters == {Filter("name")}


def test_what_is_the_same_for_all_is_known():
    assert Value(constant={"a": [1]}).same_for_all == {"a": [1]}
    assert Value(template=Template(("a {{b}}",))).same_for_all == "a {{b}}"
    assert [Value(template=each).reads_columns for each in (CELL, Template(("a",)), Template(()))] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("kind", "fitting", "others"),
    [
        ("string", ["", "1"], [1, True, None, ["a"]]),
        ("integer", [0, -5], [1.0, True, "1"]),
        ("number", [0, 1.5], [True, "1"]),
        ("boolean", [True, False], [0, 1, "true"]),
        ("language", ["de", "pt-BR", "fil"], ["", "German", "d", "de-", 5]),
        ("date", ["2024-02-29"], ["2023-02-29", "20240229", "2024-02-29T10:00", "x", 20240229]),
    ],
)
def test_types_take_what_json_would_call_so(kind, fitting, others):
    assert all(suits(given, kind) for given in fitting)
    assert not any(suits(given, kind) for given in others)


def test_toml_dates_become_iso_texts_wherever_they_stand():
    moment = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
    assert plain_json({"a": [date(2024, 3, 1), moment, time(9, 30), 1, "x"]}) == {
        "a": ["2024-03-01", "2024-03-01T09:30:00+00:00", "09:30:00", 1, "x"]
    }


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="nan is no number in JSON"):
        plain_json([{"a": float("nan")}])


def test_values_are_shown_as_toml_writes_them_and_cut():
    assert [shown(given) for given in (True, "é", 1.5)] == ["true", '"é"', "1.5"]
    assert shown("x" * 100) == '"' + "x" * 59 + "…"
