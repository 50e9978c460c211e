"""Approvals: they hold for the plan that was approved, as it was, and under a key only for who has it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.plan.approval import approval_key, approved
from schemas.errors import CampaignError
from schemas.sealed import Approval, RunFrom, short

SEAL, OTHER = "ab" * 32, "cd" * 32
AT = datetime(2030, 3, 9, 12, tzinfo=UTC)
KEY = b"0123456789abcdef" * 2


@dataclass
class File:
    """What is asked of a saved plan's file."""

    approval: Approval | None
    seal: str = SEAL

    def refusal(self, what: str) -> CampaignError:
        return CampaignError(what)


def given(seal=SEAL, key=None, **changed) -> Approval:
    return Approval(seal=seal, by="ada", host="box", at=AT).signed(key).model_copy(update=changed)


@pytest.mark.parametrize("key", [None, KEY])
def test_an_approval_that_holds_tells_who_and_when(key):
    assert approved(File(given(key=key)), key, required=True) == RunFrom(SEAL, "ada@box", AT)


@pytest.mark.parametrize(("approval", "key", "said"), [
    (None, None, "is not approved"),
    (given(OTHER), None, "not for this plan"),
    (given(by="eve"), None, "was changed"),
    (given(at=AT.replace(year=2031)), None, "was changed"),
    (given(seal=SEAL, key=None, keyed=True), KEY, "another CAMPAIGN_APPROVAL_KEY"),
    (given(), KEY, "without CAMPAIGN_APPROVAL_KEY"),
    (given(key=KEY), None, "set CAMPAIGN_APPROVAL_KEY"),
    (given(key=KEY, keyed=False), None, "was changed"),
    (given(key=KEY[::-1]), KEY, "another CAMPAIGN_APPROVAL_KEY"),
    (given(OTHER, KEY), KEY, "not for this plan"),
])  # fmt: skip
def test_any_other_is_refused(approval, key, said):
    with pytest.raises(CampaignError, match=said):
        approved(File(approval), key, required=True)


def test_where_none_is_asked_for_there_may_be_none_but_no_wrong_one():
    assert approved(File(None), KEY, required=False) == RunFrom(SEAL, None, None)
    with pytest.raises(CampaignError, match="not for this plan"):
        approved(File(given(OTHER)), None, required=False)


def test_the_key_comes_from_the_environment_or_from_a_file_that_it_names(tmp_path: Path):
    (tmp_path / "key").write_text(f"{KEY.decode()}\n")
    (tmp_path / "empty").write_text("\n")
    assert approval_key({}) is None
    assert approval_key({"CAMPAIGN_APPROVAL_KEY": KEY.decode()}) == KEY
    assert approval_key({"CAMPAIGN_APPROVAL_KEY_FILE": str(tmp_path / "key")}) == KEY
    for name in ("none", "empty"):
        with pytest.raises(CampaignError, match="CAMPAIGN_APPROVAL_KEY_FILE names"):
            approval_key({"CAMPAIGN_APPROVAL_KEY_FILE": str(tmp_path / name)})
    with pytest.raises(CampaignError, match="too short"):
        approval_key({"CAMPAIGN_APPROVAL_KEY": "short"})


def test_a_seal_is_short_for_people():
    assert short("3f2a9c0177de" + "0" * 52) == "3f2a-9c01-77de"
