"""Binding finds every column the campaign file names, and tells all that it cannot find at once."""

import pytest

from pipeline.plan.bind import bind
from schemas.errors import CampaignError
from schemas.headers import Headers
from tests.build import a_campaign, bound

DASHBOARD = '[source]\nmapping = "dashboard"\n[columns]\nphone_number = []'


def problems(text: str, *headers: str) -> list[str]:
    with pytest.raises(CampaignError) as raised:
        bound(text, *headers)
    return str(raised.value).splitlines()


def test_every_missing_column_is_told_with_the_key_and_the_nearest_names():
    told = problems('[dynamic_variables]\na = "{Frist Name}"\nb = "{Nothing}"', "Phone", "First Name")
    assert [("[dynamic_variables] a" in line, "{First Name}" in line) for line in told] == [
        (True, True),
        (False, False),
    ]
    assert told[1].startswith("[dynamic_variables] b: the file has no column {Nothing}")


def test_a_text_that_equals_a_header_was_meant_as_the_column():
    assert 'did you mean "{Name}"?' in problems('[dynamic_variables]\na = "Name"', "Phone", "Name")[0]
    bound('[dynamic_variables]\na = { constant = "Name" }', "Phone", "Name")


def test_a_placeholder_that_nothing_feeds_names_what_was_meant():
    text = '[dynamic_variables]\ncustomer_name = "{Name}"\n[overrides.agent]\nfirst_message = "Hi {{custmer_name}} {{city}}"'
    told = problems(text, "Phone", "Name", "City")
    assert "did you mean {{customer_name}}?" in told[0]
    assert "{City}" in told[1]


def test_placeholders_of_constants_and_defaults_are_checked_too():
    text = '[overrides.agent.prompt]\nprompt = { constant = "Dear {{x}}" }'
    assert "{{x}}" in problems(text, "Phone")[0]
    text = '[dynamic_variables]\na = { column = "{A}", default = "{{y}}" }'
    assert "{{y}}" in problems(text, "Phone", "A")[0]


def test_what_the_service_feeds_itself_needs_no_variable():
    bound('[overrides.agent]\nfirst_message = "It is {{system__time_utc}}"', "Phone")


def test_whom_to_call_must_come_from_a_column():
    assert "must read a column" in problems('[columns]\nid = "same"', "Phone")[0]


def test_the_dashboards_columns_are_known_by_name_and_others_are_variables():
    binding = bound(
        DASHBOARD,
        "phone_number",
        "language",
        "system_prompt",
        "voice_id",
        "first_message",
        "city",
        "campaign_codes",
        "",
    )
    places = {field.place[-1]: field.place[-2] for field in binding.carried}
    assert places == {
        "language": "agent", "prompt": "prompt", "voice_id": "tts", "first_message": "agent", "city": "dynamic_variables",
    }  # fmt: skip
    assert not any(field.required for field in binding.carried)
    assert len(binding.phones) == 1


def test_the_dashboards_mapping_needs_its_number():
    assert "phone_number" in problems(DASHBOARD, "Phone", "city")[0]


def test_what_the_campaign_file_says_wins_over_the_dashboards_mapping():
    campaign = a_campaign('[source]\nmapping = "dashboard"\n[overrides.agent]\nlanguage = "de"')
    binding = bind(campaign, Headers(("Phone", "language")))
    assert [field.constant for field in binding.carried if field.place[-1] == "language"] == ["de"]
