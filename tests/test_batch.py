"""`campaign batch show|reconcile|settle`."""

import json
import os
import pwd
import sqlite3

import pytest

from tests.program import CAMPAIGN, NUMBERS, called, submits

ONE_BY_ONE = CAMPAIGN.replace("[delivery]", "[delivery]\nconcurrency = 1")


@pytest.fixture
def lost(desk, at_service):
    """The second of three batches is unconfirmed; the service has it, and does not list it yet."""
    sandbox = at_service("lost@2", "lag=3600:1@2")
    desk.write(people=8, campaign=ONE_BY_ONE)
    assert desk.run().code == 4
    return sandbox


@pytest.fixture
def never_placed(desk, at_service):
    """The same, but the service has not placed it."""
    sandbox = at_service("500@2")
    desk.write(people=8, campaign=ONE_BY_ONE)
    assert desk.run().code == 4
    return sandbox


def settle(desk, *arguments, people=3):
    return desk.call("batch settle", "1", "2", *arguments, "--yes", "--people", str(people))


def settled(desk):
    return desk.sql("SELECT settled, settled_by, settled_note FROM attempts WHERE settled IS NOT NULL")


def user():
    return pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.usefixtures("lost")
def test_a_batch_is_shown_with_every_attempt(desk):
    shown = desk.call("batch show", "1", "2")
    assert shown.code == 0
    assert "Run 1, batch 2 of spring: 3 people, unconfirmed since" in shown.out
    assert "unknown" in shown.out
    told = desk.call("batch show", "1", "2", "--json").document
    assert [(each["number"], each["verdict"]) for each in told["attempts"]] == [(1, "unknown")]
    assert told["attempts"][0]["call_name"].startswith("Spring survey [")


@pytest.mark.usefixtures("lost")
def test_a_number_in_the_services_words_is_not_shown(desk):
    with sqlite3.connect(desk.ledger) as connection:
        connection.execute("UPDATE attempts SET message = 'lost: +14155550004'")
    connection.close()
    told = [desk.call("batch show", "1", "2", *more).out for more in ([], ["--json"])]
    assert not any("4155550004" in each for each in told)
    assert json.loads(told[1])["attempts"][0]["said"].startswith("lost")


@pytest.mark.usefixtures("lost")
@pytest.mark.parametrize("command", [["batch show"], ["batch settle", "--no-calls-placed", "--yes", "--people", "3"]])
def test_a_batch_that_is_not_there_is_an_error(desk, command):
    ended = desk.call(*command, "1", "9")
    assert ended.code == 2
    assert "no batch 9 of run 1" in ended.err


def test_reconcile_says_what_came_of_each_and_sends_nothing(desk, lost):
    ended = desk.call("batch reconcile")
    assert (ended.code, submits(lost)) == (4, 3)
    assert "run 1, batch 2 (3 people): unconfirmed; it may still turn up" in ended.out
    assert "`campaign batch settle`" in ended.out
    assert desk.call("batch reconcile", "--json").document["reconciled"][0]["finding"] == "unconfirmed"


def test_reconcile_finds_what_is_listed(desk, at_service):
    at_service("lost@2")
    desk.write(people=8)
    assert desk.run().code == 4
    told = desk.call("batch reconcile", "--json").document
    assert [each["finding"] for each in told["reconciled"]] == ["accepted"]
    ended = desk.call("batch reconcile")
    assert (ended.code, ended.out) == (0, "Nothing of spring is unconfirmed.\n")


def test_a_person_says_under_which_id_calls_were_placed(desk, lost):
    service_id = lost.calls.batches()[1].id
    ended = settle(desk, "--calls-placed", service_id)
    assert (ended.code, ended.out) == (0, "Run 1, batch 2 (3 people) is accepted.\n")
    assert desk.sql("SELECT state, service_id, service_agent_id FROM batches WHERE number = 2") == [
        ("accepted", service_id, "agent_1")
    ]
    assert settled(desk) == [("placed", user(), None)]
    assert desk.sql("SELECT count(*) FROM attempts WHERE settled_at IS NOT NULL") == [(1,)]
    again = desk.run()
    assert (again.code, submits(lost)) == (0, 3)
    assert f"placed by {user()}" in desk.call("batch show", "1", "2").out
    assert f"Batch 2 was settled as placed by {user()}, 20" in desk.call("status").out
    batch = desk.call("status", "--json").document["batches"][1]
    assert (batch["settled"], batch["settled_by"], batch["settled_note"]) == ("placed", user(), None)
    assert batch["settled_at"].endswith("Z")
    assert f"    settled as placed by {user()}, 20" in desk.call("who", NUMBERS[3]).out
    assert desk.call("who", NUMBERS[3], "--json").document["appearances"][0]["attempts"][0]["settled"] == "placed"


