"""The tables of the campaign file: what each requires, its bounds, and that all problems are told at once."""

import re
import tomllib
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.campaign import Campaign, Hours, Share
from schemas.schedule import StartAt, StartNext, StartNow
from tests.build import CAMPAIGN, a_campaign, problems_of

LOCAL = datetime(2024, 4, 1, 9, tzinfo=UTC).replace(tzinfo=None)
WHATSAPP = """
[campaign.whatsapp_params]
whatsapp_call_permission_request_template_name = "t"
whatsapp_call_permission_request_template_language_code = "en_US"
"""


def without(*lines: str) -> str:
    """The smallest campaign without the lines that begin so."""
    return "\n".join(line for line in CAMPAIGN.splitlines() if not line.startswith(lines))


def test_the_smallest_campaign_has_the_documented_defaults():
    campaign = Campaign.model_validate(tomllib.loads(without("max_to_fix", "hours")), context={"folder": Path()})
    assert campaign.call_name == "spring"
    assert (campaign.limits.max_recipients, campaign.limits.max_bytes) == (1000, 1_000_000)
    assert (str(campaign.rules.max_to_fix), campaign.rules.hours) == ("5%", Hours(**{"from": "09:00", "to": "20:00"}))
    delivery = campaign.delivery
    assert (delivery.concurrency, delivery.attempts, delivery.max_seconds) == (4, 5, 300)
    assert (delivery.timeout, delivery.grace, delivery.token) == (60, 900, True)


def test_no_table_changes_after_it_was_read():
    campaign = a_campaign()
    for table, key in ((campaign, "rules"), (campaign.rules, "max_calls"), (campaign.delivery, "token")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(table, key, None)


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("name", "[campaign] name: is required; add name = "),
        ("agent_id", "[campaign] agent_id: is required; add agent_id = "),
        ("agent_phone_number_id", "[campaign] agent_phone_number_id: is required to call by phone"),
        ("start", '[schedule] start: is required; add start = "next 09:00"'),
        ("timezone", "[schedule] timezone: is required unless the start has an offset"),
        ("phone_number", '[columns]: phone_number is required: add phone_number = "{Phone Number}"'),
        ("max_calls", "[rules] max_calls: is required; add max_calls = 2000"),
    ],
)
def test_what_is_required_is_told_with_an_example(missing, told):
    (line,) = problems_of("", without(missing))
    assert line.startswith(told)


def test_missing_tables_are_told():
    assert problems_of("", '[columns]\nphone_number = "{A}"') == [
        "[campaign]: is required; add it",
        "[schedule]: is required; add it",
        "[rules]: is required; add it",
    ]


def test_all_problems_are_told_at_once():
    told = problems_of(
        '[limits]\nmax_bytes = 5\n[delivery]\ntoken = "no"\n[phone]\ndefault_region = "UK"',
        without("agent_id", "timezone", "phone_number"),
    )
    assert [line.partition(":")[0] for line in told] == [
        "[campaign] agent_id", "[schedule] timezone", "[columns]", "[phone] default_region", "[limits] max_bytes",
        "[delivery] token",
    ]  # fmt: skip


def test_whatsapp_needs_its_parameters_and_ids_and_no_phone():
    text = f'[campaign]\nchannel = "whatsapp"\n{WHATSAPP}\n[columns]\nwhatsapp_user_id = "{{W}}"'
    assert a_campaign(text, without("agent_phone", "phone_number")).campaign.channel == "whatsapp"
    told = problems_of('[campaign]\nchannel = "whatsapp"')
    assert told[0] == '[campaign.whatsapp_params]: is required with channel = "whatsapp"; add the table'
    told = problems_of(f'[campaign]\nchannel = "whatsapp"\n{WHATSAPP}')
    assert told == ['[columns]: whatsapp_user_id is required for WhatsApp: add whatsapp_user_id = "{WhatsApp}"']


