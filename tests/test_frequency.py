"""`[rules.frequency]`: nobody is called too often, or too soon after another call, by whichever campaign."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import flow
from pipeline.deliver.adopt import ClaimConflict, adopt
from pipeline.ledger import open_ledger
from pipeline.plan.frequency import cap
from schemas.addresses import Kind
from schemas.calls import Calls
from schemas.earlier import Frequency
from schemas.hashing import Forgotten, HashKey
from schemas.states import BatchState
from tests.conftest import DATABASES
from tests.plans import NOW, Person, context, number, people, placed, plan_of, rows_of
from tests.program import CAMPAIGN, NUMBERS, called, submits

DAY = 86_400
START = datetime.fromtimestamp(NOW, UTC)
CAPPED = CAMPAIGN + "[rules.frequency]\ncalls = 2\ndays = 30\n"


def calls_of(*calls: tuple[float | None, tuple[str | int, ...]], last_run: int = 0) -> Calls:
    """Calls of (when, addresses): numbers are phones, texts that begin with w are WhatsApp ids, others are ids."""
    by = {kind: [] for kind in Kind}
    for number_, (at, addresses) in enumerate(calls):
        for each in addresses:
            kind = Kind.PHONE if isinstance(each, int) else Kind.WHATSAPP if each.startswith("w") else Kind.ID
            by[kind].append((each, number_, None if at is None else int(at)))
    schema = {"call": pl.Int64, "at": pl.Int64}
    return Calls(
        {
            kind: pl.DataFrame(
                lines, schema={"key": pl.Int64 if kind is Kind.PHONE else pl.String} | schema, orient="row"
            )
            for kind, lines in by.items()
        },
        last_run,
    )


def capped(persons, calls, rule, forgotten=None):
    return cap(rows_of(persons, 9), calls, rule, START, forgotten)


def codes(persons, calls, rule, forgotten=None):
    return capped(persons, calls, rule, forgotten)[0]["codes"].to_list()


TWICE = Frequency(calls=2, days=30)
GAP = Frequency(gap=timedelta(days=2))


@pytest.mark.parametrize(
    ("calls", "rule", "code"),
    [
        ([NOW - DAY], TWICE, None),
        ([NOW - DAY, NOW - 29 * DAY], TWICE, "called_too_often"),
        ([NOW - DAY, NOW - 30 * DAY], TWICE, None),
        ([NOW - DAY, None], TWICE, "called_too_often"),
        ([NOW - DAY, NOW + 90 * DAY], TWICE, "called_too_often"),
        ([NOW - 2 * DAY], GAP, None),
        ([NOW - 2 * DAY + 1], GAP, "called_too_recently"),
        ([None], GAP, "called_too_recently"),
        (
            [NOW - DAY, NOW - DAY],
            Frequency(calls=2, days=30, gap=timedelta(days=2)),
            "called_too_often,called_too_recently",
        ),
    ],
)
def test_calls_of_whichever_campaign_count(calls, rule, code):
    assert codes(people(2, 1), calls_of(*((at, (number(2),)) for at in calls)), rule) == [code]


def test_a_person_is_known_by_any_address_and_a_call_counts_once():
    persons = [Person(2, 1, "w1", "a")]
    once = calls_of((NOW, (1, "w1", "a")))
    assert codes(persons, once, TWICE) == [None]
    assert codes(persons, calls_of((NOW, (1, "b")), (NOW, (2, "a"))), TWICE) == ["called_too_often"]


def test_what_is_said_names_the_calls():
    rule = Frequency(calls=1, days=30, gap=timedelta(hours=12))
    _, found = capped(people(2, 2), calls_of((NOW - 3600, (number(2),)), (None, (number(3),))), rule)
    assert found.select("row", "code", "detail").rows() == [
        (2, "called_too_often", "1 call in 30 days"),
        (2, "called_too_recently", "called 2024-04-01 12:00 UTC"),
        (3, "called_too_often", "1 call in 30 days"),
        (3, "called_too_recently", "a call is still to come"),
    ]


def test_calls_to_people_who_were_forgotten_count_as_well():
    key = HashKey(b"k" * 32)
    calls = calls_of()
    hashed = pl.DataFrame({"key": [key.of(Kind.PHONE, number(2))] * 2, "call": [1, 2], "at": [int(NOW), None]})
    known = Calls(dict(calls.by) | {Kind.HASH: hashed}, 0)
    forgotten = Forgotten(key, pl.Series([], dtype=pl.String))
    assert codes(people(2, 2), known, TWICE, forgotten) == ["called_too_often", None]


def test_without_the_rule_nothing_is_looked_at():
    rows = rows_of(people(2, 1), 9)
    assert cap(rows, None, None, START, None)[0] is rows


ADDRESSES = st.lists(st.sampled_from([1, 2, 3, "w1", "w2", "a", "b"]), min_size=1, max_size=3, unique=True)
WHEN = st.one_of(st.none(), st.integers(-9, 3).map(lambda days: NOW + days * DAY))


@given(
    st.lists(st.tuples(WHEN, ADDRESSES.map(tuple)), max_size=9), st.integers(1, 3), st.integers(1, 8), st.integers(0, 4)
)
def test_whoever_is_over_the_cap_is_left_out_and_nobody_else(calls, most, days, gap):
    """Against a plain oracle that looks at every call for every person."""
    rule = Frequency(calls=most, days=days, gap=timedelta(days=gap) if gap else None)
    persons = [Person(2, 1, "w1", "a"), Person(3, 2, None, "b"), Person(4, None, "w2"), Person(5, 9, None, "z")]
    rows, found = capped(persons, calls_of(*calls), rule)
    for person, code in zip(persons, rows["codes"].to_list(), strict=True):
        mine = [at for at, reached in calls if {person.e164, person.whatsapp, person.id} & set(reached)]
        often = sum(at is None or NOW - at < days * DAY for at in mine) >= most
        soon = gap > 0 and any(at is None or NOW - at < gap * DAY for at in mine)
        expected = ["called_too_often"] * often + ["called_too_recently"] * soon
        assert code == (",".join(expected) or None)
        assert found.filter(pl.col("row") == person.row)["code"].to_list() == expected


@pytest.fixture
def ledger(place):
    with open_ledger(place, create=True, clock=lambda: NOW) as opened:
        yield opened


def put(ledger, run, state, at=NOW, start="NULL", last="NULL"):
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    with ledger.transaction() as connection:
        connection.exec_driver_sql(
            f"UPDATE batches SET state = '{state}', state_at = '{moment}', start_unix = {start},"
            f" service_last_updated_at_unix = {last} WHERE run_id = {run}"
        )


def moments(ledger, campaign="survey", since=NOW - 30 * DAY):
    """When each call to a number was, as the memory has it."""
    calls = ledger.memory(campaign, calls_since=since).calls
    return dict(calls.by[Kind.PHONE].select("key", "at").rows())


@pytest.mark.parametrize("state", list(BatchState))
def test_calls_that_were_made_may_have_been_or_will_be_are_in_the_memory(ledger, state):
    adopt(plan_of(people(2, 1), name="other"), ledger, context(), NOW)
    put(ledger, 1, state)
    expected = {
        BatchState.REFUSED: {},
        BatchState.SUPERSEDED: {},
        BatchState.PLANNED: {number(2): None},
        BatchState.SENDING: {number(2): None},
    }
    assert moments(ledger) == expected.get(state, {number(2): int(NOW)})
    own = {} if state is BatchState.PLANNED else moments(ledger)
    assert moments(ledger, "other") == own


def test_a_call_may_be_as_late_as_anything_that_is_known_of_its_batch(ledger):
    adopt(plan_of(people(2, 1), name="other"), ledger, context(), NOW)
    put(ledger, 1, "accepted", at=NOW - 5 * DAY)
    assert moments(ledger) == {number(2): int(NOW - 5 * DAY)}
    put(ledger, 1, "accepted", at=NOW - 99 * DAY, start=int(NOW + DAY))
    assert moments(ledger) == {number(2): int(NOW + DAY)}
    put(ledger, 1, "unconfirmed", at=NOW - 99 * DAY, start=int(NOW - 98 * DAY), last=int(NOW - DAY))
    assert moments(ledger) == {number(2): int(NOW - DAY)}
    put(ledger, 1, "accepted", at=NOW - 99 * DAY, start=int(NOW - 98 * DAY), last=int(NOW - 31 * DAY))
    assert moments(ledger) == {}
    assert ledger.memory("survey").calls is None


def test_the_calls_of_a_person_are_one_under_all_addresses_and_tests_are_none(ledger):
    adopt(plan_of([Person(2, number(2), "w", "x")], name="other"), ledger, context(), NOW)
    adopt(plan_of(people(2, 1), name="other"), ledger, context("test"), NOW)
    calls = ledger.memory("survey", calls_since=0.0).calls
    ((_, call, _),) = calls.by[Kind.PHONE].rows()
    assert [frame["call"].to_list() for frame in calls.by.values()] == [[call], [call], [call], []]
    assert calls.last_run == 2


def test_who_is_claimed_by_another_campaign_meanwhile_is_not_called_too(ledger):
    """Both plans were made before either was adopted."""
    calls = ledger.memory("survey", calls_since=0.0).calls
    mine = replace(plan_of(people(2, 3), name="survey"), last_run=calls.last_run)
    adopt(plan_of(people(4, 2), name="other"), ledger, context(), NOW)
    with pytest.raises(ClaimConflict, match="another campaign"):
        adopt(mine, ledger, context(), NOW)
    apart = replace(plan_of(people(20, 2), name="survey"), last_run=calls.last_run)
    adopt(apart, ledger, context(), NOW)
    adopt(replace(mine, last_run=None), ledger, context(), NOW)
    again = ledger.memory("survey", calls_since=0.0).calls
    adopt(replace(mine, last_run=again.last_run), ledger, context(), NOW)


RUN = st.tuples(
    st.sampled_from(["spring", "summer", "autumn"]),
    st.integers(0, 3),  # days since the run before
    st.integers(0, 3),  # days until its calls begin
    st.sets(st.integers(2, 4), min_size=1),
)


@settings(max_examples=15)
@given(st.lists(RUN, max_size=7), st.integers(1, 2), st.integers(1, 5))
def test_no_runs_of_whichever_campaigns_call_anybody_over_the_cap(runs, most, days):
    """Through a ledger; then every call that was made is looked at with every other one."""
    rule, now, made = Frequency(calls=most, days=days), NOW, []
    with tempfile.TemporaryDirectory() as folder, open_ledger(Path(folder) / "l.sqlite", create=True) as ledger:
        for campaign, later, ahead, rows in runs:
            now += later * DAY
            start = now + ahead * DAY
            memory = ledger.memory(campaign, calls_since=now - days * DAY)
            persons = [Person(row, number(row), id=f"{campaign}-{now}-{row}") for row in sorted(rows)]
            persons = [each for each in persons if number(each.row) not in set(memory.phones)]
            planned, _ = cap(rows_of(persons, 9), memory.calls, rule, datetime.fromtimestamp(start, UTC), None)
            plan = plan_of(placed(planned.drop("batch", "position"), 9), name=campaign)
            plan = replace(plan, last_run=memory.calls.last_run)
            done = adopt(plan, ledger, context(), now)
            put(ledger, done.run_id, "accepted", at=now, start=int(start))
            made += [(row, start) for row, code in planned.select("row", "codes").rows() if code is None]
    for row, at in made:
        assert sum(other == row and 0 <= at - moment < days * DAY for other, moment in made) <= most


def older(desk, days):
    """As if all that is known had happened so many days earlier."""
    for batch, at in desk.sql("SELECT id, state_at FROM batches"):
        moment = datetime.fromisoformat(at) - timedelta(days=days)
        text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        desk.sql("UPDATE batches SET state_at = ? WHERE id = ?", text, batch)
    desk.sql(f"UPDATE batches SET service_last_updated_at_unix = service_last_updated_at_unix - {days * DAY}")


def runs_as(desk, name, *more, people=2):
    desk.write(people=people, campaign=CAPPED.replace('"spring"', f'"{name}"'))
    ended = desk.run("--json", *more)
    assert ended.code == 0, ended.err
    return ended.document


@pytest.mark.parametrize("desk", DATABASES, indirect=True)
def test_campaigns_of_one_ledger_call_nobody_too_often(desk, at_service):
    sandbox = at_service()
    assert runs_as(desk, "spring")["counts"]["planned"] == 2
    assert runs_as(desk, "summer", people=3)["counts"]["planned"] == 3
    third = runs_as(desk, "autumn", people=3)
    assert third["counts"] == {"rows": 3, "planned": 1, "to_fix": 0, "left_out": 2, "called_before": 0}
    assert [(told["code"], told["rows"]) for told in third["findings"]] == [("called_too_often", 2)]
    rule = "Nobody is called more than 2 times in 30 days, counting all campaigns of the ledger ([rules.frequency])."
    assert rule in third["notes"]
    older(desk, 31)
    assert runs_as(desk, "winter", people=2)["counts"]["planned"] == 2
    assert called(sandbox) == [*NUMBERS[:2], *NUMBERS[:3], NUMBERS[2], *NUMBERS[:2]]


def test_an_unconfirmed_call_counts_and_check_says_what_run_would_do(desk, at_service):
    at_service("lost")
    desk.write(people=2, campaign=CAPPED.replace("calls = 2", "calls = 1"))
    assert desk.run().code == 4
    desk.write(people=2, campaign=CAPPED.replace("calls = 2", "calls = 1").replace('"spring"', '"summer"'))
    checked = desk.call("check", str(desk.file), "--json", "--no-report").document
    assert checked["counts"]["left_out"] == 2


def test_a_run_that_another_campaign_overtakes_plans_anew(desk, at_service, monkeypatch):
    sandbox, adopted = at_service(), flow.adopt
    runs_as(desk, "spring", people=1)
    overtaken = []

    def and_another_campaign_is_faster(plan, ledger, *given):
        if not overtaken:
            overtaken.append(adopt(plan_of([Person(2, int(NUMBERS[0][1:]))], name="summer"), ledger, context(), NOW))
        return adopted(plan, ledger, *given)

    monkeypatch.setattr(flow, "adopt", and_another_campaign_is_faster)
    told = runs_as(desk, "autumn", people=2)
    assert told["counts"]["planned"] == 1
    assert called(sandbox) == [NUMBERS[0], NUMBERS[1]]
    assert submits(sandbox) == 2