def test_a_person_says_that_no_calls_were_placed_and_resume_makes_them(desk, never_placed):
    ended = settle(desk, "--no-calls-placed")
    assert ended.code == 0
    assert "is planned again" in ended.out
    assert desk.sql("SELECT count(*) FROM claims WHERE batch_id = 2") == [(6,)]
    assert settled(desk) == [("not_placed", user(), None)]
    assert desk.call("resume").code == 0
    assert sorted(called(never_placed)) == NUMBERS[:8]
    assert f"Batch 2 was settled as not_placed by {user()}, 20" in desk.call("status").out  # before the last attempt


def test_a_person_says_that_no_calls_were_placed_and_run_makes_them(desk, never_placed):
    assert settle(desk, "--no-calls-placed", "--json").document["state"] == "planned"
    assert desk.run().code == 0
    assert sorted(called(never_placed)) == NUMBERS[:8]


@pytest.mark.parametrize(("which", "said"), [(0, "is batch 1 of run 1 already"), ("btcal_0", "has no batch btcal_0")])
def test_an_id_that_cannot_be_this_batch_is_refused(desk, lost, which, said):
    service_id = which if isinstance(which, str) else lost.calls.batches()[which].id
    ended = settle(desk, "--calls-placed", service_id)
    assert ended.code == 2
    assert said in ended.err
    assert settled(desk) == []


@pytest.mark.usefixtures("lost")
def test_a_batch_of_a_run_that_is_not_there_is_looked_for_among_the_runs(desk):
    ended = desk.call("batch show", "9", "1")
    assert ended.code == 2
    assert "has no batch 1 of run 9; see `campaign status`" in ended.err
    assert "--run 9" not in ended.err


def test_another_campaigns_batch_is_refused(desk, lost):
    desk.write(people=4, campaign=CAMPAIGN.replace('"spring"', '"autumn"'))
    assert (
        desk.call("run", str(desk.file), "--yes", "--ledger", str(desk.folder / "other"), "--create-ledger").code == 0
    )
    four = next(batch for batch in lost.calls.batches()[3:] if batch.people == 1)
    ended = settle(desk, "--calls-placed", four.id)
    assert ended.code == 2
    assert "is another batch" in ended.err


def test_that_nothing_was_placed_is_refused_when_the_service_has_it(desk, at_service):
    at_service("lost@2")
    desk.write(people=8, campaign=ONE_BY_ONE)
    assert desk.run().code == 4
    ended = settle(desk, "--no-calls-placed")
    assert ended.code == 2
    assert "its calls were placed" in ended.err
    assert settled(desk) == []


@pytest.mark.usefixtures("lost")
@pytest.mark.parametrize("word", [["--calls-placed", "btcal_7"], ["--no-calls-placed", "--unchecked"]])
def test_what_cannot_be_checked_is_taken_with_a_note(desk, monkeypatch, word):
    monkeypatch.delenv("ELEVENLABS_API_KEY")
    ended = settle(desk, *word)
    assert ended.code == 0
    assert "not checked at the service: there is no API key" in ended.out
    ((_, _, note),) = settled(desk)
    assert note.startswith("not checked")


@pytest.mark.usefixtures("never_placed")
def test_it_is_settled_once(desk):
    assert settle(desk, "--no-calls-placed").code == 0
    ended = settle(desk, "--no-calls-placed")
    assert ended.code == 2
    assert "nothing to settle" in ended.err


@pytest.mark.usefixtures("lost")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--no-calls-placed"], "--people"),
        (["--no-calls-placed", "--people", "3"], "no terminal"),
        (["--no-calls-placed", "--yes"], "--yes needs --people"),
        (["--no-calls-placed", "--yes", "--people", "4"], "has 3 people, not 4"),
        (["--yes", "--people", "3"], "say one of"),
        (["--no-calls-placed", "--calls-placed", "x", "--yes", "--people", "3"], "say one of"),
    ],
)
def test_without_the_right_number_of_people_nothing_is_settled(desk, arguments, said):
    ended = desk.call("batch settle", "1", "2", *arguments)
    assert ended.code == 2
    assert said in ended.err
    assert settled(desk) == []


@pytest.mark.usefixtures("never_placed")
@pytest.mark.parametrize(("typed", "code"), [("3", 0), ("yes", 1)])
def test_a_person_types_how_many_people_it_is_about(desk, monkeypatch, typed, code):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: typed)
    ended = desk.call("batch settle", "1", "2", "--no-calls-placed")
    assert ended.code == code
    assert len(settled(desk)) == 1 - code


def test_without_a_token_only_a_person_can_settle_it(desk, at_service):
    sandbox = at_service("lost@2")
    desk.write(people=8, campaign=ONE_BY_ONE + "token = false\n")
    assert desk.run().code == 4
    assert "without a token" in desk.call("batch reconcile").out
    assert settle(desk, "--calls-placed", sandbox.calls.batches()[1].id).code == 0
    assert desk.run().code == 0
