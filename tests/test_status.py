"""`campaign status`: runs, and the batches of one of them."""

import json

import pytest

from pipeline.cli import main
from pipeline.deliver.adopt import adopt
from pipeline.ledger import open_ledger
from pipeline.ledger.stops import stop
from pipeline.ledger.tables import batches
from schemas.errors import Exit
from schemas.states import Answer, Verdict
from tests.plans import NOW, context, people, plan_of
from tests.test_ledger_attempts import RECEIPT


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Two runs of one campaign and one of another, in a folder without a campaign file."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, create=True, clock=lambda: NOW) as ledger:
        first = adopt(plan_of(people(2, 4)), ledger, context(), NOW).batches
        for batch, answer in zip(
            first,
            (Answer(Verdict.ACCEPTED, receipt=RECEIPT), Answer(Verdict.UNKNOWN, message="lost: +14155550004")),
            strict=True,
        ):
            ledger.finish(batch.id, ledger.begin(batch.id, f"T{batch.id}", NOW), answer, NOW + 60)
        ledger.end_run(1, 4, NOW + 120)
        adopt(plan_of(people(20, 3)), ledger, context(), NOW + 3600)
        adopt(plan_of(people(2, 1), name="another"), ledger, context("test"), NOW + 7200)
    return path


def told(path, capsys, *arguments: str) -> dict:
    assert main(["status", *arguments, "--ledger", str(path), "--json"]) == Exit.DONE
    return json.loads(capsys.readouterr().out)


def test_runs_are_shown_the_newest_first_with_their_people_by_state(path, capsys):
    document = told(path, capsys)
    assert document["ledger"] == str(path)
    assert [(run["run"], run["campaign"], run["kind"], run["people"]) for run in document["runs"]] == [
        (3, "another", "test", {"planned": 1}),
        (2, "survey", "run", {"planned": 3}),
        (1, "survey", "run", {"accepted": 2, "unconfirmed": 2}),
    ]
    assert (document["runs"][2]["exit_code"], document["runs"][2]["ended_at"]) == (4, "2024-04-01T13:02:00.000Z")


def test_what_to_do_about_what_is_not_done_is_said(path, capsys):
    main(["status", "--ledger", str(path)])
    assert "`campaign resume` sends the batches that are planned" in capsys.readouterr().out
    with open_ledger(path, clock=lambda: NOW) as ledger, ledger.transaction() as connection:
        connection.execute(batches.update().where(batches.c.run_id == 3).values(state="sending"))
    main(["status", "--ledger", str(path)])
    assert "`campaign resume` finds out what became of what was being sent" in capsys.readouterr().out
    main(["status", "--ledger", str(path), "--run", "1"])
    assert "`campaign resume` looks for it at the service" in capsys.readouterr().out
    with open_ledger(path, clock=lambda: NOW) as ledger, ledger.transaction() as connection:
        connection.execute(batches.update().values(state="accepted"))
    main(["status", "--ledger", str(path), "--run", "1"])
    assert "resume" not in capsys.readouterr().out


def test_only_the_campaign_of_the_run_that_is_shown_waits_for_its_start(path, capsys):
    with open_ledger(path, clock=lambda: NOW) as ledger, ledger.transaction() as connection:
        stop(connection, "survey", "me", NOW)
    for run, waits in ((1, True), (3, False)):
        main(["status", "--ledger", str(path), "--run", str(run), "--last", "1"])
        out = capsys.readouterr().out
        assert "survey is stopped, since 2024-04-01 13:00 UTC by me; `campaign start` takes the stop away" in out
        assert ("After `campaign start`: " in out) == waits


def test_the_batches_of_the_newest_run_are_shown_unless_another_is_named(path, capsys):
    assert (told(path, capsys)["run"], len(told(path, capsys)["batches"])) == (3, 1)
    document = told(path, capsys, "--run", "1")
    assert document["run"] == 1
    assert [(each["batch"], each["state"], each["service_id"], each["attempts"]) for each in document["batches"]] == [
        (1, "accepted", "btcal_1", 1),
        (2, "unconfirmed", None, 1),
    ]


def test_numbers_in_the_services_words_are_masked(path, capsys):
    assert told(path, capsys, "--run", "1")["batches"][1]["said"] == "lost: +1415•••04"


def test_a_run_that_is_not_there_is_said(path, capsys):
    assert main(["status", "--run", "9", "--ledger", str(path)]) == Exit.REFUSED
    assert "there is no run 9" in capsys.readouterr().err


def test_a_list_that_is_cut_says_so(path, capsys):
    assert main(["status", "--last", "1", "--ledger", str(path)]) == Exit.DONE
    assert "2 earlier runs are not shown" in capsys.readouterr().out
    assert told(path, capsys, "--last", "1")["runs_in_all"] == 3


def test_a_campaign_file_narrows_it_to_its_own_runs(path, capsys):
    path.with_name("campaign.toml").write_text(
        '[campaign]\nname = "survey"\nagent_id = "a"\nagent_phone_number_id = "p"\n'
        '[schedule]\nstart = "now"\ntimezone = "UTC"\n[columns]\nphone_number = "{Phone}"\n[rules]\nmax_calls = 1\n'
    )
    assert [run["run"] for run in told(path, capsys)["runs"]] == [2, 1]
    assert [run["run"] for run in told(path, capsys, "--all")["runs"]] == [3, 2, 1]
    assert main(["status", "--run", "3", "--ledger", str(path)]) == Exit.REFUSED
    assert "there is no run 3 of survey" in capsys.readouterr().err


def test_through_a_pipe_it_is_plain_lines(path, capsys):
    assert main(["status", "--run", "1", "--ledger", str(path)]) == Exit.DONE
    text = capsys.readouterr().out
    assert "\x1b" not in text
    lines = [line.split() for line in text.splitlines()]
    assert [
        "1",
        "survey",
        "run",
        "2024-04-01",
        "13:00",
        "UTC",
        "4",
        "4",
        "4",
        "0",
        "0",
        "0",
        "2",
        "accepted,",
        "2",
        "unconfirmed",
    ] in lines
    assert ["1", "2", "accepted", "2024-04-01", "13:01", "UTC", "at", "once", "btcal_1", "pending", "1"] in lines


def test_an_empty_ledger_has_no_runs(tmp_path, capsys):
    open_ledger(tmp_path / "l.sqlite", create=True).close()
    assert main(["status", "--all", "--ledger", str(tmp_path / "l.sqlite")]) == Exit.DONE
    assert "No runs." in capsys.readouterr().out


def test_status_makes_no_ledger(tmp_path, capsys):
    assert main(["status", "--all", "--ledger", str(tmp_path / "l.sqlite")]) == Exit.REFUSED
    assert "there is no ledger" in capsys.readouterr().err
