"""A saved plan from `check --save-plan` over `approve` to `run --plan`: what was sealed is sent, or what changed is named."""

import json
import re
import zipfile
from datetime import datetime, timedelta

import pytest

from tests.program import CAMPAIGN, NUMBERS, called, submits

STRICT = CAMPAIGN.replace("max_calls = 100", "max_calls = 100\napproval = true")
KEY = "0123456789abcdef" * 4


def plan_file(desk):
    return desk.folder / "spring.plan"


def save(desk, *more):
    return desk.call("check", str(desk.file), "--no-report", "--save-plan", str(plan_file(desk)), *more)


def approve(desk, *more):
    return desk.call("approve", str(plan_file(desk)), "--yes", *more)


def run(desk, *more):
    return desk.call("run", "--plan", str(plan_file(desk)), "--yes", "--create-ledger", *more)


def test_an_approved_plan_sends_the_very_bytes_of_a_direct_run(desk, at_service):
    sandbox = at_service()
    quiet = STRICT + "concurrency = 1\ntoken = false\n"
    desk.write(people=7, more="x,Ann,123\n", campaign=quiet)
    desk.call("check", str(desk.file), "--no-report", "--requests", str(desk.folder / "requests"))
    assert save(desk).code == 0
    assert plan_file(desk).stat().st_mode & 0o777 == 0o600
    approved = approve(desk, "--note", "as agreed", "--report", str(desk.folder / "look"))
    assert {"report.html", "to-call.csv", "to-fix.csv"} <= {path.name for path in (desk.folder / "look").iterdir()}
    assert approved.code == 0
    assert "7 people would be called" in approved.out
    assert "approved by" in approved.out
    assert NUMBERS[0] not in approved.out
    ended = run(desk)
    assert (ended.code, called(sandbox)) == (0, NUMBERS[:7]), ended.err
    written = [path.read_bytes() for path in sorted((desk.folder / "requests").iterdir())]
    assert sorted(sandbox.calls.body(batch.id) for batch in sandbox.calls.batches()) == sorted(written)
    assert desk.sql("SELECT count(*), min(outcome) FROM rows WHERE row = 9") == [(1, "to_fix")]


@pytest.fixture
def saved(desk, at_service):
    """A plan for five people, in batches of three, not approved yet."""
    sandbox = at_service()
    desk.write(people=5, campaign=STRICT)
    ended = save(desk)
    assert ended.code == 0, ended.err
    return sandbox


def test_without_an_approved_plan_nothing_is_sent(desk, saved):
    assert "campaign approve PLAN" in desk.call("check", str(desk.file), "--no-report").out
    direct, early = desk.run(), run(desk)
    assert (direct.code, early.code, submits(saved)) == (2, 2, 0)
    assert "campaign approve PLAN" in direct.err
    assert "not approved" in early.err


def test_where_no_approval_is_asked_for_a_plan_runs_without(desk, at_service):
    sandbox = at_service()
    desk.write(people=2)
    save(desk)
    assert run(desk).code == 0
    assert called(sandbox) == NUMBERS[:2]


def test_the_ledger_tells_which_approval_a_call_was_made_under(desk, saved):
    approve(desk, "--json", "--note", "as agreed")
    assert run(desk).code == 0
    desk.call("results", "--out", str(desk.folder / "results.csv"))
    person = desk.call("who", NUMBERS[1])
    ((conversation,),) = desk.sql("SELECT conversation_id FROM results WHERE row = 3")
    assert f"  the call: completed, conversation {conversation}\n" in person.out
    assert "from the saved plan" in person.out
    assert re.search(r"approved by .* UTC: as agreed\n", person.out)
    ((seal, by),) = desk.sql("SELECT plan_seal, approved_by FROM runs")
    approval = json.loads(zipfile.ZipFile(plan_file(desk)).read("approval.json"))
    assert (approval["seal"], f"{approval['by']}@{approval['host']}") == (seal, by)
    assert called(saved) == NUMBERS[:5]


def test_a_plan_that_was_run_calls_nobody_again(desk, saved):
    approve(desk)
    assert [run(desk).code, run(desk).code] == [0, 0]
    assert called(saved) == NUMBERS[:5]


