"""The tables about each recipient: every property can be set, and each value is held to its place."""

import pytest

from schemas.template import Column, Template
from tests.build import a_campaign, problems_of


def columns(*names: str) -> Template:
    return Template(tuple(map(Column, names)))


def test_phone_numbers_are_tried_in_order():
    numbers = a_campaign('[columns]\nphone_number = ["{A}", { column = "{B}" }]').columns.phone_number
    assert [number.template for number in numbers] == [columns("A"), columns("B")]


@pytest.mark.parametrize("key", ["id", "phone_number", "whatsapp_user_id"])
@pytest.mark.parametrize("value", ["""'{A|or "x"}'""", '{ column = "{A}", default = "x" }'])
def test_nobody_is_reached_by_a_default(key, value):
    assert "must come from the row itself" in problems_of(f"[columns]\n{key} = {value}")[0]


def test_numbers_and_countries_take_no_rules_that_would_be_ignored():
    told = problems_of(
        '[columns]\nphone_number = { column = "{A}", required = true }\ncountry = { column = "{B}", values = ["US"] }'
    )
    assert told == [
        "[columns] phone_number, entry 1: takes a column or a template only; remove required",
        "[columns] country: takes a column or a template only; remove values",
    ]


@pytest.mark.parametrize("key", ["id", "phone_number", "whatsapp_user_id", "country"])
def test_what_is_compared_takes_no_filters(key):
    (told,) = problems_of(f"[columns]\n{key} = '{{A|upper}}'")
    assert told.endswith("is compared and never spoken; remove |upper")


def test_nobody_is_reached_by_the_rest_of_values():
    (told,) = problems_of("""[columns]\nid = { column = "{A}", values = { a = "1", "*" = "2" } }""")
    assert told == '[columns] id: must come from the row itself: with "*" in values, many people would share it'


def test_pieces_are_texts_and_their_names_are_told_apart():
    assert a_campaign("[text]\na = 'Hi {A}'\nb = { constant = 'x' }").text["b"].constant == "x"
    assert problems_of("[text]\na = 5") == ["[text] a: must be a text in quotes (it is 5)"]
    assert problems_of("[text]\na = ''") == ["[text] a: is empty, and an empty text is never sent; leave it out"]
    assert problems_of("[text]\nHello = 'a'\nhello = 'b'") == [
        "text: Hello and hello are one name, whatever their case; rename one"
    ]
    assert "a piece needs a name" in problems_of("[text]\n' ' = 'a'")[0]


def test_every_override_can_be_set_and_keeps_its_rule():
    text = """
    [overrides.turn.soft_timeout_config]
    message = "{A}"
    [overrides.tts]
    voice_id = "{B}"
    stability = 0.5
    speed = 1.2
    similarity_boost = { column = "{C}", default = 0.1 }
    [overrides.conversation]
    text_only = true
    [overrides.agent]
    first_message = "{{x}}"
    language = "de"
    [overrides.agent.prompt]
    prompt = { constant = "{A}" }
    llm = "gpt-4o"
    native_mcp_server_ids = ["id_1"]
    """
    overrides = a_campaign(text).overrides
    assert overrides.turn.soft_timeout_config.message.template == columns("A")
    assert overrides.tts.stability.constant == 0.5
    assert overrides.conversation.text_only.constant is True
    assert overrides.agent.prompt.prompt.constant == "{A}"
    assert overrides.agent.prompt.native_mcp_server_ids.constant == ["id_1"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[overrides.tts]\nstability = 1.1", "[overrides.tts] stability: must be from 0 to 1 (it is 1.1)"),
        ('[overrides.tts]\nspeed = { column = "{A}", default = 2 }', "[overrides.tts] speed: default must be from 0.7 to 1.2"),
        ("[overrides.conversation]\ntext_only = 1", "[overrides.conversation] text_only: must be true or false (it is 1)"),
        ('[source_info]\nsource = "fax"', "[source_info] source: must be one of android_sdk, "),
        ('[overrides.agent]\nfirst_message = ""', "[overrides.agent] first_message: is empty, and an empty text is never"),
        ('[overrides.agent.prompt]\nnative_mcp_server_ids = "a"', "[overrides.agent.prompt] native_mcp_server_ids: must be a list"),
        ('[overrides.agent.prompt]\nnative_mcp_server_ids = "{A}"', "[overrides.agent.prompt] native_mcp_server_ids: must be a list"),
        ('[overrides.agent.prompt]\nnative_mcp_server_ids = ["{A}"]', "[overrides.agent.prompt] native_mcp_server_ids: columns inside"),
        ('[overrides.agent.prompt]\nprompt = ["a"]', "[overrides.agent.prompt] prompt: must be a text in quotes"),
        ('[columns]\nuser_id = { column = "{A}", type = "integer" }', '[columns] user_id: must be of type = "string"'),
        ('[dynamic_variables]\n"" = "a"', '[dynamic_variables] "": a variable needs a name'),
        ('[dynamic_variables]\nsystem__x = "a"', "[dynamic_variables] system__x: names that begin with system__ belong"),
        ("[dynamic_variables]\na = [1]", "[dynamic_variables] a: must be a text in quotes, a number, true or false"),
        ("[dynamic_variables.a]\nb = 1", "[dynamic_variables] a: needs one of column, template, constant, file"),
        ('[custom_llm_extra_body.a]\nb = { column = "{A}", default = "" }', "[custom_llm_extra_body.a] b: default is empty"),
        ('[custom_llm_extra_body.a.b]\nc = "{A"', "[custom_llm_extra_body.a.b] c: character 3"),
        ("overrides = 1", "overrides: must be a table (it is 1)"),
    ],
)  # fmt: skip
def test_values_are_held_to_their_places_when_the_file_is_read(text, told):
    (line,) = problems_of(text)
    assert line.startswith(told)


def test_dynamic_variables_may_be_secret_empty_and_of_any_type():
    variables = a_campaign(
        '[dynamic_variables]\nsecret__a = ""\nb = true\nc = { column = "{C}", default = "" }'
    ).dynamic_variables
    assert list(variables) == ["secret__a", "b", "c"]
    assert variables["c"].default == ""


def test_the_extra_body_nests_values_and_constants_at_will():
    text = (
        '[custom_llm_extra_body]\na = "{A}"\nb = { c = { d = 1 }, e = { constant = { column = "{X}" } } }\nf = [1, "x"]'
    )
    body = a_campaign(text).custom_llm_extra_body
    assert body["a"].template == columns("A")
    assert body["b"]["c"]["d"].constant == 1
    assert body["b"]["e"].constant == {"column": "{X}"}
    assert body["f"].constant == [1, "x"]
