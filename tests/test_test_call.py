"""`campaign test`: one's own telephone rings with the words of a few rows, and nobody counts as called."""

import pytest

from tests.program import CAMPAIGN, NUMBERS, called, submits

OWN = "+14155552671"


def rehearse(desk, *more: str):
    return desk.call("test", str(desk.file), "--to", OWN, "--yes", "--create-ledger", *more)


def test_the_first_row_that_would_be_called_is_heard_at_ones_own_number(desk, at_service):
    sandbox = at_service()
    desk.write(people=5)
    assert rehearse(desk).code == 0
    (placed,) = sandbox.calls.placed()
    assert (placed.address, placed.call_name[:18]) == (OWN, "TEST Spring survey")
    assert placed.recipient["conversation_initiation_client_data"] == {"dynamic_variables": {"name": "Person 0"}}


def test_rows_are_chosen_by_their_number_in_the_spreadsheet(desk, at_service):
    sandbox = at_service()
    desk.write(people=5)
    rehearse(desk, "--rows", "3,5")
    names = [
        each.recipient["conversation_initiation_client_data"]["dynamic_variables"]["name"]
        for each in sandbox.calls.placed()
    ]
    assert names == ["Person 1", "Person 3"]


def test_a_sample_is_drawn(desk, at_service):
    sandbox = at_service()
    desk.write(people=30)
    rehearse(desk, "--sample", "4")
    assert called(sandbox) == [OWN] * 4


def test_nobody_counts_as_called_and_the_run_calls_everybody(desk, at_service):
    sandbox = at_service()
    desk.write(people=3)
    rehearse(desk)
    assert desk.run().code == 0
    assert sorted(called(sandbox)[1:]) == NUMBERS[:3]


def test_a_lost_answer_is_said_with_its_exit_code(desk, at_service):
    at_service("lost")
    desk.write(people=3)
    assert rehearse(desk).code == 4


def test_it_may_be_heard_at_any_hour_and_before_the_start(desk, at_service):
    sandbox = at_service()
    desk.write(campaign=CAMPAIGN.replace('start = "now"', 'start = "2020-01-01 03:00"').replace('hours = "any"\n', ""))
    assert rehearse(desk).code == 0
    assert "scheduled_time_unix" not in sandbox.calls.body(sandbox.calls.batches()[0].id).decode()


def test_people_called_before_can_still_be_heard(desk, at_service):
    sandbox = at_service()
    desk.write(people=3)
    desk.run()
    assert rehearse(desk).code == 0
    assert called(sandbox)[-1] == OWN


@pytest.mark.parametrize(("more", "said"), [
    (["--rows", "99"], "row 99"), (["--rows", "x"], "row numbers"), (["--rows", "2", "--sample", "1"], "exclude"),
    (["--sample", "11"], "too many"),
])  # fmt: skip
def test_a_choice_that_cannot_be_is_refused(desk, at_service, more, said):
    sandbox = at_service()
    desk.write(people=20)
    ended = rehearse(desk, *more)
    assert (ended.code, submits(sandbox)) == (2, 0)
    assert said in ended.err


def test_ones_own_number_must_be_a_number(desk):
    desk.write()
    ended = desk.call("test", str(desk.file), "--to", "555", "--yes")
    assert ended.code == 2
    assert "country code" in ended.err
