"""Preflight: what would not be heard, or not be permitted, is said before anything is sent, and nothing else is."""

import asyncio
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import flow
from pipeline.cli import cli
from pipeline.deliver.preflight import voices
from pipeline.plan.preflight import misses
from pipeline.report.first import heard
from pipeline.report.make import report_of
from pipeline.service.agents import agent_of, caller_of
from pipeline.service.client import ServiceError
from schemas.agents import Agent, Caller, Check, Voice, Words
from schemas.plan import Memory, Plan
from schemas.receipts import ListedNumber
from schemas.request import RECIPIENT_SEPARATOR, Head
from tests.build import a_campaign
from tests.program import CAMPAIGN, submits

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALL = {
    "turn": {"soft_timeout_config": {"message": True}},
    "tts": {"voice_id": True, "stability": True, "speed": True, "similarity_boost": True},
    "conversation": {"text_only": True},
    "agent": {"first_message": True, "language": True, "prompt": {"prompt": True, "llm": True}},
}
CALLER = Caller("phone_1", "Line", "+1415•••71")


def an_agent(message: str = "Hello!", prompt: str = "Ask.", **more) -> Agent:
    return Agent("agent_1", "Ann", {"en": Words(message, prompt), **more}, ALL)


def a_plan(folder, text: str, *rows: str) -> Plan:
    """The plan of people with these cells: Lang, A, B."""
    path = folder / "people.csv"
    lines = [f"+1415555{number:04},{row}" for number, row in enumerate(rows, 2600)]
    path.write_text("\n".join(["Phone,Lang,A,B", *lines]) + "\n", "utf-8")
    return flow.plan(a_campaign(text), path, Memory(), NOW)


def missed(plan: Plan, agent: Agent | None, caller: Caller | None = CALLER, skipped: Check | None = None) -> list[str]:
    return list(misses(plan, [Voice(0, agent, caller)], skipped))


FED = '[dynamic_variables]\na = "{A}"\nb = { column = "{B}", required = false }\n'


def test_what_suits_is_not_spoken_of(tmp_path):
    plan = a_plan(tmp_path, FED + '[overrides.agent]\nlanguage = "{Lang}"\n', "en,x,y", "EN,x,y")
    assert missed(plan, an_agent("Hello {{a}}, {{b}} at {{system__time_utc}}!", "Ask {{ a }}.")) == []


def test_an_agent_that_is_not_there_is_said(tmp_path):
    (line,) = missed(a_plan(tmp_path, "", "en,x,y"), None)
    assert line.startswith("agent: the service has no agent agent_1; correct agent_id")


@pytest.mark.parametrize(("caller", "said"), [
    (None, "the account has no phone number phone_1"), (Caller("phone_1", "Desk", "", dials=False), "Desk (phone_1) takes calls only"),
])  # fmt: skip
def test_a_number_that_cannot_be_called_from_is_said(tmp_path, caller, said):
    (line,) = missed(a_plan(tmp_path, "", "en,x,y"), an_agent(), caller)
    assert line.startswith(f"number: {said}")


@pytest.mark.parametrize(("permits", "forbidden"), [
    ({}, ["[overrides.tts] speed", "[overrides.agent.prompt] llm"]),
    ({"tts": True, "agent": {"prompt": {"llm": False}}}, ["[overrides.tts] speed", "[overrides.agent.prompt] llm"]),
    ({"tts": {"speed": True}, "agent": {"prompt": {"prompt": True}}}, ["[overrides.agent.prompt] llm"]),
    (ALL, []),
])  # fmt: skip
def test_every_override_that_is_not_permitted_is_a_line(tmp_path, permits, forbidden):
    plan = a_plan(tmp_path, '[overrides.tts]\nspeed = 1.1\n[overrides.agent.prompt]\nllm = "gpt-4o-mini"\n', "en,x,y")
    lines = missed(plan, Agent("agent_1", "", {"en": Words("", "")}, permits))
    assert [re.search(r"what (.+) overrides", line)[1] for line in lines] == forbidden


def test_an_extra_body_that_is_not_permitted_is_said(tmp_path):
    plan = a_plan(tmp_path, '[custom_llm_extra_body]\nversion = "v2"\n', "en,x,y")
    (line,) = missed(plan, Agent("agent_1", "", {"en": Words("", "")}, ALL, permits_extra_body=False))
    assert "does not permit [custom_llm_extra_body]" in line


def test_a_variable_that_nothing_feeds_and_one_that_a_row_lacks_are_told_apart(tmp_path):
    plan = a_plan(tmp_path, FED, "en,x,y", "en,x,", "en,x,")
    unfed, lacking = sorted(missed(plan, an_agent("Hello {{city}}", "Of {{b}} and {{a}}")))
    assert (
        "nothing feeds {{city}} for the first message of the agent Ann (agent_1) (3 people, the first in row 2)"
        in unfed
    )
    assert "add it to [dynamic_variables]" in unfed
    assert "some rows have no {{b}} for the prompt of the agent Ann (agent_1) (2 people, the first in row 3)" in lacking
    assert "give it a default" in lacking


