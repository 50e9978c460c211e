"""What is read from the ledger's copy of a campaign file, without the files that it names."""

import pytest

from pipeline.campaign_file.kept import delivery_of, rules_of, schedule_of
from schemas.errors import CampaignError
from tests.program import CAMPAIGN


def test_it_needs_none_of_the_files_that_the_campaign_file_names():
    text = CAMPAIGN + '[overrides.agent.prompt]\nprompt = { file = "gone.md" }\n'
    assert delivery_of(text).attempts == 2
    assert rules_of(text).hours == "any"
    assert schedule_of(text).timezone == "UTC"


def test_what_is_not_written_is_the_default():
    assert delivery_of("[campaign]\nname = 'a'\n").grace == 900


@pytest.mark.parametrize("text", ["[delivery\n", "[delivery]\ngrace = -1\n", "[delivery]\nlater = 1\n"])
def test_what_this_version_cannot_read_is_an_error(text):
    with pytest.raises(CampaignError, match="kept in the ledger"):
        delivery_of(text)
