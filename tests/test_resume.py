"""`campaign resume` on a real connection: after whatever ended a run, everybody is called once."""

import json
import signal
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

import pytest

from tests.conftest import DATABASES
from tests.program import CAMPAIGN, KEY, NUMBERS, called, submits, wait_until

pytestmark = pytest.mark.parametrize("desk", DATABASES, indirect=True)

ONE_BY_ONE = CAMPAIGN.replace("[delivery]", "[delivery]\nconcurrency = 1\ngrace = 0").replace(
    "attempts = 2", "attempts = 1"
)


def without_files(desk):
    desk.file.unlink()
    (desk.folder / "campaign.toml").unlink()


def rewrite(desk, statement, *values):
    """Change the ledger, as time or another place would have."""
    assert desk.sql(f"{statement} RETURNING 1", *values)


@pytest.fixture
def left(desk, at_service):
    """A campaign of which the service took one batch and then nothing more; its files are gone."""
    sandbox = at_service("429=0@2")
    desk.write(people=10, campaign=ONE_BY_ONE)
    assert desk.run().code == 3
    without_files(desk)
    return sandbox


def test_it_sends_what_was_left_without_the_files(desk, left):
    ended = desk.call("resume")
    assert (ended.code, sorted(called(left))) == (0, NUMBERS[:10])
    assert "Run 1: 7 people: 7 accepted in 3 batches." in ended.out
    assert desk.sql("SELECT exit_code FROM runs") == [(0,)]
    again = desk.call("resume")
    assert (again.code, submits(left)) == (0, 5)
    assert "Nothing of spring is left" in again.out


@pytest.mark.usefixtures("left")
def test_with_json_it_is_one_document(desk):
    told = desk.call("resume", "--json").document
    assert (told["campaign"], told["exit_code"], told["reconciled"]) == ("spring", 0, [])
    assert [batch["state"] for batch in told["runs"][0]["batches"]] == ["accepted"] * 3


def test_a_lost_answer_is_found_and_the_rest_is_sent(desk, at_service):
    sandbox = at_service("lost:2")
    desk.write(people=10)
    assert desk.run().code == 4
    without_files(desk)
    ended = desk.call("resume")
    assert (ended.code, sorted(called(sandbox)), submits(sandbox)) == (0, NUMBERS[:10], 4)
    assert (ended.out.count("Reconciled: "), ended.err.count("accepted")) == (2, 0)


def test_what_stays_unconfirmed_does_not_keep_the_rest_back(desk, at_service):
    sandbox = at_service("lost:2", "lag=3600:2")
    desk.write(people=10)
    assert desk.run().code == 4
    ended = desk.call("resume")
    assert (ended.code, sorted(called(sandbox)), submits(sandbox)) == (4, NUMBERS[:10], 4)


def test_what_was_not_placed_is_sent_again_once_a_later_batch_shows(desk, at_service):
    sandbox = at_service("500", "429=0@2")
    desk.write(people=6, campaign=ONE_BY_ONE)
    assert desk.run().code == 4
    first = desk.call("resume")
    assert (first.code, called(sandbox)) == (4, NUMBERS[3:6])
    assert "may not keep tokens" in first.err
    second = desk.call("resume")
    assert (second.code, sorted(called(sandbox))) == (0, NUMBERS[:6])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_it_continues_after_an_end_in_the_middle(desk, at_service, number):
    sandbox = at_service("latency=0.7")
    desk.write(people=10)
    process = desk.start("run", str(desk.file), "--yes", "--create-ledger")
    wait_until(lambda: submits(sandbox))
    process.send_signal(number)
    process.communicate()
    wait_until(lambda: called(sandbox))  # the service has the request, whatever became of who made it
    without_files(desk)
    ended = desk.call("resume")
    assert (ended.code, sorted(called(sandbox))) == (0, NUMBERS[:10])


def test_it_is_interrupted_as_run_is(desk, at_service):
    sandbox = at_service("429=0", "latency=0.7@2")
    desk.write(people=10, campaign=ONE_BY_ONE)
    assert desk.run().code == 3
    process = desk.start("resume")
    wait_until(lambda: submits(sandbox) > 1)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert (process.returncode, called(sandbox)) == (130, NUMBERS[:3])
    assert desk.call("resume").code == 0
    assert sorted(called(sandbox)) == NUMBERS[:10]


@pytest.mark.parametrize("status", [401, 402, 403])
def test_it_continues_after_a_refused_key_and_with_another(desk, at_service, monkeypatch, status):
    sandbox = at_service(f"{status}:2")
    desk.write(people=4)
    assert desk.run().code == 2
    assert desk.call("resume").code == 2
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY + "new")
    assert desk.call("resume").code == 0
    assert called(sandbox) == NUMBERS[:4]