def test_the_agents_own_text_counts_only_where_none_is_sent(tmp_path):
    agent = an_agent("Hello {{city}}")
    assert missed(a_plan(tmp_path, '[overrides.agent]\nfirst_message = "Hi"\n', "en,x,y"), agent) == []
    (line,) = missed(a_plan(tmp_path, '[overrides.agent]\nfirst_message = "{B}"\n', "en,x,y", "en,x,"), agent)
    assert "{{city}}" in line
    assert "(row 3)" in line


def test_a_text_that_is_sent_needs_its_variables_too(tmp_path):
    plan = a_plan(tmp_path, FED + '[overrides.agent]\nfirst_message = "Hi {{b}}"\n', "en,x,y", "en,x,")
    (line,) = missed(plan, an_agent())
    assert "some rows have no {{b}} for what [overrides.agent] says (row 3)" in line


def test_a_language_that_the_agent_does_not_speak_is_said_with_those_that_it_speaks(tmp_path):
    plan = a_plan(tmp_path, '[overrides.agent]\nlanguage = "{Lang}"\n', "en,x,y", "fr,x,y", "de,x,y", "fr,x,y", ",x,y")
    (line,) = missed(plan, an_agent(de=Words("Hallo", "Frage")))
    assert "does not speak fr (2 people, the first in row 3), but en, de" in line


def test_many_languages_are_cut_and_a_number_in_their_place_is_masked(tmp_path):
    rows = [f"{chr(97 + number // 26)}{chr(97 + number % 26)}q,x,y" for number in range(40)]
    lines = missed(a_plan(tmp_path, '[overrides.agent]\nlanguage = "{Lang}"\n', "+14155550199,x,y", *rows), an_agent())
    assert len(lines) == 13
    assert "does not speak +1415•••99 (row 2)" in lines[0]
    assert lines[-1] == "language: 29 more languages (29 people) that the agent does not speak"


def test_the_words_of_a_language_count_for_those_who_are_spoken_to_in_it(tmp_path):
    plan = a_plan(tmp_path, '[overrides.agent]\nlanguage = "{Lang}"\n', "en,x,y", "de,x,y", "en,x,y")
    (line,) = missed(plan, an_agent(de=Words("Hallo {{stadt}}", "Ask.")))
    assert "{{stadt}}" in line
    assert "(row 3)" in line


def test_one_check_is_passed_over_and_the_others_are_not(tmp_path):
    plan = a_plan(tmp_path, '[overrides.tts]\nspeed = 1.1\n[overrides.agent]\nlanguage = "{Lang}"\n', "fr,x,y")
    agent = Agent("agent_1", "", {"en": Words("{{city}}", "")}, {"agent": {"language": True}})
    said = {check: {line.partition(":")[0] for line in missed(plan, agent, None, check)} for check in [None, *Check]}
    assert said[None] == {"number", "overrides", "placeholders", "language"}
    assert all(said[check] == said[None] - {check} for check in Check)


TEXTS = st.lists(st.sampled_from(["a", "b", "c", "system__time_utc"]), max_size=2).map(
    lambda names: " ".join(["Hi", *(f"{{{{{name}}}}}" for name in names)])
)
CELLS = st.lists(st.sampled_from(["en", "de", "fr", ""]).flatmap(
    lambda language: st.tuples(st.just(language), st.sampled_from(["", "x"]), st.sampled_from(["", "y"])).map(",".join)
), min_size=1, max_size=4)  # fmt: skip


@settings(max_examples=40)
@given(
    rows=CELLS, own=st.tuples(TEXTS, TEXTS), german=st.tuples(TEXTS, TEXTS), sent=st.sampled_from(["", "{A}", "{A} {{b}}", "Hey {{b}}"])
)  # fmt: skip
def test_what_a_plain_look_at_every_recipient_finds_is_what_is_said(tmp_path_factory, rows, own, german, sent):
    text = '[dynamic_variables]\na = { column = "{A}", required = false }\nb = { column = "{B}", required = false }\n'
    text += '[overrides.agent]\nlanguage = "{Lang}"\n' + (f'first_message = "{sent}"\n' if sent else "")
    plan = a_plan(tmp_path_factory.mktemp("plan"), text, *rows)
    agent = an_agent(*own, de=Words(*german))
    found = [*plan.spilled.payloads(plan.rows.filter(plan.rows["outcome"] == "planned"))]
    recipients = [json.loads(each) for _, texts in found for each in texts.split(RECIPIENT_SEPARATOR)]
    lines = missed(plan, agent)
    said = {found[1] for line in lines if (found := re.search(r"\{\{(\w+)\}\}", line))}
    assert said == {name for recipient in recipients for name in _lacked(recipient, agent)}
    assert any("does not speak fr" in line for line in lines) == any(row.startswith("fr") for row in rows)


