import json
import time
from copy import deepcopy

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from sandbox_client import VENDOR_EXAMPLE, batch, numbers

from pipeline.sandbox.contract import limited_schema, read_submit, submit_schema
from pipeline.sandbox.refusals import Invalid

CLIENT = "conversation_initiation_client_data"
OVERRIDE = (CLIENT, "conversation_config_override")


def with_value(value, *place):
    """The vendor's example with another value at a place of its recipient."""
    body = deepcopy(VENDOR_EXAMPLE)
    table = body["recipients"][0]
    for name in place[:-1]:
        table = table[name]
    table[place[-1]] = value
    return body


def complaints(body):
    with pytest.raises(Invalid) as refused:
        read_submit(body if isinstance(body, bytes) else json.dumps(body).encode())
    return refused.value.complaints


FAST, REFERENCE = Draft202012Validator(submit_schema()), jsonschema.Draft202012Validator(submit_schema())
BODIES = {
    "the vendor's example": VENDOR_EXAMPLE,
    "newer fields": batch(
        target_concurrency_limit=10, recipients=[{"phone_number": "+14155550100", "newer": {"a": 1}}]
    ),
    "every null": batch(scheduled_time_unix=None, whatsapp_params=None, recipients=[{"id": None, CLIENT: None}]),
    "no object": [],
    "no call name": {"agent_id": "a", "recipients": []},
    "agent that is a number": batch(agent_id=1),
    "recipients that are none": batch(recipients=None),
    "recipient that is a text": batch(recipients=["+14155550100"]),
    "start with a fraction": batch(scheduled_time_unix=1.5),
    "start as a float": batch(scheduled_time_unix=1.0),
    "start as a text": batch(scheduled_time_unix="1711929600"),
    "start that is true": batch(scheduled_time_unix=True),
    "whatsapp without template": batch(whatsapp_params={"whatsapp_phone_number_id": "x"}),
    "phone as a number": batch(recipients=[{"phone_number": 14155550100}]),
    "phone too long": batch("+1234567890123456"),
    "client data that is a list": with_value([], CLIENT),
    "override that is null": with_value(None, *OVERRIDE),
    "llm not listed": with_value("no-such-llm", *OVERRIDE, "agent", "prompt", "llm"),
    "speed as a text": with_value("1.1", *OVERRIDE, "tts", "speed"),
    "speed too high": with_value(1.3, *OVERRIDE, "tts", "speed"),
    "text_only as a text": with_value("true", *OVERRIDE, "conversation", "text_only"),
    "mcp servers that are numbers": with_value([1], *OVERRIDE, "agent", "prompt", "native_mcp_server_ids"),
    "source not listed": with_value("fax", CLIENT, "source_info", "source"),
    "extra body that is a list": with_value([], CLIENT, "custom_llm_extra_body"),
    "variable that is a list": with_value(["a"], CLIENT, "dynamic_variables", "customer_name"),
    "variable that is null": with_value(None, CLIENT, "dynamic_variables", "customer_name"),
    "variable that is a number": with_value(2.5, CLIENT, "dynamic_variables", "customer_name"),
    "reserved variable": with_value("x", CLIENT, "dynamic_variables", "system__time"),
}


@pytest.mark.parametrize("schema", [submit_schema, limited_schema])
@pytest.mark.parametrize("name", BODIES)
def test_the_fast_validator_says_what_the_reference_says(name, schema):
    reference = jsonschema.Draft202012Validator(schema())
    assert Draft202012Validator(schema()).is_valid(BODIES[name]) == reference.is_valid(BODIES[name])


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists))
@settings(deadline=None)
def test_the_fast_validator_says_what_the_reference_says_of_any_variable(value):
    body = with_value(value, CLIENT, "dynamic_variables", "customer_name")
    assert FAST.is_valid(body) == REFERENCE.is_valid(body)


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode) | st.recursive(
    st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*VENDOR_EXAMPLE, "x"]), inner)
).map(json.dumps).map(str.encode))  # fmt: skip
def test_any_body_that_is_no_batch_is_refused_with_a_place(body):
    assert all(told["loc"][0] == "body" and told["msg"] and told["type"] for told in complaints(body))


