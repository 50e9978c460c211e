"""The whole contract is the program's scope: every property of the request can be set, as the OpenAPI document has it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from pipeline.campaign_file import load
from pipeline.flow import plan
from schemas.fields import contract
from schemas.plan import Memory, Plan

DATA = Path(__file__).parent / "data"
BODY = "Body_Submit_a_batch_call_request__v1_convai_batch_calling_submit_post"
Place = tuple[str, ...]


def planned(name: str) -> Plan:
    campaign, _ = load(DATA / f"{name}.toml")
    return plan(campaign, DATA / f"{name}.csv", Memory(), datetime(2026, 11, 24, 12, tzinfo=UTC))


def body_of(made: Plan) -> dict:
    ((_, recipients),) = made.spilled.payloads(made.rows)
    return json.loads(made.head.body(recipients))


def properties(schema: dict, place: Place = ()) -> Iterator[Place]:
    """Every property of a schema that has none below it; through references, alternatives and lists."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        yield from properties(contract()["components"]["schemas"][name], place)
    elif alternatives := schema.get("oneOf"):
        yield from properties(next(each for each in alternatives if each.get("type") != "null"), place)
    elif "items" in schema and "$ref" in schema["items"]:
        yield from properties(schema["items"], place)
    elif schema.get("properties"):
        for name, below in schema["properties"].items():
            yield from properties(below, (*place, name))
    else:
        yield place


def given(value: object, place: Place) -> bool:
    """Whether something is there at a place of a body."""
    for key in place:
        value = value[0] if isinstance(value, list) else value
        value = value.get(key) if isinstance(value, dict) else None
    return value not in (None, {}, [])


PLACES = list(properties({"$ref": f"#/{BODY}"}))


def test_the_walk_sees_the_whole_contract():
    assert len(PLACES) == 26
    assert ("recipients", "conversation_initiation_client_data", "dynamic_variables") in PLACES


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_every_property_of_the_request_can_be_set(place):
    assert given(body_of(planned("everything")), place)


@pytest.mark.parametrize("name", ["everything", "vendor"])
def test_a_request_is_valid_by_the_openapi_document(name):
    schema = {"$ref": f"#/components/schemas/{BODY}", "components": contract()["components"]}
    jsonschema.Draft202012Validator(schema).validate(body_of(planned(name)))


def test_the_vendors_example_comes_out_of_one_row():
    made = planned("vendor")
    assert body_of(made) == json.loads((DATA / "vendor-example.json").read_text("utf-8"))
    assert ["past" in each for each in made.refusals] == [True]


def test_fields_newer_than_the_contract_pass_through():
    assert body_of(planned("everything"))["target_concurrency_limit"] == 10