def test_who_was_blocked_since_is_left_out_and_the_others_keep_their_words(desk, saved):
    approve(desk)
    desk.call("people block", NUMBERS[1], "--reason", "asked", "--yes", "--create-ledger")
    ended = run(desk)
    assert (ended.code, called(saved)) == (0, [NUMBERS[0], *NUMBERS[2:5]])
    assert "1 person of the saved plan was called, blocked or forgotten since" in ended.out
    sent = sorted(sandbox_words(saved))
    assert sent == [("Person 0", 2), ("Person 2", 2), ("Person 3", 2), ("Person 4", 2)]


def sandbox_words(sandbox):
    """The name that each was called by, and how many were called with them."""
    for batch in sandbox.calls.batches():
        recipients = json.loads(sandbox.calls.body(batch.id))["recipients"]
        for each in recipients:
            yield each["conversation_initiation_client_data"]["dynamic_variables"]["name"], len(recipients)


def edit(path, old, new):
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


LISTED = '[[rules.suppression]]\nfile = "optouts.csv"\n'
PROMPT = STRICT + LISTED + '[overrides.agent.prompt]\nprompt = { file = "prompt.md" }\n'


def write_with_files(desk):
    (desk.folder / "prompt.md").write_text("Be kind.\n\n", "utf-8")
    (desk.folder / "optouts.csv").write_text(f"Phone\n{NUMBERS[99]}\n", "utf-8")
    desk.write(people=3, campaign=PROMPT)


@pytest.mark.parametrize(("change", "said"), [
    (lambda desk: edit(desk.file, "Person 1", "Person 9"), "the export {file} has changed"),
    (lambda desk: desk.file.unlink(), "the export {file} has gone"),
    (lambda desk: edit(desk.folder / "campaign.toml", "= 100", "= 99"), "the campaign file has changed"),
    (lambda desk: edit(desk.folder / "prompt.md", "kind", "short"), "the file prompt.md has changed"),
    (lambda desk: edit(desk.folder / "optouts.csv", "99", "98"), "list 1 (optouts.csv) has changed"),
])  # fmt: skip
def test_what_has_changed_since_is_named_in_one_line(desk, at_service, change, said):
    sandbox = at_service()
    write_with_files(desk)
    save(desk)
    approve(desk)
    change(desk)
    ended = run(desk)
    assert (ended.code, submits(sandbox)) == (2, 0)
    assert f"since the plan was saved, {said.format(file=desk.file)}" in ended.err
    assert ended.err.count("\n") == 1


def test_approving_needs_neither_the_export_nor_the_campaign_file(desk, at_service):
    at_service()
    write_with_files(desk)
    save(desk)
    for name in ("people.csv", "campaign.toml", "prompt.md", "optouts.csv"):
        (desk.folder / name).unlink()
    document = approve(desk, "--json").document
    assert document["report"]["counts"]["planned"] == 3
    said = document["report"]["first"][0]["conversation_initiation_client_data"]["conversation_config_override"]
    assert said["agent"]["prompt"]["prompt"] == "Be kind.\n"


def test_an_agent_that_says_other_words_than_were_sealed_calls_nobody(desk, at_service):
    at_service()
    desk.write(people=3, campaign=STRICT)
    assert save(desk, "--online").code == 0
    approve(desk)
    sandbox = at_service(placeholders=("name",))
    ended = run(desk)
    assert (ended.code, submits(sandbox)) == (2, 0)
    assert "its words or its number have changed" in ended.err
    at_service()
    assert run(desk).code == 0


def test_a_registry_that_has_grown_too_old_stops_a_plan(desk, at_service, monkeypatch):
    sandbox = at_service()
    write_with_files(desk)
    edit(desk.folder / "campaign.toml", LISTED, f"{LISTED}registry = true\n")
    edit(desk.folder / "campaign.toml", "approval = true", 'plan_valid = "90d"')
    save(desk)

    class NextMonth(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=33)

    monkeypatch.setattr("pipeline.commands.running.datetime", NextMonth)
    ended = run(desk)
    assert (ended.code, submits(sandbox)) == (1, 0)
    assert "optouts.csv" in ended.out