def test_both_channels_are_used_only_by_explicit_choice():
    assert 'write channel = "both" if you mean both' in problems_of(WHATSAPP)[0]
    text = f'[campaign]\nchannel = "both"\n{WHATSAPP}\n[columns]\nwhatsapp_user_id = "{{W}}"'
    assert a_campaign(text).campaign.whatsapp_params is not None
    assert "phone_number is required" in problems_of(text, without("phone_number"))[0]


def test_a_name_is_one_memory_however_it_is_typed():
    assert a_campaign('[campaign]\nname = " e\u0301te\u0301 "').campaign.name == "\u00e9t\u00e9"
    assert problems_of('[campaign]\nname = " "') == ["[campaign] name: is empty; fill it in"]


@pytest.mark.parametrize("code", ["German", "", "DE", "d"])
def test_the_campaigns_language_is_a_code(code):
    assert a_campaign('[campaign]\nlanguage = "pt-BR"').campaign.language == "pt-BR"
    assert problems_of(f'[campaign]\nlanguage = "{code}"') == [
        f'[campaign] language: must be a language\'s ISO code, such as "de" (it is "{code}")'
    ]


def test_newer_fields_pass_as_they_are_but_known_ones_have_their_places():
    extra = a_campaign("[campaign.extra]\nbranch = { day = 2024-03-01, list = [1] }").campaign.extra
    assert extra == {"branch": {"day": "2024-03-01", "list": [1]}}
    told = problems_of('[campaign.extra]\ncall_name = "x"\nrecipients = []\nscheduled_time_unix = 1')
    assert told == [
        "[campaign] extra: call_name, recipients, scheduled_time_unix has a place of its own in the campaign file"
    ]
    assert "nan is no number" in problems_of("[campaign.extra]\nx = nan")[0]


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ('"now"', StartNow()),
        ('"Next 09:00"', StartNext(time(9))),
        ('"2024-04-01 09:00"', StartAt(LOCAL)),
        ('"2024-04-01T09:00:00Z"', StartAt(datetime(2024, 4, 1, 9, tzinfo=UTC))),
        ("2024-04-01T09:00:00", StartAt(LOCAL)),
        ("2024-04-01T09:00:00Z", StartAt(datetime(2024, 4, 1, 9, tzinfo=UTC))),
    ],
)
def test_each_way_to_write_a_start_is_read_at_once(written, start):
    assert a_campaign(f"[schedule]\nstart = {written}").schedule.start == start


@pytest.mark.parametrize(
    "written",
    ['"tomorrow"', '""', '"next 25:00"', '"next"', '"09:00"', '"2024-13-01 09:00"', '"2024-04-01"', "5", "true"],
)
def test_any_other_start_is_refused_with_what_to_write(written):
    (line,) = problems_of(f"[schedule]\nstart = {written}")
    assert re.match(r'\[schedule\] start: .* is no start; write "now", "next 09:00"', line)


@pytest.mark.parametrize(
    "written", ["9999-12-31T09:00:00", '"9999-12-31 09:00"', '"0001-01-01 09:00"', "0001-01-01T09:00:00Z"]
)
def test_a_start_of_another_age_is_none(written):
    for key in ("start", "finish_by"):
        (line,) = problems_of(f"[schedule]\n{key} = {written}")
        assert line.startswith(f"[schedule] {key}: ")


@pytest.mark.parametrize("written", ["2024-04-01", "09:00:00"])
def test_a_date_or_a_time_alone_is_no_start(written):
    assert problems_of(f"[schedule]\nstart = {written}") == [
        '[schedule] start: needs a date and a time, such as "2024-04-01 09:00"'
    ]


def test_a_zone_is_needed_unless_the_start_has_an_offset():
    base = without("timezone", "start")
    assert a_campaign("[schedule]\nstart = 2024-04-01T09:00:00-04:00", base).schedule.timezone is None
    for start in ('"now"', '"next 09:00"', "2024-04-01T09:00:00"):
        assert "timezone: is required" in problems_of(f"[schedule]\nstart = {start}", base)[0]


