"""The campaign file is read whole or refused with a line for everything that is wrong in it."""

import pytest

from pipeline.campaign_file import load
from schemas.errors import CampaignError, Exit
from schemas.template import Column, Template
from tests.build import CAMPAIGN


@pytest.fixture
def campaign_file(tmp_path):
    """`campaign_file("…")` → the path of a campaign file with this text or these bytes."""

    def written(content):
        path = tmp_path / "campaign.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def refused(path) -> list[str]:
    with pytest.raises(CampaignError) as raised:
        load(path)
    assert raised.value.exit_code is Exit.REFUSED
    return [line.removeprefix(f"{path}: ") for line in str(raised.value).splitlines()]


def test_a_campaign_comes_with_its_text(campaign_file):
    campaign, text = load(campaign_file(CAMPAIGN))
    assert campaign.campaign.name == "spring"
    assert text == CAMPAIGN


def test_files_are_found_beside_the_campaign_file(campaign_file, tmp_path, monkeypatch):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "prompt.md").write_text("Be kind.\n")
    path = campaign_file(CAMPAIGN + '[overrides.agent.prompt]\nprompt = { file = "texts/prompt.md" }')
    monkeypatch.chdir("/")
    assert load(path)[0].overrides.agent.prompt.prompt.constant == "Be kind."


def test_the_documented_example_is_read(campaign_file, tmp_path):
    (tmp_path / "prompt.md").write_text("You are kind.\n")
    campaign, _ = load(campaign_file(EXAMPLE))
    assert campaign.call_name == "Customer Satisfaction Survey April 2024"
    assert [number.template for number in campaign.columns.phone_number] == [
        Template((Column("Mobile Phone Number"),)),
        Template((Column("Phone Number"),)),
    ]
    assert campaign.dynamic_variables["vip_status"].default is False
    assert campaign.overrides.agent.first_message.template.parts[1] == Column("First Name", "there")
    assert campaign.campaign.extra == {"target_concurrency_limit": 10}


def test_everything_that_is_wrong_is_told_at_once_with_the_file_in_each_line(campaign_file):
    path = campaign_file('[campaign]\nname = ""\n[rules]\nmax_call = 5\n')
    with pytest.raises(CampaignError) as raised:
        load(path)
    assert str(raised.value).splitlines() == [
        f"{path}: {problem}"
        for problem in (
            "[campaign] name: is empty; fill it in",
            '[campaign] agent_id: is required; add agent_id = "agent_…"',
            "[campaign] agent_phone_number_id: is required to call by phone; add it",
            "[schedule]: is required; add it",
            '[columns]: phone_number is required: add phone_number = "{Phone Number}"',
            "[rules] max_calls: is required; add max_calls = 2000",
            "[rules] max_call: unknown key; did you mean max_calls?",
        )
    ]


@pytest.mark.parametrize("value", ['["{A}"]', '[{ a = "x{A}" }]'])
def test_values_of_later_versions_are_refused_by_name(campaign_file, value):
    (told,) = refused(campaign_file(f"{CAMPAIGN}[dynamic_variables]\na = {value}"))
    assert "not available in this version" in told


def test_a_byte_order_mark_is_accepted(campaign_file):
    campaign, text = load(campaign_file(b"\xef\xbb\xbf" + CAMPAIGN.encode()))
    assert (campaign.call_name, text) == ("spring", CAMPAIGN)


def test_windows_line_breaks_are_accepted(campaign_file):
    assert load(campaign_file(CAMPAIGN.replace("\n", "\r\n")))[0].call_name == "spring"


def test_what_is_no_toml_is_refused_in_one_line(campaign_file):
    (told,) = refused(campaign_file("[campaign]\nname = “x”\n"))
    assert told.startswith("line 2: this is not TOML")


def test_other_encodings_a_missing_file_and_a_folder_are_told_apart(campaign_file, tmp_path):
    assert refused(campaign_file("a = 1".encode("utf-16"))) == ["byte 1 is not UTF-8; save the file as UTF-8"]
    assert refused(campaign_file(b"# caf\xe9")) == ["byte 6 is not UTF-8; save the file as UTF-8"]
    assert refused(tmp_path / "none.toml")[0].startswith("there is no campaign file; ")
    assert refused(tmp_path) == ["the campaign file cannot be read: Is a directory"]


EXAMPLE = r"""
[campaign]
name = "survey-2024-04"                  # required: the memory
call_name = "Customer Satisfaction Survey April 2024"
agent_id = "agent_9f8b7c6d5e4a3b2c1d0e"
agent_phone_number_id = "phone_num_789xyz"
channel = "phone"

[schedule]
start = "next 09:00"
timezone = "America/New_York"

[columns]
id = "{Record ID}"
phone_number = ["{Mobile Phone Number}", "{Phone Number}"]
country = "{Country/Region}"
user_id = "{Customer No}"

[phone]
default_region = "US"
blank_country = "US"

[dynamic_variables]
customer_name = "{First Name} {Last Name}"
last_purchase_date = { column = "{Last Purchase}", type = "date", format = "%m/%d/%Y" }
vip_status = { column = "{VIP}", type = "boolean", default = false }

[overrides.agent]
first_message = "Hello {First Name|or \"there\"}, thank you for being a valued customer!"
language = "{Language}"
[overrides.agent.prompt]
prompt = { file = "prompt.md" }
llm = "gpt-4o-mini"

[custom_llm_extra_body]
survey_version = "v2.1"

[campaign.extra]
target_concurrency_limit = 10

[limits]
max_recipients = 1000
max_bytes = 1_000_000

[rules]
max_calls = 2000
max_to_fix = "5%"
[rules.hours]
from = "09:00"
to = "20:00"

[delivery]
concurrency = 4
attempts = 5
max_seconds = 300
timeout = 60
grace = 900
token = true
"""
