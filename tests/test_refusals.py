"""A 422 that names recipients, through the whole program: they are to fix, and the rest of the batch is called."""

import csv
import json

import pytest

from tests.program import CAMPAIGN, NUMBERS, called, submits

ALONE = CAMPAIGN.replace("[delivery]", "[delivery]\nconcurrency = 1")


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def refusing(desk, at_service):
    """A run for seven people, of whom the service does not call the second and the sixth; the sandbox, how it ended."""
    sandbox = at_service(refused=(NUMBERS[1], NUMBERS[5]))
    desk.write(people=7)
    return sandbox, desk.run()


def test_the_others_are_called_once_and_the_exit_code_says_that_people_were_refused(refusing):
    sandbox, ended = refusing
    assert (ended.code, sorted(called(sandbox))) == (1, [n for n in NUMBERS[:7] if n not in (NUMBERS[1], NUMBERS[5])])
    assert "7 people: 5 accepted in 3 batches, 2 refused in 2 batches." in ended.out
    assert "7 rows = 5 to call + 2 to fix + 0 left out." in ended.out
    assert "row 3: phone_number: +1415•••01 cannot be called" in ended.out
    assert NUMBERS[1] not in ended.out + ended.err


@pytest.mark.usefixtures("refusing")
def test_the_report_files_say_it_row_by_row(desk):
    report = desk.folder / "people.csv-report" / "run-1"
    to_fix, to_call = table(report / "to-fix.csv"), table(report / "to-call.csv")
    assert [(row["Id"], row["campaign_codes"]) for row in to_fix] == [
        ("r1", "refused_by_service"), ("r5", "refused_by_service"),
    ]  # fmt: skip
    assert f"(phone_number: {NUMBERS[1]} cannot be called)" in to_fix[0]["campaign_reasons"]
    ledger = desk.sql("SELECT row, batch FROM people WHERE outcome = 'planned' ORDER BY row")
    assert [(int(row["campaign_row"]), int(row["campaign_batch"])) for row in to_call] == ledger
    told = json.loads((report / "report.json").read_text("utf-8"))
    assert told["counts"] == {"rows": 7, "planned": 5, "to_fix": 2, "left_out": 0, "called_before": 0}
    assert sum(batch["recipients"] for batch in told["batches"]) == 7
    assert [batch["rest_of"] for batch in told["batches"]][:3] == [None] * 3
    assert NUMBERS[1] not in json.dumps(told)


def test_mended_they_are_called_and_nobody_else(desk, refusing):
    sandbox, _ = refusing
    to_fix = desk.folder / "people.csv-report" / "run-1" / "to-fix.csv"
    mended = to_fix.read_text("utf-8").replace(NUMBERS[1], NUMBERS[51]).replace(NUMBERS[5], NUMBERS[55])
    to_fix.write_text(mended, "utf-8")
    assert desk.call("run", str(to_fix), "--yes").code == 0
    assert called(sandbox)[5:] == [NUMBERS[51], NUMBERS[55]]


@pytest.mark.usefixtures("refusing")
def test_status_who_and_results_tell_of_it(desk):
    status = desk.call("status", "--json").document
    assert status["runs"][0]["people"] == {"accepted": 5, "refused": 2}
    assert (status["runs"][0]["planned"], status["runs"][0]["to_fix"]) == (5, 2)
    assert sorted(batch["rest_of"] for batch in status["batches"] if batch["rest_of"]) == [1, 2]
    assert "(rest of 1)" in desk.call("status").out
    assert "was refused by the service (phone_number: " in desk.call("who", NUMBERS[1]).out
    assert "taken out of batch 1" in desk.call("who", NUMBERS[0]).out
    desk.call("results", "--out", str(desk.folder / "results.csv"))
    lines = {row["Id"]: row for row in table(desk.folder / "results.csv")}
    assert (lines["r1"]["campaign_status"], lines["r1"]["campaign_codes"]) == ("refused", "refused_by_service")
    assert lines["r1"]["campaign_problem"] == f"phone_number: {NUMBERS[1]} cannot be called"
    assert lines["r0"]["campaign_status"] == "completed"


def test_the_next_night_only_the_refused_are_tried_again(desk, refusing):
    sandbox, _ = refusing
    before = submits(sandbox)
    assert (desk.run().code, submits(sandbox)) == (1, before + 1)
    assert len(called(sandbox)) == 5