@pytest.mark.parametrize(
    ("zone", "near"),
    [
        ("new york", "America/New_York"),
        ("Europe/Berln", "Europe/Berlin"),
        ("", "America/New_York"),
        ("../x", "America/"),
    ],
)
def test_an_unknown_zone_names_the_nearest(zone, near):
    (line,) = problems_of(f'[schedule]\ntimezone = "{zone}"')
    assert line.startswith(f"[schedule] timezone: '{zone}' is no time zone; write one such as {near}")


def test_the_dashboards_mapping_finds_the_number_itself():
    base = without("phone_number")
    assert a_campaign('[source]\nmapping = "dashboard"', base).columns.phone_number == ()
    assert problems_of('[source]\nmapping = "x"') == ['[source] mapping: must be "dashboard" (it is "x")']


@pytest.mark.parametrize(("code", "hint"), [("UK", "GB"), ("us", "US"), ("USA", "US"), ("", "US")])
def test_a_region_is_an_iso_code(code, hint):
    for key in ("default_region", "blank_country"):
        assert problems_of(f'[phone]\n{key} = "{code}"') == [
            f"[phone] {key}: must be a country's ISO code, such as {hint}"
        ]


@pytest.mark.parametrize(
    ("table", "key", "good", "bad"),
    [
        ("limits", "max_recipients", ["1", "10_000"], ["0", "10_001", "1.5", '"5"', "true"]),
        ("limits", "max_bytes", ["1000", "1_000_000_000"], ["999", "1_000_000_001", "inf"]),
        ("rules", "max_calls", ["1", "1_000_000_000"], ["0", "-1", "1e3", '"5"']),
        (
            "rules",
            "max_to_fix",
            ["0", "5", '"0%"', '"2.5%"', '"100 %"'],
            ["-1", '"101%"', '"5"', '"-1%"', "true", '"nan%"', "1_000_000_001"],
        ),
        ("rules", "hours", ['"any"', "{}", '{ from = "00:00" }'], ['"all"', "true", "{ days = [1] }"]),
        (
            "rules",
            "hours",
            ['{ from = 08:00:00, to = "23:59" }'],
            ['{ from = "9:00" }', '{ to = "24:00" }', "{ from = 9 }"],
        ),
        ("rules", "hours", ['{ from = "19:59" }'], ['{ from = "20:00" }', '{ from = "10:00", to = "09:00" }']),
        ("delivery", "concurrency", ["1", "64"], ["0", "65"]),
        ("delivery", "attempts", ["1", "100"], ["0", "101", "nan"]),
        ("delivery", "max_seconds", ["0.1", "604_800"], ["0", "604_801", "inf", "nan", '"5"', "true"]),
        ("delivery", "timeout", ["0.1", "60"], ["0", "-1", "inf"]),
        ("delivery", "grace", ["0", "900.5"], ["-1", "inf"]),
        ("delivery", "token", ["true", "false"], ["1", '"false"']),
        ("delivery", "base_url", ['"https://api.eu.residency.elevenlabs.io"'], ['""', "5"]),
    ],
)
def test_every_limit_has_its_bounds(table, key, good, bad):
    for written in good:
        assert getattr(getattr(a_campaign(f"[{table}]\n{key} = {written}"), table), key) is not None
    for written in bad:
        lines = problems_of(f"[{table}]\n{key} = {written}")
        assert all(line.startswith((f"[{table}] {key}: ", f"[{table}.{key}] ")) for line in lines)


def test_hours_end_after_they_begin():
    assert problems_of('[rules.hours]\nfrom = "10:00"\nto = "10:00"') == [
        "[rules.hours] to: must be later than `from`, 10:00"
    ]


def test_a_share_is_of_the_rows_or_a_number_of_them():
    assert (Share(percent=2.5).of(200), Share(rows=3).of(200), Share(rows=0).of(200)) == (5, 3, 0)
    assert [str(share) for share in (Share(percent=2.5), Share(rows=3))] == ["2.5%", "3"]