def _lacked(recipient: dict, agent: Agent) -> set[str]:
    """The variables that one recipient would hear and has not, read plainly."""
    client = recipient.get("conversation_initiation_client_data", {})
    override = client.get("conversation_config_override", {}).get("agent", {})
    words = agent.words.get(override.get("language", "en"), agent.words["en"])
    texts = [override.get("first_message", words.first_message), words.prompt]
    needed = {name for text in texts for name in re.findall(r"\{\{(\w+)\}\}", text)}
    return {name for name in needed - {"system__time_utc"} if name not in client.get("dynamic_variables", {})}


def test_the_report_says_what_people_would_hear_in_the_agents_words(tmp_path):
    plan = a_plan(tmp_path, FED + '[overrides.agent]\nlanguage = "{Lang}"\n', "en,x,y", "de,z,y")
    agent = an_agent("Hello {{a}}, call 415-555-9999", "Ask.", de=Words("Hallo {{a}}", "Ask."))
    report = report_of(flow.replace(plan, voices=(Voice(0, agent, CALLER),)))
    assert [each.first_message for each in report.heard] == ["Hello x, call 415-5•••99", "Hallo z"]
    (voice,) = report.voices
    assert (voice.agent, voice.caller, voice.languages) == ("Ann (agent_1)", "Line +1415•••71 (phone_1)", ("en", "de"))
    first = heard(report.first[0], 2, voice)
    assert first.own == {"first_message", "prompt"}
    assert ("x", True) in first.message


def test_an_agent_is_read_with_the_words_of_each_language():
    told = {
        "agent_id": "a", "name": None,
        "conversation_config": {
            "agent": {"first_message": "Hello", "language": "en", "prompt": {"prompt": "Ask."}},
            "language_presets": {
                "de": {"overrides": {"agent": {"first_message": "Hallo"}}, "first_message_translation": None},
                "FR": {"overrides": {"agent": None}, "first_message_translation": {"source_hash": "x", "text": "Salut"}},
                "es": {"overrides": {}},
            },
        },
        "platform_settings": {"overrides": {"conversation_config_override": {"tts": {"speed": True}}}},
    }  # fmt: skip
    agent = agent_of(told)
    assert {language: words.first_message for language, words in agent.words.items()} == {
        "en": "Hello", "de": "Hallo", "fr": "Salut", "es": "Hello",
    }  # fmt: skip
    assert {words.prompt for words in agent.words.values()} == {"Ask."}
    assert (agent.language, [*agent.own_words]) == ("en", ["en", "de", "fr"])
    assert agent.permits_override(("tts", "speed"))
    assert not agent.permits_override(("tts",))
    assert agent.permits_extra_body


@pytest.mark.parametrize("told", [{}, {"agent_id": "a"}, {"agent_id": "a", "conversation_config": {"agent": ["x"]}}])
def test_an_agent_that_cannot_be_read_is_an_error(told):
    with pytest.raises(ServiceError, match="the agent cannot be read"):
        agent_of(told)


class Asked:
    """A service with one agent and one number, which counts what it is asked."""

    def __init__(self):
        self.asked = []

    async def agent(self, agent_id):
        self.asked.append(agent_id)
        if agent_id == "broken":
            raise ServiceError("no", 403)
        if agent_id != "agent_1":
            raise ServiceError("no", 404)
        return {"agent_id": agent_id, "name": "Ann", "conversation_config": {"agent": {"first_message": "Hi"}}}

    async def phone_number(self, number_id):
        self.asked.append(number_id)
        return ListedNumber(phone_number_id=number_id, phone_number="+14155552671", label="Line")


def told(heads: dict, skipped: Check | None = None) -> tuple[Asked, tuple[Voice, ...]]:
    service = Asked()
    return service, asyncio.run(voices(service, heads, skipped))


def test_each_agent_and_number_is_asked_for_once_and_what_is_not_there_is_none():
    heads = {0: Head("S", "agent_1", "phone_1"), 1: Head("S", "agent_2", "phone_1"), 2: Head("S", "agent_1", None)}
    service, found = told(heads)
    assert service.asked == ["agent_1", "phone_1", "agent_2"]
    assert [(each.route, each.agent and each.agent.name) for each in found] == [(0, "Ann"), (1, None), (2, "Ann")]
    assert [str(each.caller) for each in found] == ["Line +1415•••71 (phone_1)"] * 2 + ["None"]


