"""Map makes each recipient's JSON text: what the row has, and nothing else."""

import json

import pytest

from pipeline.plan.map_columns import map_columns
from pipeline.plan.normalize import normalize
from pipeline.plan.validate import validate
from schemas.campaign import PhoneTable
from tests.build import a_frame, bound


def recipients(text: str, headers: str, *rows: tuple[str | None, ...]) -> list[dict]:
    binding = bound(text, *headers.split())
    frame, _ = validate(a_frame(*rows), binding)
    frame, _, _ = normalize(frame, binding, PhoneTable(default_region="US"))
    return [json.loads(each) for each in map_columns(frame, binding)["recipient"]]


def test_a_row_with_nothing_to_carry_has_no_client_data():
    text = '[overrides.tts]\nvoice_id = "{V}"\n[overrides.agent]\nlanguage = "{L}"'
    assert recipients(text, "Phone V L", ("4155552671", None, None), ("4155552671", "v", None)) == [
        {"id": "r2", "phone_number": "+14155552671"},
        {
            "id": "r3",
            "phone_number": "+14155552671",
            "conversation_initiation_client_data": {"conversation_config_override": {"tts": {"voice_id": "v"}}},
        },
    ]


def test_types_reach_json_as_they_are_meant():
    text = """
    [columns]
    id = "{A}"
    [dynamic_variables]
    text = "{A}"
    integer = { column = "{B}", type = "integer" }
    number = { column = "{C}", type = "number" }
    boolean = { column = "{D}", type = "boolean" }
    constant = true
    level = { column = "{E}", values = { gold = 1, blue = 2 } }
    """
    row = ("007", "12", "1.50", "no", "gold", "4155552671")
    recipient = recipients(text, "A B C D E Phone", row)[0]
    assert recipient["id"] == "007"
    assert recipient["conversation_initiation_client_data"]["dynamic_variables"] == {
        "text": "007", "integer": 12, "number": 1.5, "boolean": False, "constant": True, "level": 1,
    }  # fmt: skip


def test_nested_extra_bodies_keep_constants_untouched():
    text = """
    [custom_llm_extra_body]
    raw = { constant = { "{A}" = ["{B}", 1, { deep = "{{x}}" }] } }
    [custom_llm_extra_body.outer.inner]
    a = "{A}"
    """
    body = recipients(text, "A Phone", ("x", "4155552671"))[0]["conversation_initiation_client_data"]
    assert body == {
        "custom_llm_extra_body": {
            "raw": {"{A}": ["{B}", 1, {"deep": "{{x}}"}]},
            "outer": {"inner": {"a": "x"}},
        }
    }


@pytest.mark.parametrize("name", ["^x.*$", "*", "a b", 'q"q', "ü", "c0", "f1", "literal", "row"])
def test_a_variable_may_have_any_name(name):
    text = f"[dynamic_variables]\n'{name}' = \"{{A}}\""
    recipient = recipients(text, "A Phone", ("x", "4155552671"))[0]
    assert recipient["conversation_initiation_client_data"]["dynamic_variables"] == {name: "x"}


def test_tables_come_in_the_order_of_the_contract():
    text = """
    [dynamic_variables]
    a = "x"
    [source_info]
    source = "twilio"
    [columns]
    user_id = "{A}"
    [custom_llm_extra_body]
    a = 1
    [overrides.agent]
    language = "en"
    """
    data = recipients(text, "A Phone", ("u", "4155552671"))[0]["conversation_initiation_client_data"]
    assert list(data) == [
        "conversation_config_override",
        "custom_llm_extra_body",
        "user_id",
        "source_info",
        "dynamic_variables",
    ]


def test_a_row_without_an_id_gets_one_so_that_results_join():
    text = '[columns]\nid = "{Id}"'
    rows = (("a", "4155552671"), (None, "4155552672"))
    assert [each["id"] for each in recipients(text, "Id Phone", *rows)] == ["a", "r3"]
    assert recipients("", "Phone", ("4155552671",)) == [{"id": "r2", "phone_number": "+14155552671"}]
