"""The commands with a ledger on a PostgreSQL server: they are the same."""

import csv
import json
import os
import signal

import polars as pl
import pytest
import zstandard

from tests.program import NUMBERS, called, submits, wait_until

pytestmark = pytest.mark.parametrize("desk", ["postgresql"], indirect=True)


def test_a_missing_ledger_is_asked_for_and_check_makes_none(desk, at_service):
    sandbox = at_service()
    desk.write(people=3)
    checked = desk.call("check", str(desk.file))
    assert checked.code == 0
    assert "nobody counts as called before" in checked.err
    refused = desk.call("run", str(desk.file), "--yes")
    assert (refused.code, called(sandbox)) == (2, [])
    assert "there is no ledger at postgresql://admin@/" in refused.err
    assert desk.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_everybody_is_called_once_and_everything_can_be_found_again(desk, at_service, monkeypatch):
    monkeypatch.chdir(desk.folder)
    sandbox = at_service()
    desk.write(people=7, more="bad,Nobody,123\n")
    assert desk.run().code == 0
    assert desk.run().code == 0
    assert sorted(called(sandbox)) == NUMBERS[:7]
    status = json.loads(desk.call("status", "--json").out)
    assert status["ledger"].startswith("postgresql://admin@/")
    assert [(run["rows"], run["planned"], run["people"]) for run in status["runs"]] == [(8, 7, {"accepted": 7})]
    assert "Person 0" in desk.call("who", NUMBERS[0]).out
    assert desk.call("batch show", "1", "1").code == 0
    assert desk.call("batch reconcile").code == 0
    assert desk.call("results").code == 0
    with (desk.folder / "results-run-1.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert [line["Phone"] for line in told] == [*NUMBERS[:7], "123"]
    assert all(line["campaign_status"] for line in told[:7])


def test_a_stop_blocks_until_start_and_frees_whose_phone_never_rang(desk, at_service):
    sandbox = at_service(call_seconds=3600, at_once=1)
    desk.write(people=6)
    desk.run()
    stopped = desk.call("stop")
    assert stopped.code == 0
    assert "free again: 4" in stopped.out
    assert (desk.run().code, submits(sandbox)) == (2, 2)
    assert desk.call("start").code == 0
    assert (desk.run().code, submits(sandbox)) == (0, 4)


def test_what_was_lost_is_settled_by_hand(desk, at_service):
    sandbox = at_service("500", "lag=3600")
    desk.write(people=3)
    assert desk.run().code == 4
    assert desk.call("batch settle", "1", "1", "--no-calls-placed", "--yes", "--people", "3").code == 0
    assert (
        desk.sql("SELECT state, settled FROM people JOIN attempts USING (batch_id)") == [("planned", "not_placed")] * 3
    )
    assert desk.call("resume").code == 0
    assert called(sandbox) == NUMBERS[:3]


def test_another_run_learns_who_is_active_and_a_killed_one_keeps_nothing(desk, at_service):
    sandbox = at_service("latency=0.7")
    desk.write(people=10)
    process = desk.start("run", str(desk.file), "--yes", "--create-ledger")
    wait_until(lambda: submits(sandbox))
    busy = desk.run()
    assert busy.code == 75
    assert f"process {process.pid} on {os.uname().nodename}"[:30] in busy.err
    process.send_signal(signal.SIGKILL)
    process.communicate()
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
    wait_until(lambda: desk.sql(f"SELECT count(*) {others}") == [(0,)])
    assert desk.call("resume").code == 0
    assert sorted(called(sandbox)) == NUMBERS[:10]


def test_a_forgotten_person_is_in_no_table_and_is_not_called_again(desk, at_service, monkeypatch):
    monkeypatch.setenv("CAMPAIGN_HASH_KEY", "0123456789abcdef" * 4)
    sandbox = at_service()
    desk.write(people=3)
    desk.run()
    desk.call("results", "--out", str(desk.folder / "results.csv"))
    assert {NUMBERS[1], "Person 1"} <= found_in(desk, NUMBERS[1], "Person 1")
    forgotten = desk.call("people forget", NUMBERS[1], "--yes")
    assert forgotten.code == 0, forgotten.err
    assert found_in(desk, NUMBERS[1], NUMBERS[1][1:], "Person 1") == set()
    assert found_in(desk, NUMBERS[2], "Person 2") == {NUMBERS[2], "Person 2"}
    assert (desk.run().code, called(sandbox)) == (0, NUMBERS[:3])


def found_in(desk, *texts):
    """Which of these stand anywhere in the ledger's tables, compressed or not."""
    tables = desk.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    told = [str(desk.sql(f"SELECT t::text FROM {table} t")) for (table,) in tables]
    told += [str(zstandard.decompress(blob)) for (blob,) in desk.sql("SELECT recipients_zstd FROM payloads")]
    told += [pl.read_parquet(blob).write_csv() for (blob,) in desk.sql("SELECT parquet FROM sources")]
    return {text for text in texts if any(text in each for each in told)}


def test_blocks_are_written_listed_and_lifted(desk, at_service):
    at_service()
    desk.write(people=2)
    assert desk.run().code == 0
    blocked = desk.call("people block", "--id", "r1", "--id", "typo", "--reason", "x", "--yes", "--json").document
    assert (blocked["blocked_too"], blocked["ids_not_seen"]) == (["+1415•••01"], ["typo"])
    assert desk.call("people list").out.startswith("3 addresses are blocked")
    released = desk.call("people release", "--id", "r1", NUMBERS[50], "--yes", "--json").document
    assert (released["not_blocked"], released["still_blocked"]) == (["+1415•••50"], ["+1415•••01"])
    unknown = desk.call("people release", NUMBERS[51], "--yes", "--json")
    assert unknown.document["still_blocked"] == []