@pytest.mark.parametrize(("skipped", "asked"), [(Check.AGENT, ["phone_1"]), (Check.NUMBER, ["agent_1"])])
def test_what_is_skipped_is_not_asked_for(skipped, asked):
    assert told({0: Head("S", "agent_1", "phone_1")}, skipped)[0].asked == asked


def test_an_agent_that_may_not_be_seen_is_no_miss_but_an_error():
    with pytest.raises(ServiceError):
        told({0: Head("S", "broken", "phone_1")})


def test_a_number_is_masked_when_it_is_read():
    assert caller_of(ListedNumber(phone_number_id="p", phone_number="+14155552671")) == Caller("p", "", "+1415•••71")


def test_a_run_whose_agent_does_not_suit_sends_nothing_and_check_says_so_first(desk, at_service):
    sandbox = at_service(placeholders=("name", "city"), forbidden=("tts.speed",), numbers=("phone_2",))
    desk.write(people=3, campaign=CAMPAIGN + "[overrides.tts]\nspeed = 1.1\n")
    checked, ran = desk.call("check", str(desk.file), "--online"), desk.run()
    assert (checked.code, ran.code, submits(sandbox)) == (2, 2, 0)
    for said in (
        "- number: ",
        "- overrides: ",
        "- placeholders: nothing feeds {{city}}",
        "agent Sandbox agent (agent_1)",
    ):
        assert said in checked.out
        assert said in ran.out
    assert desk.sql("SELECT COUNT(*) FROM runs") == [(0,)]
    page = (desk.folder / "people.csv-report" / "report.html").read_text("utf-8")
    assert "does not permit what" in page


def test_one_check_may_be_left_out_and_the_ledger_keeps_what_people_heard(desk, at_service):
    at_service(placeholders=("name", "city"))
    desk.write(people=2)
    assert desk.run().code == 2
    ended = desk.run("--skip-check", "placeholders", "--json")
    assert ended.code == 0
    assert "the check placeholders of what the service has was left out" in ended.document["notes"]
    assert ended.document["heard"][0]["first_message"] == "Hello Person 0, do you have two minutes for a question?"
    ((kept,),) = desk.sql("SELECT voices FROM runs")
    (voice,) = json.loads(kept)
    assert (voice["agent_name"], voice["number_label"], voice["number"]) == (
        "Sandbox agent",
        "Sandbox line",
        "+1500•••06",
    )
    assert "{{city}}" in voice["words"]["en"]["prompt"]


def test_check_asks_nobody_unless_it_is_told_to(desk, at_service, monkeypatch):
    sandbox = at_service(agents=("agent_2",))
    desk.write(people=2)
    assert desk.call("check", str(desk.file)).code == 0
    assert sandbox.calls.requests("/v1") == []
    assert desk.call("check", str(desk.file), "--online").code == 2
    monkeypatch.delenv("ELEVENLABS_API_KEY")
    without = desk.call("check", str(desk.file), "--online")
    assert without.code == 2
    assert "ELEVENLABS_API_KEY" in without.err


def test_a_rule_that_stops_a_run_is_told_first_and_a_key_that_is_refused_ends_it(desk, at_service):
    at_service("agent/403", numbers=("phone_2",))
    desk.write(people=3, campaign=CAMPAIGN.replace("max_calls = 100", "max_calls = 2"))
    denied = desk.call("check", str(desk.file), "--online")
    assert (denied.code, "permission" in denied.err) == (2, True)
    both = desk.call("check", str(desk.file), "--online")
    assert both.code == 1
    assert "- number: " in both.out
    assert "max_calls" in both.out


def test_the_checks_that_may_be_left_out_are_those_that_there_are(desk):
    for command in ("check", "run"):
        option = next(each for each in cli.get_command(None, command).params if each.name == "skip_check")
        assert set(option.type.choices) == set(Check)
    desk.write(people=1)
    ended = desk.call("check", str(desk.file), "--skip-check", "agent")
    assert (ended.code, "--online only" in ended.err) == (2, True)


@pytest.mark.parametrize("command", [("check", "--online"), ("run", "--yes")])
def test_two_checks_are_not_left_out_and_that_is_said(desk, command):
    desk.write(people=1)
    ended = desk.call(command[0], str(desk.file), command[1], "--skip-check", "agent", "--skip-check", "number")
    assert (ended.code, "one check, not agent and number" in ended.err) == (2, True)


def test_the_page_says_whose_words_they_are(desk, at_service):
    at_service(placeholders=("name",))
    desk.write(people=1)
    assert desk.call("check", str(desk.file), "--online").code == 0
    page = (desk.folder / "people.csv-report" / "report.html").read_text("utf-8")
    for said in (
        "The agent's own first message.",
        "The agent&#39;s own prompt, for this person",
        "Sandbox line +1500•••06 (phone_1)",
    ):
        assert said in page