def test_what_is_sent_of_the_rest_is_what_was_planned(desk, at_service):
    sandbox = at_service("422=0,2", "none", "none")
    desk.write(people=3, campaign=ALONE + "token = false\n")
    desk.call("check", str(desk.file), "--requests", str(desk.folder / "requests"))
    assert desk.run().code == 1
    planned = (desk.folder / "requests" / "batch-0001.json").read_bytes()
    (batch,) = sandbox.calls.batches()
    kept = [line for line in planned.split(b"\n") if b'"r0"' not in line and b'"r2"' not in line]
    assert json.loads(sandbox.calls.body(batch.id)) == json.loads(b"\n".join(kept).replace(b"},\n]", b"}\n]"))


def test_a_service_that_always_names_somebody_is_asked_three_times_for_a_batch(desk, at_service):
    sandbox = at_service("422=0:*")
    desk.write(people=6, campaign=ALONE.replace("max_recipients = 3", "max_recipients = 6"))
    ended = desk.run()
    assert (ended.code, submits(sandbox)) == (1, 3)
    assert "6 people: 6 refused in 3 batches." in ended.out
    assert "6 rows = 3 to call + 3 to fix + 0 left out." in ended.out
    assert desk.sql("SELECT 1 FROM claims") == []


@pytest.mark.parametrize("fault", ["422=7", "422=0,99", "422-plain", "422-html", "422"])
def test_a_422_of_any_other_shape_refuses_batches_until_two_have_been(desk, at_service, fault):
    sandbox = at_service(f"{fault}:*")
    desk.write(people=10)
    ended = desk.run()
    assert (ended.code, submits(sandbox), called(sandbox)) == (3, 2, [])
    assert "two batches in a row" in ended.out
    assert desk.sql("SELECT DISTINCT outcome FROM rows") == [("planned",)]


def test_the_rest_that_could_not_be_sent_is_resumed(desk, at_service):
    sandbox = at_service("422=1", "401", "422=0")
    desk.write(people=3, campaign=ALONE)
    assert desk.run().code == 3
    ended = desk.call("resume")
    assert ended.code == 1
    assert "2 people: 1 accepted in 1 batch, 1 refused in 1 batch." in ended.out
    assert "(rows 2 of the file)" in ended.out
    assert called(sandbox) == [NUMBERS[2]]


def test_a_list_of_rows_that_is_cut_says_so(desk, at_service):
    at_service(f"422={','.join(map(str, range(12)))}")
    desk.write(people=20, campaign=CAMPAIGN.replace("max_recipients = 3", "max_recipients = 20"))
    assert "(rows 2, 3, 4, 5, 6, 7, 8, 9 and 4 more of the file)" in desk.run().out


def test_who_was_blocked_meanwhile_is_not_in_the_rest_either(desk, at_service):
    sandbox = at_service("429=0", refused=(NUMBERS[1],))
    desk.write(people=7, campaign=CAMPAIGN.replace("attempts = 2", "attempts = 1"))
    assert desk.run().code == 3
    assert desk.call("people block", NUMBERS[3], "--reason", "asked", "--yes").code == 0
    ended = desk.call("resume")
    assert (ended.code, sorted(called(sandbox))) == (1, [NUMBERS[n] for n in (0, 2, 4, 5, 6)])
    outcomes = desk.sql("SELECT outcome, count(*) FROM rows GROUP BY outcome ORDER BY outcome")
    assert outcomes == [("left_out", 1), ("planned", 5), ("to_fix", 1)]
    assert desk.sql("SELECT planned, to_fix, left_out FROM runs") == [(5, 1, 1)]
    assert "1 person was blocked or forgotten since" in ended.out


def test_the_rest_of_a_refused_batch_has_its_hours_in_the_report(desk, at_service):
    at_service(refused=(NUMBERS[1],))
    desk.write(3, campaign=ALONE.replace('start = "now"', 'start = "2030-01-01 06:00"').replace('hours = "any"\n', ""))
    told = desk.run("--json").document
    assert [(each["people"], each["start"]) for each in told["timeline"]] == [(2, "2030-01-01T09:00-08:00")]
