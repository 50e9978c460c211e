"""`campaign run` on a real connection: everybody once, and every way in which it does not go well."""

import signal
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.flow import Manner
from pipeline.ledger import Ledger
from schemas.errors import CampaignError
from tests.program import CAMPAIGN, KEY, NUMBERS, called, submits, wait_until


def test_everybody_is_called_once_and_a_second_run_calls_nobody(desk, at_service):
    sandbox = at_service()
    desk.write(people=10)
    first = desk.run()
    assert (first.code, sorted(called(sandbox))) == (0, NUMBERS[:10])
    assert "10 people: 10 accepted in 4 batches." in first.out
    second = desk.run()
    assert (second.code, submits(sandbox)) == (0, 4)
    assert "Nobody new is to be called." in second.out


def test_a_file_with_one_more_line_calls_one_person(desk, at_service):
    sandbox = at_service()
    desk.write(people=5)
    desk.run()
    desk.write(people=6)
    assert desk.run().code == 0
    assert called(sandbox)[5:] == [NUMBERS[5]]


def test_the_export_of_every_night_may_bring_the_same_bad_rows_every_night(desk, at_service):
    sandbox = at_service()
    bad = "b1,Ann,123\nb2,Ann,456\n"
    desk.write(people=10, more=bad)
    assert desk.run().code == 0
    desk.write(people=11, more=bad)
    assert desk.run().code == 0
    assert len(called(sandbox)) == 11


def test_the_recorded_requests_are_what_check_had_written(desk, at_service):
    sandbox = at_service()
    desk.write(people=7, campaign=CAMPAIGN + "concurrency = 1\ntoken = false\n")
    desk.call("check", str(desk.file), "--requests", str(desk.folder / "requests"))
    desk.run()
    written = [path.read_bytes() for path in sorted((desk.folder / "requests").iterdir())]
    assert sorted(sandbox.calls.body(batch.id) for batch in sandbox.calls.batches()) == sorted(written)


def test_batches_carry_the_campaigns_mark_and_a_token_of_their_own(desk, at_service):
    sandbox = at_service()
    desk.write(people=7)
    desk.run()
    names = [batch.head["call_name"] for batch in sandbox.calls.batches()]
    ((mark,),) = desk.sql("SELECT mark FROM campaigns")
    tokens = {token for (token,) in desk.sql("SELECT token FROM attempts")}
    assert set(names) == {f"Spring survey [{mark}-{token}]" for token in tokens}
    assert len(tokens) == 3


def test_without_a_ledger_nothing_is_sent(desk, at_service):
    sandbox = at_service()
    desk.write()
    ended = desk.call("run", str(desk.file), "--yes")
    assert (ended.code, submits(sandbox)) == (2, 0)
    assert "--create-ledger" in ended.err


def test_without_a_terminal_and_without_yes_nothing_is_sent(desk, at_service):
    sandbox = at_service()
    desk.write()
    ended = desk.call("run", str(desk.file), "--create-ledger")
    assert (ended.code, submits(sandbox)) == (2, 0)
    assert "--yes" in ended.err


@pytest.mark.parametrize(("typed", "code", "people"), [("4", 0, 4), ("yes", 1, 0), ("", 1, 0)])
def test_a_person_types_how_many_are_called(desk, at_service, monkeypatch, typed, code, people):
    sandbox = at_service()
    desk.write(people=4)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: typed)
    ended = desk.call("run", str(desk.file), "--create-ledger")
    assert (ended.code, len(called(sandbox))) == (code, people)
    assert people or "nothing was sent" in ended.err


@pytest.mark.parametrize(("written", "instead", "said"), [
    ("max_calls = 100", "max_calls = 9", "max_calls"),
    ('start = "now"', 'start = "2020-01-01 12:00"', "past"),
    ('start = "now"', 'start = "2030-01-01 22:00"\nfinish_by = "2030-01-01 21:00"', "called in time"),
])  # fmt: skip
def test_a_rule_stops_a_run_before_anything_is_sent(desk, at_service, written, instead, said):
    sandbox = at_service()
    desk.write(campaign=CAMPAIGN.replace(written, instead))
    checked = desk.call("check", str(desk.file))
    ended = desk.run()
    assert (checked.code, ended.code, submits(sandbox)) == (1, 1, 0)
    assert said in checked.out
    assert said in ended.out


