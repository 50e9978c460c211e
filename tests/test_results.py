"""`campaign results` against a real service: each row with how its call went."""

import asyncio
import csv
import stat
import time

import polars as pl
import pytest
import zstandard

from pipeline.deliver.asking import Services
from pipeline.deliver.results import Watch, watch_results
from pipeline.ledger import open_ledger
from pipeline.ledger.tables import payloads, runs
from pipeline.service.client import Service
from pipeline.service.key import Key
from tests.program import CAMPAIGN, KEY, NUMBERS

ENDINGS = {"completed", "failed", "voicemail"}


@pytest.fixture(autouse=True)
def in_the_folder(desk, monkeypatch):
    monkeypatch.chdir(desk.folder)


def lines(desk, name="results-run-1.csv") -> list[dict]:
    with (desk.folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def questions(sandbox) -> int:
    """How often a batch was asked for; the list that `run` looks at is another question."""
    return sum(each.method == "GET" and "/btcal_" in each.path for each in sandbox.calls.requests())


def conversations(sandbox) -> dict[str, str]:
    """The conversation of each number."""
    return {
        placed.address: f"conv_{batch.id}_{position}"
        for batch in sandbox.calls.batches()
        for position, placed in enumerate(sandbox.calls.of(batch))
    }


@pytest.mark.parametrize("mapped", [True, False])
def test_each_row_has_the_status_and_the_conversation_of_its_person(desk, at_service, mapped):
    sandbox = at_service()
    desk.write(people=7, campaign=CAMPAIGN if mapped else CAMPAIGN.replace('id = "{Id}"\n', ""))
    desk.run()
    ended = desk.call("results")
    assert ended.code == 0
    assert "All are final." in ended.out
    told = lines(desk)
    assert [line["Phone"] for line in told] == NUMBERS[:7]
    assert {line["Phone"]: line["campaign_conversation_id"] for line in told} == conversations(sandbox)
    assert {line["campaign_status"] for line in told} <= ENDINGS
    assert [line["campaign_recipient_id"] for line in told] == [f"r{n}" if mapped else "" for n in range(7)]
    assert [(line["campaign_row"], line["campaign_batch"]) for line in told[2:4]] == [("4", "1"), ("5", "2")]
    assert desk.sql("SELECT count(*) FROM claims WHERE kind = 'id'") == [(7 if mapped else 0,)]
    assert stat.S_IMODE((desk.folder / "results-run-1.csv").stat().st_mode) == 0o600


def test_rows_that_were_not_called_are_there_with_their_codes(desk, at_service):
    at_service("422@2")
    desk.write(people=5, more=f"x,Ann,12\ny,Bob,\nz,Cy,{NUMBERS[0]}\n", campaign=CAMPAIGN.replace("20%", "50%"))
    assert desk.run().code == 1
    desk.call("results")
    told = [(line["Id"], line["campaign_status"], line["campaign_codes"]) for line in lines(desk)]
    assert [line[1:] for line in told[3:5]] == [("refused", "")] * 2
    assert [line[:2] for line in told[5:]] == [("x", "to_fix"), ("y", "left_out"), ("z", "left_out")]
    assert [line[2] for line in told[6:]] == ["no_phone", "duplicate_phone"]


def test_the_results_of_two_runs_are_two_files(desk, at_service):
    at_service()
    desk.write(people=3)
    desk.run()
    desk.call("results")
    desk.write(people=5)
    desk.run()
    desk.call("results")
    told = [[line["Phone"] for line in lines(desk, f"results-run-{run}.csv")] for run in (1, 2)]
    assert told == [NUMBERS[:3], NUMBERS[3:5]]


@pytest.mark.parametrize("name", ["people.csv", "ledger.sqlite", "people.parquet", "campaign.toml"])
def test_what_is_no_results_is_not_overwritten(desk, at_service, name):
    at_service()
    desk.write(people=3)
    desk.run()
    (desk.folder / "people.parquet").write_bytes(b"PAR1")
    there = desk.folder / name
    before = there.read_bytes()
    ended = desk.call("results", "--out", str(there))
    assert (ended.code, there.read_bytes()) == (2, before)
    assert "something else than results is there" in ended.err


@pytest.mark.parametrize("more", [["--out", "r.csv"], ["--out", "r.parquet"], ["--out", "r.csv", "--for-crm"]])
def test_results_are_written_over_older_ones(desk, at_service, more):
    at_service()
    desk.write(people=3)
    desk.run()
    assert [desk.call("results", *more).code for _ in range(2)] == [0, 0]


def test_one_batch_that_is_not_final_is_counted_as_one(desk, at_service):
    at_service(call_seconds=3600)
    desk.write(people=3)
    desk.run()
    assert "1 batch is not final yet." in desk.call("results").out


@pytest.mark.parametrize("watch", [[], ["--watch"]])
@pytest.mark.parametrize(("status", "code"), [(401, 2), (403, 2), (404, 3)])
def test_a_refused_key_is_not_to_be_tried_for_ever(desk, at_service, watch, status, code):
    at_service(f"batch/{status}:2", call_seconds=3600)
    desk.write(people=6)
    desk.run()
    refused = desk.call("results", *watch)
    assert (refused.code, "check ELEVENLABS_API_KEY" in refused.err) == (code, status == 401)


def test_only_batches_that_are_not_final_are_asked_for_again(desk, at_service):
    running = at_service(call_seconds=3600)
    desk.write(people=6)
    desk.run()
    first = desk.call("results")
    assert (first.code, questions(running)) == (0, 2)
    assert "2 batches are not final yet." in first.out
    later = at_service(file=running.calls.path)
    with open_ledger(desk.ledger) as ledger, ledger.transaction() as connection:
        connection.execute(runs.update().values(base_url=later.url))
    assert "All are final." in desk.call("results").out
    assert questions(later) == 4
    desk.call("results")
    assert questions(later) == 4


def test_watching_ends_when_all_is_final(desk, at_service):
    sandbox = at_service("batch/404=1", call_seconds=0.3)
    desk.write(people=4)
    desk.run()
    left: list[int] = []

    async def watch(ledger):
        async with Services(lambda url: Service(url, Key(KEY), timeout=5)) as services:
            return await watch_results(ledger, services, 1, Watch(0.2, cancel=True, say=left.append))

    with open_ledger(desk.ledger) as ledger:
        assert asyncio.run(watch(ledger)) == []
    assert left
    assert questions(sandbox) >= 3
    assert desk.call("results", "--watch", "--json").document["batches_not_final"] == 0


@pytest.mark.parametrize("cancel", [True, False])
def test_watching_cancels_what_is_open_when_the_hours_of_its_people_end(desk, at_service, cancel):
    sandbox = at_service(call_seconds=3600, at_once=1)
    on_end = "[rules]\non_window_end = 'cancel'" if cancel else "[rules]"
    desk.write(people=6, campaign=CAMPAIGN.replace("[rules]", on_end))
    desk.run()
    began = time.time()
    desk.sql("UPDATE batches SET end_unix = ? WHERE number = 1", int(began) + 100)
    desk.sql("UPDATE batches SET end_unix = ? WHERE number = 2", int(began) + 10_000)
    waits: list[float] = []

    async def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 4:
            raise KeyboardInterrupt

    async def watch(ledger):
        async with Services(lambda url: Service(url, Key(KEY), timeout=5)) as services:
            clock = lambda: began + sum(waits)  # noqa: E731
            return await watch_results(ledger, services, 1, Watch(60, cancel, lambda _: None, clock, sleep))

    with open_ledger(desk.ledger) as ledger, pytest.raises(KeyboardInterrupt):
        asyncio.run(watch(ledger))
    states = [state for (state,) in desk.sql("SELECT state FROM batches ORDER BY number")]
    claims = desk.sql("SELECT count(*) FROM claims WHERE kind = 'phone'")
    if cancel:
        assert waits == [60, pytest.approx(40, abs=1), 60, 60]
        assert (states, claims, len(sandbox.calls.requests("/cancel"))) == (["cancelled", "accepted"], [(4,)], 1)
    else:
        assert (waits, states, claims) == ([60] * 4, ["accepted"] * 2, [(6,)])


def test_a_batch_that_cannot_be_had_is_named_and_the_others_are_told(desk, at_service):
    at_service("batch/404:1")
    desk.write(people=6)
    desk.run()
    ended = desk.call("results", "--json")
    assert (ended.code, ended.document["batches_not_final"]) == (3, 1)
    assert "warning: batch " in ended.err
    assert sum(ended.document["statuses"].values()) == 3
    assert sorted({line["campaign_status"] for line in lines(desk)} - ENDINGS) == ["accepted"]


def test_nothing_but_missing_batches_ends_the_watching(desk, at_service):
    at_service("batch/404:*")
    desk.write(people=3)
    desk.run()
    assert desk.call("results", "--watch").code == 3


def test_for_a_crm_there_are_four_columns(desk, at_service):
    sandbox = at_service()
    desk.write(people=4, more="x,Ann,12\n", campaign=CAMPAIGN.replace("20%", "50%"))
    desk.run()
    desk.call("results", "--for-crm", "--out", "crm.csv")
    told = lines(desk, "crm.csv")
    assert [line["id"] for line in told] == ["r0", "r1", "r2", "r3"]
    assert list(told[0]) == ["id", "outcome", "time", "conversation_id"]
    assert {line["conversation_id"] for line in told} == set(conversations(sandbox).values())
    assert all(line["time"].startswith("20") and line["time"].endswith("Z") for line in told)


def test_a_crm_needs_a_mapped_id(desk, at_service):
    at_service()
    desk.write(people=3, campaign=CAMPAIGN.replace('id = "{Id}"\n', ""))
    desk.run()
    ended = desk.call("results", "--for-crm")
    assert ended.code == 2
    assert "no row of this run has a mapped id" in ended.err


def test_a_workbook_is_not_written_and_that_is_said(desk, at_service):
    at_service()
    desk.write(people=1)
    desk.run("--no-report")
    refused = desk.call("results", "--out", "results.xlsx")
    assert refused.code == 2
    assert "write results.csv" in refused.err


def test_a_name_that_ends_in_parquet_makes_a_parquet_file(desk, at_service):
    at_service()
    desk.write(people=4)
    desk.run()
    desk.call("results", "--out", "results.parquet")
    frame = pl.read_parquet("results.parquet")
    assert frame.columns[:4] == ["Id", "Name", "Phone", "campaign_row"]
    assert frame["Phone"].to_list() == NUMBERS[:4]
    assert set(frame["campaign_status"]) <= ENDINGS


def test_an_ambiguous_match_is_reported(desk, at_service):
    at_service()
    desk.write(people=3)
    desk.run()
    ((kept,),) = desk.sql("SELECT recipients_zstd FROM payloads")
    sent = zstandard.ZstdDecompressor().decompress(kept).replace(NUMBERS[0].encode(), NUMBERS[50].encode())
    with open_ledger(desk.ledger) as ledger, ledger.transaction() as connection:
        connection.execute(payloads.update().values(recipients_zstd=zstandard.compress(sent)))
    ended = desk.call("results", "--json")
    assert ended.code == 0
    assert [each["row"] for each in ended.document["ambiguous"]] == [2]
    first = lines(desk)[0]
    assert (first["campaign_status"], first["campaign_conversation_id"]) == ("ambiguous", "")
    assert "another number" in first["campaign_problem"]


def test_another_run_may_be_named_and_a_test_is_not_the_last_run(desk, at_service):
    at_service()
    desk.write(people=3)
    desk.run()
    desk.write(people=4)
    desk.run()
    desk.call("test", str(desk.file), "--to", "+14155552671", "--yes")
    assert desk.call("results", "--json").document["run"] == 2
    assert desk.call("results", "--run", "1", "--json").document["run"] == 1
    test = desk.call("results", "--run", "3", "--json").document
    assert (sum(test["statuses"].values()), test["ambiguous"]) == (1, [])
    assert desk.call("results", "--run", "4").code == 2


def test_results_of_a_stopped_run_say_whose_phone_never_rang(desk, at_service):
    at_service(call_seconds=3600, at_once=1)
    desk.write(people=3)
    desk.run()
    desk.call("stop")
    desk.call("results")
    told = [(line["campaign_status"], bool(line["campaign_conversation_id"])) for line in lines(desk)]
    assert told == [("cancelled", True), ("cancelled", False), ("cancelled", False)]
