"""Routes: each person is called by the agent of the first route that fits, and no batch mixes them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.flow import plan
from pipeline.plan.rehearse import rehearsal
from pipeline.report.make import report_of
from pipeline.report.write import write_requests
from schemas.campaign import Campaign
from schemas.plan import Memory, Plan
from tests.build import CAMPAIGN as SMALL
from tests.build import a_campaign, problems_of
from tests.program import CAMPAIGN, NUMBERS, called, submits

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROUTES = """
[[route]]
when = { "{Language}" = ["German", "de"] }
agent_id = "agent_de"
agent_phone_number_id = "phone_de"
[[route]]
when = { "{Language}" = "fr", "{Tier}" = ["gold", ""] }
agent_id = "agent_fr_with_quite_a_long_name"
"""
NOBODY_ELSE = SMALL.replace('agent_id = "agent_1"\n', "")


def planned(folder: Path, rows: list[tuple[str, str]], campaign: Campaign) -> Plan:
    """The plan of people with these languages and tiers."""
    path = folder / "people.csv"
    lines = [f"+1415555{number:04},{language},{tier}" for number, (language, tier) in enumerate(rows, 2600)]
    path.write_text("\n".join(["Phone,Language,Tier", *lines]) + "\n", "utf-8")
    return plan(campaign, path, Memory(), NOW)


def agent_for(language: str, tier: str, others: str | None) -> str | None:
    """Read plainly."""
    if language.strip().lower() in ("german", "de"):
        return "agent_de"
    if language.strip().lower() == "fr" and tier.strip().lower() in ("gold", ""):
        return "agent_fr_with_quite_a_long_name"
    return others


ROWS = st.lists(
    st.tuples(st.sampled_from(["German", " DE ", "fr", "FR", "en", ""]), st.sampled_from(["gold", "", "blue"])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(rows=ROWS, others=st.booleans(), most=st.integers(1, 4), size=st.integers(1000, 1400))
def test_everybody_is_in_one_body_of_the_agent_that_a_plain_look_gives(tmp_path_factory, rows, others, most, size):
    folder = tmp_path_factory.mktemp("requests")
    text = f"{ROUTES}[limits]\nmax_recipients = {most}\nmax_bytes = {size}\n"
    made = planned(folder, rows, a_campaign(text, SMALL if others else NOBODY_ELSE))
    written = [path.read_bytes() for path in sorted(write_requests(made, folder))]
    bodies = [json.loads(body) for body in written]
    found = {each["id"]: body["agent_id"] for body in bodies for each in body["recipients"]}
    expected = [agent_for(*row, "agent_1" if others else None) for row in rows]
    assert found == {f"r{row}": agent for row, agent in enumerate(expected, 2) if agent}
    assert sum(len(body["recipients"]) for body in bodies) == len(found)
    assert [len(body) for body in written] == [batch.body_bytes for batch in made.batches]
    assert max(map(len, written), default=0) <= size
    lost = made.rows.filter(made.rows["codes"] == "no_route")["row"].to_list()
    assert lost == [row for row, agent in enumerate(expected, 2) if agent is None]


def test_a_route_calls_from_its_own_number_or_else_from_that_of_the_campaign(tmp_path):
    made = planned(tmp_path, [("de", ""), ("fr", ""), ("en", "")], a_campaign(ROUTES))
    bodies = [json.loads(path.read_bytes()) for path in write_requests(made, tmp_path)]
    assert {body["agent_id"]: body["agent_phone_number_id"] for body in bodies} == {
        "agent_1": "phone_1", "agent_de": "phone_de", "agent_fr_with_quite_a_long_name": "phone_1",
    }  # fmt: skip


def test_the_report_tells_who_speaks_to_how_many_and_which_route_nobody_takes(tmp_path):
    report = report_of(planned(tmp_path, [("de", ""), ("en", ""), ("de", "x")], a_campaign(ROUTES)))
    assert [(voice.agent_id, voice.people) for voice in report.voices] == [("agent_1", 1), ("agent_de", 2)]
    assert report.first_routes == (1, 0, 1)
    assert any("Nobody takes [[route]] 2 ({Language}, {Tier})" in note for note in report.notes)
    assert not any("[[route]] 1" in note for note in report.notes)


def test_test_calls_are_made_by_the_agent_of_each_row(tmp_path):
    made = planned(tmp_path, [("de", ""), ("en", ""), ("de", "x"), ("en", ""), ("fr", "")], a_campaign(ROUTES))
    test = rehearsal(made, [2, 3, 4, 5], 14155552671)
    assert [(batch.route, batch.recipients) for batch in test.batches] == [(0, 2), (1, 2)]
    assert {number: [each["id"] for each in json.loads(b"[" + texts + b"]")] for number, texts in test.spilled.payloads(test.rows)} == {
        1: ["r3", "r5"], 2: ["r2", "r4"],
    }  # fmt: skip
    assert test.head_of(test.batches[1]).agent_id == "agent_de"
    assert len(report_of(test).first) == 3


@pytest.mark.parametrize(("route", "said"), [
    ('[[route]]\nagent_id = "a"', "[[route]], entry 1, when: is required; add when = "),
    ('[[route]]\nwhen = { "{A}" = "x" }', '[[route]], entry 1, agent_id: is required; add agent_id = "agent_…"'),
    ('[[route]]\nwhen = {}\nagent_id = "a"', "[[route]], entry 1, when: "),
    ('[[route]]\nwhen = { "A" = "x" }\nagent_id = "a"', '"A" must be one column'),
    ('[[route]]\nwhen = { "{A|upper}" = "x" }\nagent_id = "a"', "must be one column"),
    ('[[route]]\nwhen = { "{A}" = [] }\nagent_id = "a"', "must be a list of texts"),
    ('[[route]]\nwhen = { "{A}" = "x" }\nagent = "a"', "agent: unknown key"),
    ('[route]\nwhen = { "{A}" = "x" }\nagent_id = "a"', "must be written as [[route]]"),
])  # fmt: skip
def test_a_route_that_cannot_be_is_told_in_words(route, said):
    assert any(said in problem for problem in problems_of(route)), problems_of(route)


def test_somebody_must_speak_and_call_from_a_number():
    assert any("[campaign] agent_id: is required" in each for each in problems_of("", NOBODY_ELSE))
    without = NOBODY_ELSE.replace('agent_phone_number_id = "phone_1"\n', "")
    (told,) = problems_of(ROUTES, without)
    assert "agent_phone_number_id is required to call by phone; add it here, or to [[route]] 2" in told
    assert a_campaign(ROUTES, NOBODY_ELSE).agents == {"agent_de", "agent_fr_with_quite_a_long_name"}


def test_what_init_left_open_is_asked_for_in_routes_too():
    open_one = '[[route]]\nwhen = { "{A}" = "x" }\nagent_id = "TODO"\n'
    assert a_campaign(open_one).unfilled == ("[[route]] 1 agent_id",)


PEOPLE = CAMPAIGN + '[[route]]\nwhen = { "{Name}" = ["Person 1", "Person 3"] }\nagent_id = "agent_2"\n'


def test_a_run_sends_each_batch_as_its_agent_and_nobody_is_called_twice_when_routes_change(desk, at_service):
    sandbox = at_service()
    desk.write(people=5, campaign=PEOPLE)
    assert desk.run().code == 0
    agents = {each.recipient["id"]: each for each in sandbox.calls.placed()}
    assert sorted(called(sandbox)) == NUMBERS[:5]
    heads = [json.loads(head)["agent_id"] for (head,) in desk.sql("SELECT head FROM batches ORDER BY number")]
    assert heads == ["agent_1", "agent_2"]
    bodies = [json.loads(sandbox.calls.body(batch.id)) for batch in sandbox.calls.batches()]
    assert {body["agent_id"]: {each["id"] for each in body["recipients"]} for body in bodies} == {
        "agent_1": {"r0", "r2", "r4"}, "agent_2": {"r1", "r3"},
    }  # fmt: skip
    assert len(agents) == 5
    desk.write(people=5, campaign=PEOPLE.replace("agent_2", "agent_3").replace("Person 1", "Person 2"))
    assert desk.run().code == 0
    assert submits(sandbox) == 2


def test_what_is_left_of_a_run_is_resumed_as_its_agent(desk, at_service):
    sandbox = at_service("429=0@2:2")
    desk.write(people=4, campaign=PEOPLE.replace("attempts = 2", "attempts = 2\nconcurrency = 1"))
    assert desk.run().code == 3
    assert desk.call("resume").code == 0
    assert [batch.head["agent_id"] for batch in sandbox.calls.batches()] == ["agent_1", "agent_2"]
    assert sorted(called(sandbox)) == NUMBERS[:4]


def test_a_batch_of_any_routes_agent_that_the_ledger_does_not_know_stops_a_run(desk, at_service):
    at_service()
    desk.write(people=4, campaign=PEOPLE)
    assert desk.run().code == 0
    desk.sql("UPDATE attempts SET token = '0000000000' WHERE batch_id = 2")
    desk.write(people=5, campaign=PEOPLE)  # the new one is of no route
    ended = desk.run()
    assert ended.code == 2
    assert "1 batch is at the service but not in this ledger" in ended.err


def test_every_routes_agent_is_looked_at_before_anything_is_sent(desk, at_service):
    sandbox = at_service(agents=("agent_1",))
    desk.write(people=4, campaign=PEOPLE)
    ended = desk.run()
    assert (ended.code, submits(sandbox)) == (2, 0)
    assert "agent: the service has no agent agent_2" in ended.out


def test_a_stop_cancels_the_batches_of_every_routes_agent(desk, at_service):
    sandbox = at_service(call_seconds=600)
    desk.write(people=4, campaign=PEOPLE.replace('start = "now"', 'start = "2099-01-01 12:00"'))
    assert desk.run().code == 0
    assert desk.call("stop").code == 0
    assert {batch.head["agent_id"] for batch in sandbox.calls.batches() if batch.cancelled_at} == {"agent_1", "agent_2"}
