"""`campaign init`: a campaign file for any export, that loads, says why, and that nobody's file is lost to."""

import csv
import io
import stat
import tomllib
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.campaign_file import load
from tests.program import KEY, NUMBERS, submits

SAMPLE = Path(__file__).parent.parent / "sample_data" / "contacts.csv"
#: Texts that a CSV file in UTF-8 can hold; a CR alone would end a line.
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=12)
HEADER = st.one_of(CELL, st.sampled_from(["Phone", "Name", "name", "Id", "Do Not Call", "Opt-in", "Land", "a#2", "a"]))
FILLED = st.one_of(CELL, st.sampled_from([*NUMBERS[:9], "yes", "no", "2024-03-15", "03/04/2024", "Germany", "German"]))


@st.composite
def tables(draw) -> list[list[str]]:
    """A header and a few rows of the same width."""
    headers = draw(st.lists(HEADER, min_size=1, max_size=6).filter(lambda given: any(map(str.strip, given))))
    rows = draw(st.lists(st.lists(FILLED, min_size=len(headers), max_size=len(headers)), max_size=6))
    return [headers, *rows]


def written(desk, *lines: str) -> None:
    desk.file.write_text("\n".join(lines) + "\n", "utf-8")


def content(desk) -> dict:
    return tomllib.loads((desk.folder / "campaign.toml").read_text("utf-8"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(tables())
@example([['a"b\\c{d}|e\u2028\x7f\x01', "{{x}}", "'", '"""'], [NUMBERS[0], "x", "y", "z"]])
@example([["Phone", "Phone", " phone ", "Phone#2", "", "="], [NUMBERS[0], "1", "2", "3", "4", "5"]])
@example([["Do Not Call\nplease", "Opt-in"], ["perhaps", "C:\tx"]])
def test_what_is_made_of_any_table_loads_and_check_stops_for_its_data_alone(desk, table):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    desk.file.write_bytes(text.getvalue().encode())
    file = desk.folder / "campaign.toml"
    file.unlink(missing_ok=True)
    ended = desk.call("init", str(desk.file), "--yes")
    if not ended.code:
        load(file)
        checked = desk.call("check", str(desk.file), "--no-report")
        assert checked.code in {0, 1}, checked.err
        assert checked.code == 0 or "new rows are to fix" in checked.out, checked.out
    else:
        assert not file.exists()
        assert "should not happen" not in ended.err
        assert any(words in ended.err for words in ("no column with a header", "the file", "row 1:")), ended.err


def test_what_is_made_of_the_sample_data_passes_check(desk):
    ended = desk.call("init", str(SAMPLE))
    assert ended.code == 0
    assert desk.call("check", str(SAMPLE), "--no-report").code == 0
    found = content(desk)
    assert found["columns"] == {
        "id": "{Record ID}",
        "phone_number": ["{Mobile Phone Number}", "{Phone Number}"],
        "country": "{Country/Region}",
    }
    assert found["dynamic_variables"]["last_purchase"]["format"] == "%m/%d/%Y"
    assert found["rules"]["max_calls"] == 1000
    text = (desk.folder / "campaign.toml").read_text("utf-8")
    assert "# 98 % of 532 cells are phone numbers" in text
    assert '# email = "{Email}"   # private' in text


def test_an_existing_campaign_file_is_never_overwritten(desk):
    desk.write()
    before = (desk.folder / "campaign.toml").read_bytes()
    ended = desk.call("init", str(desk.file), "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert "not overwritten; move it away, or name another one with -c" in ended.err
    assert (desk.folder / "campaign.toml").read_bytes() == before
    assert [path.name for path in desk.folder.iterdir() if path.name.startswith(".campaign")] == []


def test_a_file_that_somebody_made_while_a_person_was_thinking_is_kept(desk, monkeypatch):
    written(desk, "Phone", NUMBERS[0])

    def typed(_):
        (desk.folder / "campaign.toml").write_text("mine", "utf-8")
        return ""

    monkeypatch.delenv("ELEVENLABS_API_KEY")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", typed)
    assert desk.call("init", str(desk.file)).code == 2
    assert (desk.folder / "campaign.toml").read_text("utf-8") == "mine"


def test_it_is_readable_by_its_owner_alone_and_a_file_that_is_not_there_makes_none(desk):
    assert desk.call("init", str(desk.file)).code == 2
    assert not (desk.folder / "campaign.toml").exists()
    written(desk, "Phone", NUMBERS[0])
    assert desk.call("init", str(desk.file)).code == 0
    assert stat.S_IMODE((desk.folder / "campaign.toml").stat().st_mode) == 0o600


def test_the_document_says_what_was_chosen(desk):
    written(desk, "Phone,Name,Do Not Call", f"{NUMBERS[0]},Ann,no", f"{NUMBERS[1]},Bob,Yes")
    assert desk.call("init", str(desk.file), "--json").document == {
        "campaign_file": str(desk.folder / "campaign.toml"),
        "rows": 2,
        "phone_number": ["{Phone}"],
        "do_not_call": ["{Do Not Call}"],
        "dynamic_variables": ["name"],
        "todo": ["agent_id", "agent_phone_number_id"],
    }
    assert content(desk)["rules"]["do_not_call"] == [{"column": "{Do Not Call}", "values": ["yes"]}]


def test_check_needs_no_agent_and_run_refuses_one_that_is_not_filled_in(desk, at_service):
    sandbox = at_service()
    written(desk, "Phone,Name", f"{NUMBERS[0]},Ann")
    desk.call("init", str(desk.file))
    checked = desk.call("check", str(desk.file), "--no-report")
    assert checked.code == 0
    assert "[campaign] agent_id will be filled in before `run`" in checked.out
    for ended in (desk.run(), desk.call("test", str(desk.file), "--to", NUMBERS[9], "--yes", "--create-ledger")):
        assert (ended.code, submits(sandbox)) == (2, 0)
        assert "[campaign] agent_id and [campaign] agent_phone_number_id: still TODO" in ended.err


def answers(monkeypatch, *typed: str) -> list[str]:
    """Let a person at a terminal type these; gives the questions as they were asked."""
    questions, waiting = [], list(typed)

    def prompt(question):
        questions.append(question)
        return waiting.pop(0)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", prompt)
    return questions


def test_a_person_is_asked_and_chooses_agent_and_number_from_the_services_lists(desk, at_service, monkeypatch):
    at_service(agents=("agent_a", "agent_b"))
    written(desk, "Phone,Name", f"{NUMBERS[0]},Ann")
    answers(monkeypatch, "spring", "Spring survey", "2", "1", "Europe/Paris", "now", "50")
    ended = desk.call("init", str(desk.file))
    assert ended.code == 0
    found = content(desk)
    assert found["campaign"] == {
        "name": "spring", "call_name": "Spring survey", "agent_id": "agent_b", "agent_phone_number_id": "phnum_sandbox",
    }  # fmt: skip
    assert (found["schedule"], found["rules"]["max_calls"]) == ({"start": "now", "timezone": "Europe/Paris"}, 50)
    assert "2  Sandbox agent (agent_b)" in ended.err
    assert "phnum_inbound" not in ended.err  # nobody can be called from it
    assert "+15005550006" not in ended.err + ended.out
    assert KEY not in ended.err + ended.out


def test_enter_takes_the_best_guess_and_an_id_may_be_typed(desk, at_service, monkeypatch):
    at_service(agents=("agent_a", "agent_b"))
    written(desk, "Phone,Name", f"{NUMBERS[0]},Ann")
    questions = answers(monkeypatch, "", "", "agent_other", "", "", "", "")
    assert desk.call("init", str(desk.file)).code == 0
    found = content(desk)
    assert (found["campaign"]["agent_id"], found["campaign"]["agent_phone_number_id"]) == (
        "agent_other",
        "phnum_sandbox",
    )
    assert found["campaign"]["name"].startswith("people-20")
    assert found["schedule"]["start"] == "next 09:00"
    assert len(questions) == 7


def test_a_list_that_is_cut_says_so(desk, at_service, monkeypatch):
    at_service(agents=tuple(f"agent_{n:03}" for n in range(120)))
    written(desk, "Phone,Name", f"{NUMBERS[0]},Ann")
    answers(monkeypatch, "", "", "31", "", "", "", "")
    ended = desk.call("init", str(desk.file))
    assert "30  Sandbox agent (agent_029)" in ended.err
    assert "… and 90 more" in ended.err
    assert content(desk)["campaign"]["agent_id"] == "31"  # what is not shown is not chosen by its place


def test_an_answer_that_cannot_be_meant_is_asked_for_again(desk, monkeypatch):
    monkeypatch.delenv("ELEVENLABS_API_KEY")
    written(desk, "Phone,Name", f"{NUMBERS[0]},Ann")
    answers(monkeypatch, "a\tb", "spring", "", "", "", "Berlin", "Europe/Berlin", "tomorrow", "now", "many", "0", "5")
    ended = desk.call("init", str(desk.file))
    assert ended.code == 0
    for said in ("holds a tab", "'Berlin' is no time zone", "is no start", "greater than or equal to 1"):
        assert said in ended.err
    assert content(desk)["rules"]["max_calls"] == 5
    assert content(desk)["campaign"]["agent_id"] == "TODO"


def test_a_service_that_does_not_answer_is_said_and_ids_are_typed(desk, at_service, monkeypatch):
    at_service("agents/401:*")
    written(desk, "Phone,Name", f"{NUMBERS[0]},Ann")
    answers(monkeypatch, "", "", "agent_x", "phone_x", "", "", "")
    ended = desk.call("init", str(desk.file))
    assert ended.code == 0
    assert "the service's lists of agents and numbers cannot be had" in ended.err
    assert content(desk)["campaign"]["agent_id"] == "agent_x"


def test_without_a_terminal_nothing_is_asked_and_the_service_is_left_alone(desk, at_service):
    sandbox = at_service()
    written(desk, "Phone,Name", f"{NUMBERS[0]},Ann")
    assert desk.call("init", str(desk.file)).code == 0
    assert sandbox.calls.requests("/agents") == []


def test_a_missing_campaign_file_names_it(desk):
    written(desk, "Phone", NUMBERS[0])
    assert "run `campaign init`" in desk.call("check", str(desk.file)).err


def test_an_opt_out_column_that_nobody_heeds_stops_check_and_run_until_it_is_ignored(desk, at_service):
    sandbox = at_service()
    desk.write(people=2)
    desk.file.write_text(
        desk.file.read_text("utf-8").replace("Name", "Name,DoNotCall").replace(",+", ",yes,+"), "utf-8"
    )
    for ended in (desk.call("check", str(desk.file), "--no-report"), desk.run()):
        assert (ended.code, submits(sandbox)) == (1, 0)
        assert "the column DoNotCall seems to say who must not be called" in ended.out
        assert '[rules] do_not_call = { column = "{DoNotCall}" }' in ended.out
        assert '[source] ignore = ["{DoNotCall}"]' in ended.out
    campaign = desk.folder / "campaign.toml"
    campaign.write_text(campaign.read_text("utf-8") + '[source]\nignore = ["DoNotCall"]\n', "utf-8")
    assert desk.run().code == 0
