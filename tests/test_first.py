"""The first recipients: nobody's number can be read, and people read what they would hear."""

import json

import pytest

from pipeline.report.first import first_of, heard
from tests.plans import number, people, plan_of
from tests.reports import recipient


def test_only_the_first_are_shown_with_their_rows_whatever_batches_they_are_in():
    plan = plan_of(people(count=7), per_batch=2)
    assert list(first_of(plan, show_numbers=False)) == [2, 3, 4]
    assert list(first_of(plan_of(people(count=7), per_batch=7), show_numbers=False)) == [2, 3, 4]
    assert first_of(plan_of([]), show_numbers=False) == {}


def test_numbers_are_masked_unless_asked_for():
    plan = plan_of(people(count=1))
    assert first_of(plan, show_numbers=True)[2]["phone_number"] == f"+{number(2)}"
    assert first_of(plan, show_numbers=False)[2]["phone_number"] == "+1415•••02"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"id": "20480000017"}, {"id": "20480000017"}),
        ({"id": "4155552671"}, {"id": "4155•••71"}),
        ({"user_id": "+1 (415) 555-2671"}, {"user_id": "+1 (4•••71"}),
        ({"user_id": 14155552671}, {"user_id": "14155•••71"}),
        ({"note": "call 415-555-9999 instead"}, {"note": "call 415-5•••99 instead"}),
        ({"since": "2024-03-15", "vip": True, "none": None, "orders": 3}, None),
        ({"deep": [{"mine": 4155552671}]}, {"deep": [{"mine": "4155•••71"}]}),
    ],
)
def test_numbers_are_masked_wherever_they_stand(sent, shown, monkeypatch):
    body = json.dumps({"phone_number": "+14155552671", **sent}).encode()
    plan = plan_of(people(count=1))
    monkeypatch.setattr(type(plan.spilled), "payloads", lambda *_: iter([(1, body)]))
    [found] = first_of(plan, show_numbers=False).values()
    assert found == {"phone_number": "+1415•••71", **(shown or sent)}


def test_variables_fill_messages_and_what_only_the_service_knows_stays():
    said = heard(recipient("Hi {{ name }}, {{missing}} at {{system__time}}!"), 2)
    assert said.message == (("Hi ", False), ("Ann", True), (", {{missing}} at {{system__time}}!", False))
    assert said.variables == (("name", "Ann"), ("vip", "false"))


def test_other_properties_are_named_as_in_the_campaign_file():
    sent = recipient()
    client = sent["conversation_initiation_client_data"]
    client["conversation_config_override"]["agent"]["language"] = "de"
    client["user_id"] = "u1"
    assert heard(sent, 2).also == (
        ("overrides.agent.language", "de"),
        ("custom_llm_extra_body.deep.plan", "1.5"),
        ("user_id", "u1"),
    )


def test_a_recipient_without_words_is_shown_too():
    plain = heard({"phone_number": "+1415•••71", "whatsapp_user_id": "x"}, 9)
    assert (plain.row, plain.address, plain.id, plain.message) == (9, "+1415•••71, x", "", (("", False),))