def test_a_start_outside_the_hours_of_the_people_moves_into_them(desk, at_service):
    sandbox = at_service()
    night = CAMPAIGN.replace('start = "now"', 'start = "2030-01-01 06:00"').replace('hours = "any"\n', "")
    desk.write(people=4, campaign=night)
    checked, ended = desk.call("check", str(desk.file)).out, desk.run()
    assert "4 people would be called from 2030-01-01 17:00 (UTC), in 2 batches" in checked
    assert "America/Los_Angeles: 4 people from Tue 1 Jan 09:00 to 20:00" in checked
    morning = int(datetime(2030, 1, 1, 9, tzinfo=ZoneInfo("America/Los_Angeles")).timestamp())
    assert (ended.code, [batch.head["scheduled_time_unix"] for batch in sandbox.calls.batches()]) == (0, [morning] * 2)
    assert desk.sql("SELECT zones, evidence FROM calendars") == [("America/Los_Angeles", "number")]
    assert desk.sql("SELECT DISTINCT calendar FROM rows") == [(0,)]
    told = desk.call("who", NUMBERS[0]).out
    assert "  hours: America/Los_Angeles (number), until 2030-01-02 04:00 UTC\n" in told


def test_a_start_that_moved_is_reported_everywhere_as_it_was_sent(desk, at_service, monkeypatch):
    sandbox = at_service()
    night = CAMPAIGN.replace('start = "now"', 'start = "2030-01-01 06:00"').replace('hours = "any"\n', "")
    desk.write(people=4, campaign=night)
    late, on_time = datetime(2030, 1, 2, 6, tzinfo=UTC).timestamp(), Manner.on_time
    monkeypatch.setattr(Manner, "on_time", lambda self, batches, ledger, _: on_time(self, batches, ledger, late))
    told = desk.run("--json").document
    morning = datetime(2030, 1, 2, 9, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert {batch.head["scheduled_time_unix"] for batch in sandbox.calls.batches()} == {int(morning.timestamp())}
    starts = [
        told["start"],
        *(batch["start"] for batch in told["batches"]),
        *(each["start"] for each in told["timeline"]),
    ]
    assert len(starts) == 4
    assert {datetime.fromisoformat(each) for each in starts} == {morning}
    assert [datetime.fromisoformat(each["end"]).day for each in told["timeline"]] == [2]


def test_too_many_rows_to_fix_stop_a_run(desk, at_service):
    sandbox = at_service()
    desk.write(people=4, more="x,Ann,123\ny,Ann,456\n")
    ended = desk.run()
    assert (ended.code, submits(sandbox)) == (1, 0)
    assert "max_to_fix" in ended.out


def test_a_header_without_rows_is_a_quiet_night_and_is_said(desk, at_service):
    sandbox = at_service()
    desk.write(people=0)
    ended = desk.run()
    assert (ended.code, submits(sandbox)) == (0, 0)
    assert "holds a header and no rows" in ended.err


def test_the_ledger_knows_the_exit_code_that_the_process_ended_with(desk, at_service):
    at_service("500")
    desk.write(people=3)
    desk.run()
    desk.write(people=6)
    assert desk.run().code == 4
    assert desk.sql("SELECT exit_code FROM runs") == [(4,), (4,)]


def test_the_report_of_another_ledgers_run_is_not_overwritten(desk, at_service):
    at_service()
    desk.write(people=3)
    desk.run()
    desk.call("run", str(desk.file), "--yes", "--create-ledger", "--ledger", str(desk.folder / "other.sqlite"))
    report = desk.folder / "people.csv-report"
    assert {path.name for path in report.iterdir()} == {"run-1", "run-1-2"}


def test_a_ledger_that_fails_after_the_sending_does_not_say_that_nothing_was_sent(desk, at_service, monkeypatch):
    def fail(*_):
        raise CampaignError("the ledger is out of reach")

    sandbox = at_service()
    desk.write(people=3)
    monkeypatch.setattr(Ledger, "end_run", fail)
    ended = desk.run()
    assert (ended.code, called(sandbox)) == (4, NUMBERS[:3])
    assert "the ledger is out of reach (run 1 was being sent)" in ended.err


def test_a_limit_calls_the_first_and_the_next_run_the_next(desk, at_service):
    sandbox = at_service()
    desk.write(people=10)
    desk.run("--limit", "4")
    assert called(sandbox) == NUMBERS[:4]
    desk.run("--limit", "4")
    assert sorted(called(sandbox)) == NUMBERS[:8]


def test_a_lost_answer_is_unconfirmed_and_those_people_are_never_called_again(desk, at_service):
    sandbox = at_service("lost@2", "lag=3600:1@2")
    desk.write(people=10)
    first = desk.run()
    assert first.code == 4
    assert "3 unconfirmed in 1 batch" in first.out
    again = desk.run()
    assert (again.code, sorted(called(sandbox))) == (4, NUMBERS[:10])
    assert "is unconfirmed" in again.err
    ((lost,),) = desk.sql("SELECT call_name FROM attempts WHERE verdict = 'unknown'")
    assert lost in again.err
    assert lost in desk.call("status").out


def test_two_lost_answers_in_a_row_stop_the_run_and_the_next_run_sends_the_rest(desk, at_service):
    sandbox = at_service("lost:2", "lag=3600:2")
    desk.write(people=10)
    first = desk.run()
    assert (first.code, submits(sandbox)) == (4, 2)
    assert "two answers in a row were lost" in first.out
    assert desk.run().code == 4
    assert sorted(called(sandbox)) == NUMBERS[:10]


def test_a_rate_limit_is_waited_out(desk, at_service):
    sandbox = at_service("429=0", "429=0@4")
    desk.write(people=7)
    assert desk.run().code == 0
    assert (submits(sandbox), sorted(called(sandbox))) == (5, NUMBERS[:7])


def test_what_cannot_be_sent_stays_planned_and_the_next_run_sends_it(desk, at_service):
    sandbox = at_service("429=0@2:2")
    desk.write(people=10, campaign=CAMPAIGN.replace("[delivery]", "[delivery]\nconcurrency = 1"))
    first = desk.run()
    assert first.code == 3
    assert "not sent" in first.out
    assert desk.run().code == 0
    assert sorted(called(sandbox)) == NUMBERS[:10]


@pytest.mark.parametrize(("faults", "rules", "code", "cause"), [
    ((), "max_calls = 2", 1, "warning: Nothing would be sent: 4 people would be called"),
    (("401",), "max_calls = 9", 2, "the service does not accept this API key"),
    (("401@2",), "max_calls = 9", 3, "1 not sent in 1 batch, 3 accepted in 1 batch. Sending ended early: the service does not accept"),
])  # fmt: skip
def test_why_not_all_was_sent_is_on_stderr_where_stdout_is_for_a_program(desk, at_service, faults, rules, code, cause):
    at_service(*faults)
    one_by_one = CAMPAIGN.replace("[delivery]", "[delivery]\nconcurrency = 1")
    desk.write(people=4, campaign=one_by_one.replace("max_calls = 100", rules))
    ended = desk.run("--json", "-q")
    assert (ended.code, ended.document["went_well"]) == (code, False)
    (line,) = ended.err.splitlines()
    assert cause in line


@pytest.mark.parametrize("new", [0, 2])
def test_a_night_beside_people_unconfirmed_since_an_earlier_one_did_not_go_well(desk, at_service, new):
    at_service("500")
    desk.write(people=3)
    assert desk.run().code == 4
    desk.write(people=3 + new)
    told = desk.run("--json")
    assert (told.code, told.document["went_well"]) == (4, False)
    assert told.document["verdict"].endswith(" Of earlier runs unconfirmed: 3 people (run 1, batch 1).")
    assert "`campaign batch settle 1 1`" in told.document["next_steps"][0]


@pytest.mark.parametrize("lost", [True, False])
def test_a_list_that_cannot_be_had_says_who_was_asked_what_and_that_nothing_was_sent(desk, at_service, lost):
    sandbox = at_service(*(["500"] if lost else []), f"list/400@{1 if not lost else 2}")
    desk.write(people=2)
    if lost:
        assert desk.run().code == 4
    sent = submits(sandbox)
    refused = desk.run()
    assert (refused.code, submits(sandbox)) == (2, sent)
    assert "nothing was sent: the service was asked for its list of batches, and did not give it: " in refused.err


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_key_stops_at_once_and_frees_everybody(desk, at_service, status):
    sandbox = at_service(f"{status}")
    desk.write(people=10)
    assert (desk.run().code, submits(sandbox)) == (2, 1)
    assert desk.run().code == 0
    assert sorted(called(sandbox)) == NUMBERS[:10]


def test_a_refused_batch_frees_its_people(desk, at_service):
    sandbox = at_service("422")
    desk.write(people=6)
    first = desk.run()
    assert (first.code, called(sandbox)) == (1, NUMBERS[3:6])
    assert "3 refused in 1 batch" in first.out
    assert desk.run().code == 0
    assert sorted(called(sandbox)) == NUMBERS[:6]


def test_where_nobody_listens_nothing_was_sent(desk):
    desk.write(people=3)
    ended = desk.run()
    assert ended.code == 3
    assert "nothing was sent" in ended.err
    assert desk.sql("SELECT state FROM batches") == []


def test_another_run_of_the_campaign_is_told_who_is_running(desk, at_service):
    at_service("latency=1.5")
    desk.write(people=3)
    other = desk.start("run", str(desk.file), "--yes", "--create-ledger")
    wait_until(lambda: desk.ledger.exists() and desk.sql("SELECT 1 FROM batches WHERE state = 'sending'"))
    ended = desk.run()
    assert ended.code == 75
    assert f"process {other.pid}" in ended.err
    other.communicate()
    assert other.returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_the_answers_come_in_and_the_next_run_sends_the_rest(desk, at_service, number, code):
    sandbox = at_service("latency=1")
    desk.write(people=10)
    process = desk.start("run", str(desk.file), "--yes", "--create-ledger")
    wait_until(lambda: submits(sandbox))
    process.send_signal(number)
    out, err = process.communicate()
    assert (process.returncode, called(sandbox)) == (code, NUMBERS[:3])
    assert "stopping" in err
    assert "Traceback" not in err
    assert "7 not sent" in out
    at_service_again = at_service(file=sandbox.calls.path)
    assert desk.run().code == 0
    assert sorted(called(at_service_again)) == NUMBERS[:10]


def test_a_second_signal_gives_the_answers_up(desk, at_service):
    sandbox = at_service("latency=30")
    desk.write(people=4)
    process = desk.start("run", str(desk.file), "--yes", "--create-ledger")
    wait_until(lambda: submits(sandbox))
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "3 unconfirmed" in out
    assert desk.sql("SELECT state FROM batches ORDER BY number") == [("unconfirmed",), ("planned",)]


def test_a_killed_run_leaves_what_was_due_unconfirmed_and_the_rest_to_the_next(desk, at_service):
    sandbox = at_service("latency=30")
    desk.write(people=7)
    process = desk.start("run", str(desk.file), "--yes", "--create-ledger")
    wait_until(lambda: submits(sandbox))
    process.kill()
    process.communicate()
    again = at_service(file=sandbox.calls.path)
    assert desk.run().code == 4
    assert sorted(called(again)) == NUMBERS[:7]


def test_a_ledger_that_fails_while_batches_are_sent_is_no_reason_to_say_that_nothing_was(desk, at_service, monkeypatch):
    sandbox = at_service()
    desk.write(people=7)

    def full(*_):
        raise CampaignError("the ledger cannot grow, because the disk is full")

    monkeypatch.setattr("pipeline.ledger.store.Ledger.finish", full)
    ended = desk.run()
    assert (ended.code, submits(sandbox)) == (4, 1)
    assert "disk is full" in ended.err
    assert desk.sql("SELECT state FROM batches ORDER BY number")[0] == ("sending",)


def test_the_report_says_what_the_service_answered(desk, at_service):
    at_service()
    desk.write(people=4)
    ended = desk.run("--json")
    report = ended.document
    assert (report["run"], report["went_well"]) == (1, True)
    assert [batch["state"] for batch in report["batches"]] == ["accepted", "accepted"]
    assert all(batch["service_id"] for batch in report["batches"])
    assert (desk.folder / "people.csv-report" / "run-1" / "report.json").exists()


def test_a_report_that_cannot_be_written_does_not_change_what_the_exit_code_says(desk, at_service):
    at_service("lost")
    desk.write(people=3)
    (desk.folder / "taken").write_text("a file", "utf-8")
    ended = desk.run("--report", str(desk.folder / "taken"))
    assert ended.code == 4
    assert "the report is missing" in ended.err
    assert "3 unconfirmed" in ended.out


def test_a_mended_file_to_fix_runs_as_it_is(desk, at_service):
    sandbox = at_service()
    desk.write(people=5, more="m1,Müller,123\n")
    assert desk.run().code == 0
    to_fix = desk.folder / "people.csv-report" / "run-1" / "to-fix.csv"
    to_fix.write_text(to_fix.read_text("utf-8").replace("123", NUMBERS[50]), "utf-8")
    assert desk.call("run", str(to_fix), "--yes").code == 0
    assert called(sandbox)[5:] == [NUMBERS[50]]
    assert sandbox.calls.placed()[-1].recipient["id"] == "m1"


def test_the_key_is_nowhere_but_in_the_header(desk, at_service):
    at_service("500", "403")
    desk.write(people=7)
    told = [desk.run("-v", "--log-format", "json"), desk.run("-v", "--json")]
    assert all(KEY not in each.out + each.err for each in told)
    files = [path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()]
    assert files
    assert not any(KEY.encode() in each for each in files)


def test_numbers_are_masked_unless_asked_for(desk, at_service):
    at_service()
    desk.write(people=3, more=f"d,Again,{NUMBERS[0]}\nb,Bad,{NUMBERS[0]}99999\n")
    ended = desk.run("-v")
    assert NUMBERS[0][-7:] not in ended.out + ended.err
    assert NUMBERS[0][1:] in desk.call("check", str(desk.file), "--show-numbers").out


def test_rows_to_fix_are_counted_once_whatever_is_run_between_two_nights(desk, at_service):
    sandbox = at_service()
    strict = CAMPAIGN.replace('"20%"', "2")
    bad = "b1,Bob,12\nb2,Cem,13\n"
    desk.write(people=3, more=bad, campaign=strict)
    assert desk.run().code == 0
    (desk.folder / "other.csv").write_text(f"Id,Name,Phone\no1,Eve,{NUMBERS[20]}\n", "utf-8")
    assert desk.call("run", str(desk.folder / "other.csv"), "--yes").code == 0
    desk.write(people=4, more=f"{bad}b3,Dee,14\n", campaign=strict)
    assert desk.run().code == 0
    assert len(called(sandbox)) == 5


@pytest.mark.parametrize("line", [f"r0,Person 0,{NUMBERS[0]},soon", f"x,Person 0,{NUMBERS[0]},soon", "r0,Person 0,12,"])
def test_a_row_to_fix_of_somebody_who_was_called_is_called_before(desk, at_service, line):
    at_service()
    dated = '[dynamic_variables]\nday = { column = "{Day}", type = "date", required = false }'
    campaign = CAMPAIGN.replace("[dynamic_variables]", dated).replace('"20%"', "0")
    desk.write(campaign=campaign)
    desk.file.write_text(f"Id,Name,Phone,Day\nr0,Person 0,{NUMBERS[0]},\n", "utf-8")
    assert desk.run().code == 0
    desk.file.write_text(f"Id,Name,Phone,Day\n{line}\nr1,Person 1,{NUMBERS[1]},\n", "utf-8")
    checked = desk.call("check", str(desk.file), "--json")
    counts = checked.document["counts"]
    assert (checked.code, counts["planned"], counts["to_fix"], counts["called_before"]) == (0, 1, 0, 1)
    assert [each["code"] for each in checked.document["findings"] if each["weight"] == "to_fix"] == []
    assert "To fix" not in desk.call("check", str(desk.file)).out