def test_a_moved_export_may_be_named(desk, saved):
    approve(desk)
    moved = desk.file.rename(desk.folder / "moved.csv")
    assert run(desk, str(moved)).code == 0
    assert called(saved) == NUMBERS[:5]


class Later(datetime):
    """Four days on."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(days=4)


def test_plans_expire(desk, saved, monkeypatch):
    approve(desk)
    monkeypatch.setattr("pipeline.commands.approved.datetime", Later)
    monkeypatch.setattr("pipeline.commands.approving.datetime", Later)
    for ended in (run(desk), approve(desk)):
        assert (ended.code, submits(saved)) == (2, 0)
        assert "the plan has expired" in ended.err


@pytest.mark.usefixtures("saved")
def test_a_yes_is_typed_as_the_number_of_people(desk, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked = []
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda text: asked.append(text) or "4")
    before = plan_file(desk).read_bytes()
    ended = desk.call("approve", str(plan_file(desk)))
    assert (ended.code, plan_file(desk).read_bytes()) == (1, before)
    assert "Type 5 to approve calling 5 people" in ended.err + "".join(asked)


@pytest.mark.usefixtures("saved")
def test_a_second_yes_changes_nothing(desk):
    approve(desk)
    before = plan_file(desk).read_bytes()
    assert "already approved" in approve(desk).out
    assert plan_file(desk).read_bytes() == before


def test_with_a_key_only_who_has_it_approves_and_runs(desk, saved, monkeypatch):
    approve(desk)
    monkeypatch.setenv("CAMPAIGN_APPROVAL_KEY", KEY)
    assert "without CAMPAIGN_APPROVAL_KEY" in run(desk).err
    assert approve(desk).code == 0
    monkeypatch.setenv("CAMPAIGN_APPROVAL_KEY", KEY[::-1])
    assert "another CAMPAIGN_APPROVAL_KEY" in run(desk).err
    monkeypatch.delenv("CAMPAIGN_APPROVAL_KEY")
    assert "set CAMPAIGN_APPROVAL_KEY" in run(desk).err
    assert submits(saved) == 0
    monkeypatch.setenv("CAMPAIGN_APPROVAL_KEY", KEY)
    assert run(desk).code == 0
    assert KEY.encode() not in plan_file(desk).read_bytes()


def test_a_plan_is_not_saved_over_a_file_nor_where_nothing_would_be_sent(desk, at_service):
    at_service()
    desk.write(people=0)
    assert (save(desk).code, plan_file(desk).exists()) == (0, False)
    desk.write(people=4, campaign=CAMPAIGN.replace("max_calls = 100", "max_calls = 3"))
    ended = save(desk)
    assert (ended.code, plan_file(desk).exists()) == (1, False)
    assert "no plan was saved" in ended.err
    plan_file(desk).write_text("approved yesterday")
    assert save(desk).code == 2
    assert plan_file(desk).read_text() == "approved yesterday"


@pytest.mark.parametrize(("arguments", "said"), [
    (["--yes"], "name a FILE, or a saved plan"),
    (["--plan", "a.plan", "--limit", "3"], "run as it was sealed"),
    (["--plan", "none.plan"], "there is no such plan"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(desk, arguments, said):
    desk.write(people=2)
    ended = desk.call("run", *arguments)
    assert ended.code == 2
    assert said in ended.err


def test_forgetting_names_the_plans_that_the_ledger_knows(desk, saved, monkeypatch):
    monkeypatch.setenv("CAMPAIGN_HASH_KEY", KEY)
    approve(desk)
    run(desk)
    told = desk.call("people forget", NUMBERS[1], "--yes", "--json").document
    assert told["plans"] == [str(plan_file(desk))]
    assert f"{plan_file(desk)}-report/run-1" in told["files"]
    assert run(desk).code == 0
    assert called(saved) == NUMBERS[:5]
    assert desk.sql("SELECT count(*) FROM rows WHERE phone = ?", NUMBERS[1]) == [(0,)]
