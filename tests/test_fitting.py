"""Each place takes what the contract takes there: constants, defaults and the values that are put in place of cells."""

import pytest

from schemas.fields import OVERRIDE, SOURCE_INFO, Rule, rules
from schemas.filters import Filter
from schemas.fitting import fit, fit_anything, fit_texts, fit_variable
from schemas.template import Column, Template
from schemas.value import Value

CELL = Template((Column("A"),))
DATED = Template((Column("A", None, (Filter("date"),)),))
NAMED = Template((Column("A", None, (Filter("lower"),)),))
STABILITY = rules()[*OVERRIDE, "tts", "stability"]
SPEED = rules()[*OVERRIDE, "tts", "speed"]
TEXT_ONLY = rules()[*OVERRIDE, "conversation", "text_only"]
VOICE = rules()[*OVERRIDE, "tts", "voice_id"]
SOURCE = rules()[*SOURCE_INFO, "source"]


def text(written: str) -> Value:
    return Value(template=Template((written,)) if written else Template(()))


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (STABILITY, Value(constant=0)),
        (STABILITY, Value(constant=1.0)),
        (SPEED, Value(constant=0.7)),
        (SPEED, Value(template=CELL)),
        (SPEED, Value(template=CELL, type="integer", default=1)),
        (STABILITY, Value(template=CELL, type="number", values={"low": 0.1, "high": 1})),
        (TEXT_ONLY, Value(constant=False)),
        (TEXT_ONLY, Value(template=CELL, default=True)),
        (SOURCE, text("twilio")),
        (SOURCE, Value(template=CELL, default="widget")),
        (VOICE, text("v" * 256)),
        (Rule(), Value(template=CELL, type="date", format="%d.%m.%Y", default="2024-03-15")),
        (Rule(), Value(template=CELL, values=("a", "b"), max_length=5)),
        (Rule(), Value(template=CELL, type="language", default="de", values={"Swiss": "de-CH"})),
        (Rule(), Value(template=DATED, format="%d.%m.%Y")),
        (Rule(), Value(template=CELL, values={"a": "{B}", "*": "x"})),
        (SPEED, Value(template=NAMED)),
    ],
)
def test_what_the_contract_takes_passes_unchanged(rule, value):
    assert fit(value, rule) is value


@pytest.mark.parametrize(
    ("rule", "value", "told"),
    [
        (STABILITY, Value(constant=1.1), "must be from 0 to 1 (it is 1.1)"),
        (STABILITY, Value(constant=True), "must be a number (it is true)"),
        (STABILITY, text("0.7"), 'must be a number (it is "0.7")'),
        (SPEED, Value(constant=0.69), "must be from 0.7 to 1.2 (it is 0.69)"),
        (SPEED, Value(template=CELL, default=2), "default must be from 0.7 to 1.2 (it is 2)"),
        (SPEED, Value(template=CELL, default="1"), 'default must be a number (it is "1")'),
        (SPEED, Value(template=CELL, type="number", values={"a": 5}), "values.a must be from 0.7 to 1.2 (it is 5)"),
        (SPEED, Value(template=CELL, type="string"), 'must be of type = "number", not "string"'),
        (SPEED, Value(template=CELL, values=("1",)), 'a list of values belongs to type = "string"'),
        (SPEED, Value(template=CELL, max_length=5), 'max_length belongs to type = "string"'),
        (TEXT_ONLY, Value(constant=1), "must be true or false (it is 1)"),
        (TEXT_ONLY, Value(template=CELL, type="number"), 'must be of type = "boolean", not "number"'),
        (SOURCE, text("fax"), "must be one of android_sdk, "),
        (SOURCE, Value(template=CELL, default="fax"), "default must be one of android_sdk, "),
        (VOICE, text(" v"), "must be at most 256 characters without white space"),
        (VOICE, text("v" * 257), "must be at most 256 characters without white space"),
        (Rule(), Value(constant=5), "must be a text in quotes (it is 5)"),
        (Rule(), Value(constant=["a"]), 'must be a text in quotes (it is ["a"])'),
        (Rule(), text(""), "is empty, and an empty text is never sent"),
        (Rule(), Value(constant=""), "is empty, and an empty text is never sent"),
        (Rule(), Value(template=CELL, default=""), "default is empty, and an empty text is never sent"),
        (Rule(), Value(template=CELL, type="integer"), 'must be of type = "string", not "integer"'),
        (Rule(), Value(template=CELL, format="%d.%m.%Y"), 'format belongs to type = "date"'),
        (Rule(), Value(template=CELL, type="date", default="soon"), "default must be a date such as"),
        (Rule(), Value(template=CELL, type="language", default="German"), "default must be a language's ISO code"),
        (Rule(), Value(template=NAMED, format="%d.%m.%Y"), 'format belongs to type = "date"'),
        (Rule(), Value(template=DATED, type="date"), '|date writes a text, which cannot be read as type = "date"'),
        (SPEED, Value(template=DATED), '|date writes a text, which cannot be read as type = "number"'),
        (SPEED, Value(template=CELL, values={"a": "{B}"}), "values.a must be a number, not a template"),
    ],
)
def test_what_it_does_not_take_is_refused(rule, value, told):
    with pytest.raises(ValueError, match=r".") as raised:
        fit(value, rule)
    assert str(raised.value).startswith(told)


@pytest.mark.parametrize(
    "value",
    [
        text(""),
        Value(constant=""),
        Value(constant=1.5),
        Value(constant=True),
        Value(constant=5, type="integer"),
        Value(template=CELL, default=""),
        Value(template=CELL, type="date", default=""),
        Value(template=CELL, type="integer", default=5),
    ],
)
def test_a_dynamic_variable_is_a_text_a_number_true_or_false(value):
    assert fit_variable(value) is value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Value(constant=["a"]), "must be a text in quotes, a number, true or false"),
        (Value(constant={"a": 1}), "must be a text in quotes, a number, true or false"),
        (Value(constant=5, type="string"), "must be a text in quotes (it is 5)"),
        (Value(template=CELL, type="integer", default=""), 'default must be a whole number (it is "")'),
        (Value(template=CELL, type="boolean", default="no"), 'default must be true or false (it is "no")'),
        (Value(template=CELL, values={"a": 1, "b": "x"}), "values.a must be a text in quotes (it is 1)"),
    ],
)
def test_a_dynamic_variable_of_another_type_is_refused(value, told):
    with pytest.raises(ValueError, match=r".") as raised:
        fit_variable(value)
    assert str(raised.value) == told


def test_any_json_passes_where_anything_may_stand():
    for constant in ({"a": [1, ""]}, [], "", None):
        assert fit_anything(Value(constant=constant)).constant == constant
    with pytest.raises(ValueError, match="default is empty"):
        fit_anything(Value(template=CELL, default=""))
    with pytest.raises(ValueError, match="must be a text in quotes"):
        fit_anything(Value(constant=1, type="string"))


def test_a_list_of_texts_is_the_same_for_all_and_not_empty():
    assert fit_texts(Value(constant=["a", "b"])).constant == ["a", "b"]
    for value in (Value(constant=[]), Value(constant=["a", 1]), Value(constant=[""]), text("a"), Value(template=CELL)):
        with pytest.raises(ValueError, match="must be a list of texts, the same for all"):
            fit_texts(value)
