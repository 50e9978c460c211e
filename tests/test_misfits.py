"""Pydantic's errors in people's words: no jargon, the place as the file writes it, and the nearest name."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.campaign_file.misfits import misfits, place
from schemas.campaign import Campaign
from tests.build import CAMPAIGN, problems_of

JARGON = ("Input should", "valid ", "instance", "str_", "<", "function-", "tuple", "dictionary")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[limits]\nmax_recipient = 5", "[limits] max_recipient: unknown key; did you mean max_recipients?"),
        ("[limits]\nmax_calls = 5", "[limits] max_calls: unknown key; it belongs to [rules]"),
        ("[limits]\nmax_cals = 5", "[limits] max_cals: unknown key; did you mean [rules] max_calls?"),
        ("[limits]\nzzz = 5", "[limits] zzz: unknown key; remove it"),
        ("max_calls = 5", "max_calls: unknown key; it belongs to [rules]"),
        ("[dynamic_variable]\na = 1", "[dynamic_variable]: unknown key; did you mean dynamic_variables?"),
        ("[limits.delivery]\na = 1", "[limits.delivery]: unknown key; it belongs to the top of the file"),
        ('[rules.hours]\nform = "09:00"', "[rules.hours] form: unknown key; did you mean from?"),
        ('[rules.hours.countries.DE]\nform = "09:00"', "[rules.hours.countries.DE] form: unknown key; did you mean from?"),
        ('[rules]\nexclude_dates = []', "[rules] exclude_dates: unknown key; it belongs to [rules.hours]"),
        ('[overrides.agent]\nfrist_message = "a"', "[overrides.agent] frist_message: unknown key; did you mean first_message?"),
        ('[overrides.agent]\nprompt = "a"', '[overrides.agent] prompt: must be a table (it is "a")'),
        ('[overrides.tts]\nspeed = { column = "{A}", defualt = 1 }', "[overrides.tts.speed] defualt: unknown key; did you mean default?"),
        ('[dynamic_variables]\na = { column = "{A}", name = 1 }', "[dynamic_variables.a] name: unknown key; remove it"),
        ('[dynamic_variables]\n"a b" = { column = "{A}", tpye = 1 }', '[dynamic_variables."a b"] tpye: unknown key; did you mean type?'),
        ('[custom_llm_extra_body.a.b]\nc = { file = "README.md", tpye = 1 }', "[custom_llm_extra_body.a.b.c] tpye: unknown key; did you mean type?"),
        ('[columns]\nphone_number = ["{A}", { column = "{B}", x = 1 }]', "[columns] phone_number, entry 2, x: unknown key; remove it"),
    ],
)  # fmt: skip
def test_unknown_keys_name_the_nearest_known_one(text, told):
    assert problems_of(text) == [told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[campaign]\nagent_id = 5", "[campaign] agent_id: must be a text in quotes (it is 5)"),
        ("[rules]\nmax_calls = 1.5", "[rules] max_calls: must be a whole number (it is 1.5)"),
        ('[rules]\nmax_calls = "5"', '[rules] max_calls: must be a whole number (it is "5")'),
        ("[rules]\nmax_calls = 0", "[rules] max_calls: must be at least 1 (it is 0)"),
        ("[limits]\nmax_recipients = 10001", "[limits] max_recipients: must be at most 10000 (it is 10001)"),
        ("[delivery]\ntimeout = 0", "[delivery] timeout: must be more than 0 (it is 0)"),
        ("[delivery]\ntimeout = inf", "[delivery] timeout: must be a number (it is Infinity)"),
        ('[delivery]\ntoken = "no"', '[delivery] token: must be true or false (it is "no")'),
        ('[campaign]\nchannel = "sms"', '[campaign] channel: must be "phone", "whatsapp" or "both" (it is "sms")'),
        ("delivery = [1]", "delivery: must be a table"),
        (
            "[rules.hours.countries.DE]\nfrom = 9",
            '[rules.hours.countries.DE] from: 9 is no time of day; write one such as "09:00"',
        ),
        ("[rules.hours.countries]\nUK = {}", "[rules.hours.countries] UK: must be a country's ISO code, such as GB"),
        (
            "[rules.hours.countries]\nPR = {}",
            "[rules.hours.countries] PR: is a territory of the US; write [rules.hours.states.US-PR]",
        ),
        ("[rules.hours.states]\nFL = {}", "[rules.hours.states] FL: must be a US state's ISO code, such as US-FL"),
        (
            '[rules.hours.states.US-FL]\nto = "09:00"',
            "[rules.hours]: US-FL: hours that begin at 09:00 cannot end at 09:00",
        ),
        ("dynamic_variables = 1", "dynamic_variables: must be a table (it is 1)"),
        ("[campaign]\nwhatsapp_params = 1", "[campaign] whatsapp_params: must be a table (it is 1)"),
    ],
)
def test_wrong_types_are_told_in_plain_words(text, told):
    assert problems_of(text) == [told]


def test_an_unknown_keys_value_is_not_repeated_for_it_may_be_a_secret():
    assert "sk_123" not in problems_of('[delivery]\napi_key = "sk_123"')[0]


def test_places_are_written_as_toml_writes_them():
    assert place(["rules", "hours", "from"]) == "[rules.hours] from"
    assert place(["rules", "hours"], table=True) == "[rules.hours]"
    assert place(["dynamic_variables", "a b"]) == '[dynamic_variables] "a b"'
    assert place(["start"]) == "start"
    assert place(["columns", "phone_number", 1, "type"]) == "[columns] phone_number, entry 2, type"


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.datetimes()
    | st.dates()
    | st.times(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "from", "column", "type"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(st.data())
def test_whatever_is_written_the_words_are_for_people(data):
    content = tomllib.loads(CAMPAIGN)
    table = data.draw(st.sampled_from(list(Campaign.model_fields)))
    if data.draw(st.booleans()) and isinstance(content.get(table), dict):
        key = data.draw(st.sampled_from([*content[table], "whatsapp_params", "extra", "id", "country"]))
        content[table][key] = data.draw(ANYTHING)
    else:
        content[table] = data.draw(ANYTHING)
    try:
        Campaign.model_validate(content, context={"folder": Path()})
    except ValidationError as error:
        for line in misfits(error):
            where, _, what = line.partition(": ")
            assert where
            assert what
            assert not any(word in what.split("(it is")[0] for word in JARGON), line