def test_another_service_than_the_runs_is_refused_by_both_names(desk, left, at_service):
    first, other = left.url, at_service()
    ended = desk.call("resume")
    assert (ended.code, submits(other)) == (2, 0)
    assert first in ended.err
    assert other.url in ended.err


def test_outside_the_hours_what_was_left_is_sent_for_the_next_ones(desk, left):
    day = datetime.now(UTC).date() + timedelta(days=2)
    clock = {"zone": "UTC", "from": "09:00", "to": "10:00", "days": [day.weekday()], "excluded": []}
    rewrite(desk, "INSERT INTO calendars VALUES (1, 0, 'UTC', 'the number', ?)", json.dumps([clock]))
    rewrite(desk, "UPDATE batches SET calendars = '[0]'")
    ended = desk.call("resume")
    then = int(datetime.combine(day, time_of_day(9), UTC).timestamp())
    assert (ended.code, "3 batches start" in ended.err) == (0, True)
    assert [batch.head.get("scheduled_time_unix") for batch in left.calls.batches()] == [None, *[then] * 3]
    assert desk.sql("SELECT DISTINCT start_unix, end_unix FROM batches WHERE number > 1") == [(then, then + 3600)]


def test_the_calls_of_batches_that_were_sent_come_before_those_that_were_left(desk, left):
    slow = ONE_BY_ONE + "[rules.capacity]\nconcurrency = 1\nminutes_per_call = 60\n"
    rewrite(desk, "UPDATE runs SET campaign_text = ?", slow)
    now = int(datetime.now(UTC).timestamp())
    rewrite(
        desk, "UPDATE batches SET until_unix = ?, service_status = 'pending' WHERE state = 'accepted'", now + 3 * 3600
    )
    assert desk.call("resume").code == 0
    first, *rest = [batch.head.get("scheduled_time_unix") for batch in left.calls.batches()]
    assert first is None
    assert [round((start - now) / 3600) for start in rest] == [3, 6, 9]


def test_after_the_end_of_the_schedule_nothing_is_sent(desk, left):
    over = ONE_BY_ONE.replace("[columns]", 'finish_by = "2020-01-01 12:00"\n[columns]')
    rewrite(desk, "UPDATE runs SET campaign_text = ?", over)
    ended = desk.call("resume")
    assert (ended.code, called(left)) == (3, NUMBERS[:3])
    assert "3 batches (from 2 on) stay planned" in ended.out


def test_a_start_that_has_passed_becomes_now(desk, left):
    rewrite(desk, "UPDATE batches SET start_unix = 1600000000 WHERE state = 'planned'")
    assert desk.call("resume").code == 0
    assert [batch.head.get("scheduled_time_unix") for batch in left.calls.batches()] == [None] * 4


def test_a_ledger_of_several_campaigns_wants_a_name(desk, left):
    desk.write(people=10, campaign=ONE_BY_ONE.replace('"spring"', '"autumn"'))
    assert desk.run().code == 0
    without_files(desk)
    ended = desk.call("resume")
    assert ended.code == 2
    assert "autumn, spring" in ended.err
    assert desk.call("resume", "--name", "winter").code == 2
    assert desk.sql("SELECT count(*) FROM campaigns") == [(2,)]
    assert desk.call("resume", "--name", "spring", "--yes").code == 0
    assert submits(left) == 9


@pytest.mark.usefixtures("left")
def test_the_campaign_file_says_which_campaign_is_meant(desk):
    desk.write(campaign=ONE_BY_ONE.replace('"spring"', '"autumn"'))
    ended = desk.call("resume")
    assert ended.code == 2
    assert "no campaign autumn" in ended.err


def test_without_a_ledger_there_is_nothing_to_resume(desk):
    ended = desk.call("resume")
    assert ended.code == 2
    assert "there is no ledger" in ended.err


def test_batches_that_the_ledger_does_not_know_are_refused(desk, left):
    rewrite(desk, "UPDATE attempts SET token = 'ANOTHER' WHERE verdict = 'accepted'")
    ended = desk.call("resume")
    assert (ended.code, submits(left)) == (2, 2)
    assert "not in this ledger" in ended.err


def test_a_test_is_not_resumed(desk, at_service):
    sandbox = at_service("429=0")
    desk.write(people=2, campaign=ONE_BY_ONE)
    assert desk.call("test", str(desk.file), "--to", NUMBERS[60], "--yes", "--create-ledger").code == 3
    assert (desk.call("resume").code, submits(sandbox)) == (0, 1)
