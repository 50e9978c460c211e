"""What the service takes: the OpenAPI document, and the limits that API.md adds to it."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any, NoReturn

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

from pipeline.sandbox.refusals import Invalid, complaint
from schemas.campaign import SERVICE_MAX_RECIPIENTS
from schemas.fields import OVERRIDE, contract, rules

_SUBMIT = "Body_Submit_a_batch_call_request__v1_convai_batch_calling_submit_post"

#: Of the year 9999: no calendar goes further, and a start in milliseconds by mistake does.
_LAST_SECOND = 253_402_300_799

#: May begin half a character, which no text that is stored or answered can hold.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

#: How the vendor's framework names what a keyword of JSON Schema refuses; other keywords keep their own name.
_TYPES = {
    "required": "missing",
    "pattern": "string_pattern_mismatch",
    "minimum": "greater_than_equal",
    "maximum": "less_than_equal",
    "minItems": "too_short",
    "maxItems": "too_long",
    "type": "type_error",
}


def submit_schema() -> dict[str, Any]:
    """The contract's schema of a submit body, as it is published."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/components/schemas/{_SUBMIT}",
        "components": {"schemas": deepcopy(contract()["components"]["schemas"])},
    }


def limited_schema() -> dict[str, Any]:
    """The same with what the service refuses besides: "What bites" 2, 4 and 8, and numbers that are not E.164."""
    document = submit_schema()
    schemas = document["components"]["schemas"]
    schemas[_SUBMIT]["properties"]["recipients"] |= {"minItems": 1, "maxItems": SERVICE_MAX_RECIPIENTS}
    schemas[_SUBMIT]["properties"]["scheduled_time_unix"] |= {"minimum": 0, "maximum": _LAST_SECOND}
    recipient = schemas["OutboundCallRecipient"]
    recipient["properties"]["phone_number"]["pattern"] = "^\\+[0-9]{7,15}$"
    recipient["properties"]["whatsapp_user_id"]["pattern"] = "^[^+]"
    recipient["anyOf"] = [
        {"required": [address], "properties": {address: {"type": "string"}}}
        for address in ("phone_number", "whatsapp_user_id")
    ]
    del schemas["LLM"]["enum"]  # an open list: newer models than the document's are taken
    variables = schemas["ConversationInitiationClientDataRequest-Input"]["properties"]["dynamic_variables"]
    variables["propertyNames"] = {"not": {"pattern": "^system__"}}
    for name, schema in schemas["TTSConversationalConfigOverride"]["properties"].items():
        if (rule := rules().get((*OVERRIDE, "tts", name))) and rule.low is not None:
            schema |= {"minimum": rule.low, "maximum": rule.high}
    return document


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(limited_schema())


def read_submit(body: bytes) -> Mapping[str, Any]:
    """A submit body, parsed. Raises Invalid, naming every place that breaks a rule.

    >>> try:
    ...     read_submit(b'{"call_name": "n", "agent_id": "a", "recipients": [{"phone_number": "0"}]}')
    ... except Invalid as refusal:
    ...     print(refusal.complaints[0]["loc"])
    ['body', 'recipients', 0, 'phone_number']
    """
    read = _parsed(body)
    if not _validator().is_valid(read):
        raise Invalid([told for error in _validator().iter_errors(read) for told in _told(error)])
    valid: Mapping[str, Any] = read
    return valid


def _parsed(body: bytes) -> Any:
    try:
        read = json.loads(body, parse_constant=_no_number)
        if _SURROGATE.search(body):
            json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Invalid([complaint(["body"], f"JSON decode error: {error}", "json_invalid")]) from error
    return read


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _told(error: ValidationError) -> Iterator[dict[str, Any]]:
    """An alternative (`T or null`) is told by what is wrong inside it, so that `loc` names the field itself."""
    inside = [inner for branch in getattr(error.kind, "context", ()) for inner in branch]
    deeper = [inner for inner in inside if len(inner.instance_path) > len(error.instance_path)]
    if deeper:
        for inner in deeper:
            yield from _told(inner)
        return
    missing = [error.kind.property] if isinstance(error.kind, ValidationErrorKind.Required) else []
    loc = ["body", *error.instance_path, *missing]
    yield complaint(loc, error.message, _TYPES.get(error.kind.name, error.kind.name))
