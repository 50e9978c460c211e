"""Reading a ledger where one may not write."""

import os
import sqlite3
import subprocess
from contextlib import contextmanager

import pytest

from pipeline.ledger import open_ledger
from schemas.errors import CampaignError, Exit
from tests.plans import NOW
from tests.program import NUMBERS


@contextmanager
def unwritable(folder):
    """Take away the right to write into a folder; from root, by mounting it read-only over itself."""
    if os.geteuid():
        folder.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(0o755)
        return
    if subprocess.run(["mount", "--bind", folder, folder], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here, and root may write everywhere")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_status_who_and_check_read_it(desk, at_service):
    at_service()
    desk.write(people=3)
    desk.run("--no-report")
    with unwritable(desk.folder):
        assert "3 accepted" in desk.call("status").out
        assert "accepted since" in desk.call("who", NUMBERS[0]).out
        assert "3 people" in desk.call("batch show", "1", "1").out
        assert desk.call("check", str(desk.file), "--no-report", "--json").document["counts"]["called_before"] == 3
        refused = desk.call("run", str(desk.file), "--yes")
    assert refused.code == 2
    assert "make the file and its folder writable" in refused.err or "write to its folder" in refused.err
    assert not list(desk.folder.glob("ledger.sqlite-*"))


def test_there_may_be_no_ledger_and_no_folder_yet(desk, monkeypatch):
    desk.write(people=3)
    nowhere = desk.folder / "not" / "yet"
    monkeypatch.setenv("CAMPAIGN_LEDGER", str(nowhere / "ledger.sqlite"))
    assert desk.call("check", str(desk.file), "--no-report", "--json").document["counts"]["planned"] == 3
    assert "there is no ledger" in desk.call("status").err
    with pytest.raises(CampaignError, match="there is no ledger"):
        open_ledger(nowhere / "ledger.sqlite", reading=True)


def test_one_that_was_not_closed_is_not_read_without_its_latest_lines(desk, at_service):
    at_service()
    desk.write(people=3)
    desk.run("--no-report")
    with sqlite3.connect(desk.ledger) as connection:
        connection.execute("UPDATE runs SET exit_code = 7")
        connection.commit()
        with unwritable(desk.folder):
            assert desk.call("status", "--json").document["runs"][0]["exit_code"] == 7
        wal = desk.ledger.with_name("ledger.sqlite-wal")
        kept = wal.read_bytes()
    connection.close()
    wal.write_bytes(kept)
    with unwritable(desk.folder):
        ended = desk.call("status")
    assert ended.code == 2
    assert "write to its folder" in ended.err


def test_what_was_written_meanwhile_is_not_taken_for_read(tmp_path, monkeypatch):
    path = tmp_path / "ledger.sqlite"
    open_ledger(path, create=True, clock=lambda: NOW).close()
    monkeypatch.setattr("pipeline.ledger.sqlite.os.access", lambda *_: False)
    with open_ledger(path, reading=True) as ledger:
        assert ledger.campaign_names() == []
        with open_ledger(path) as other:
            other.mark("survey")
        with pytest.raises(CampaignError, match="was written to while it was read") as refused:
            ledger.campaign_names()
    assert refused.value.exit_code is Exit.BUSY