@pytest.mark.parametrize(
    "phone", ["4155550100", "+415", "+1 415 555 0100", "+1234567890123456", "+14155550100\n", "+१४१५५५५०१००", ""]
)
def test_a_number_that_is_not_e164_is_refused_by_its_place(phone):
    assert complaints(batch("+14155550100", phone))[0]["loc"] == ["body", "recipients", 1, "phone_number"]


@pytest.mark.parametrize(
    ("place", "value"),
    [("stability", -0.01), ("stability", 1.01), ("similarity_boost", -1), ("similarity_boost", 2), ("speed", 0.69), ("speed", 1.21)],
)  # fmt: skip
def test_a_voice_out_of_bounds_is_refused_by_its_place(place, value):
    [told] = complaints(with_value(value, *OVERRIDE, "tts", place))
    assert told["loc"] == ["body", "recipients", 0, *OVERRIDE, "tts", place]


@pytest.mark.parametrize(("place", "value"), [("stability", 0), ("stability", 1), ("speed", 0.7), ("speed", 1.2)])
def test_the_bounds_themselves_are_taken(place, value):
    assert read_submit(json.dumps(with_value(value, *OVERRIDE, "tts", place)).encode())


def test_a_reserved_variable_is_refused_by_its_place():
    [told] = complaints(with_value("x", CLIENT, "dynamic_variables", "system__time"))
    assert told["loc"][:5] == ["body", "recipients", 0, CLIENT, "dynamic_variables"]


def test_a_variable_may_have_reserved_letters_further_on():
    assert read_submit(json.dumps(with_value("x", CLIENT, "dynamic_variables", "my_system__time")).encode())


def test_all_that_is_wrong_is_told_at_once():
    body = with_value(9, *OVERRIDE, "tts", "speed")
    body["recipients"][0]["phone_number"] = "?"
    del body["call_name"]
    assert sorted(told["loc"][-1] for told in complaints(body)) == ["call_name", "phone_number", "speed"]


def test_a_recipient_whom_nobody_could_reach_is_refused():
    assert complaints(batch(recipients=[{"id": "r1"}]))[0]["loc"] == ["body", "recipients", 0]


def test_a_whatsapp_id_has_no_plus():
    assert complaints(batch(recipients=[{"whatsapp_user_id": "+14155550100"}]))[0]["loc"][-1] == "whatsapp_user_id"


def test_ten_thousand_recipients_are_taken_and_one_more_is_not():
    assert read_submit(json.dumps(batch(*numbers(10_000))).encode())
    [told] = complaints(batch(*numbers(10_001)))
    assert (told["loc"], told["type"]) == (["body", "recipients"], "too_long")


def test_a_batch_of_nobody_is_refused():
    assert complaints(batch(recipients=[]))[0]["loc"] == ["body", "recipients"]


def test_a_start_in_milliseconds_is_refused():
    assert complaints(batch(scheduled_time_unix=1_711_929_600_000_000))[0]["loc"] == ["body", "scheduled_time_unix"]


@pytest.mark.parametrize("body", [b'{"call_name": NaN}', b"\xff", b"[" * 100_000, b'"\\ud800"', b"", b"9" * 5000])
def test_what_is_no_json_is_told_as_such(body):
    assert complaints(body)[0]["type"] == "json_invalid"


def test_a_character_beyond_the_first_plane_may_be_escaped():
    assert read_submit(json.dumps(batch(call_name="\N{GRINNING FACE}")).encode())["call_name"] == "\N{GRINNING FACE}"


def test_five_thousand_recipients_are_checked_in_a_blink():
    body = json.dumps({**VENDOR_EXAMPLE, "recipients": VENDOR_EXAMPLE["recipients"] * 5000}).encode()
    read_submit(body)
    begun = time.process_time()
    read_submit(body)
    assert time.process_time() - begun < 0.5
