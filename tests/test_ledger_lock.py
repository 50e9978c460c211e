"""The lock: one run a campaign, and nothing kept by the dead."""

import errno
import os
import re
import subprocess
import sys
import threading

import pytest

from pipeline.ledger import open_ledger
from schemas.errors import CampaignError, Exit
from tests.plans import NOW

HOLDER = """
import sys, time
from pipeline.ledger import open_ledger
with open_ledger(sys.argv[1]) as ledger, ledger.lock("survey"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def ledger(place):
    with open_ledger(place, create=True, clock=lambda: NOW) as opened:
        yield opened


def test_a_second_run_of_the_campaign_learns_who_is_active(ledger):
    with ledger.lock("survey"), pytest.raises(CampaignError) as busy, ledger.lock("survey"):
        pass
    assert busy.value.exit_code == Exit.BUSY
    assert f"process {os.getpid()} on " in str(busy.value)
    assert re.search(r"since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(busy.value))


def test_another_thread_is_another_run(ledger):
    codes = []

    def compete() -> None:
        try:
            with open_ledger(ledger.place) as mine, mine.lock("survey"):
                codes.append(0)
        except CampaignError as error:
            codes.append(error.exit_code)

    with ledger.lock("survey"):
        thread = threading.Thread(target=compete)
        thread.start()
        thread.join()
    assert codes == [Exit.BUSY]


def test_campaigns_do_not_wait_for_each_other(ledger):
    with ledger.lock("survey"), ledger.lock("another"):
        pass


def test_the_lock_is_free_after_a_run_and_after_a_failure(ledger):
    with pytest.raises(RuntimeError), ledger.lock("survey"):
        raise RuntimeError
    with ledger.lock("survey"):
        pass
    with ledger.lock("survey"):
        pass


def test_a_killed_process_keeps_nothing(ledger):
    command = [sys.executable, "-c", HOLDER, ledger.place]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CampaignError, match=f"process {holder.pid} on "), ledger.lock("survey"):
            pass
        holder.kill()
        holder.wait()
        with ledger.lock("survey"):
            pass


@pytest.fixture
def in_file(tmp_path):
    """A ledger whose lock is a file."""
    with open_ledger(tmp_path / "ledger.sqlite", create=True, clock=lambda: NOW) as opened:
        yield opened


def test_a_lock_file_says_since_when_it_is_held(in_file):
    said = pytest.raises(CampaignError, match=r"since 2024-04-01T13:00:00\.000Z")
    with in_file.lock("survey"), said, in_file.lock("survey"):
        pass


def test_a_lock_file_that_says_nothing_yet_is_still_held(in_file, tmp_path):
    with in_file.lock("survey"):
        next(tmp_path.glob("*.lock")).write_text("")
        with pytest.raises(CampaignError, match="just begun"), in_file.lock("survey"):
            pass


def test_a_folder_that_cannot_hold_a_lock_file_is_said(in_file, tmp_path):
    (tmp_path / f"ledger.sqlite.{in_file.mark('survey')}.lock").mkdir()
    with pytest.raises(CampaignError, match="lock file"), in_file.lock("survey"):
        pass


def test_a_lock_file_on_a_full_disk_is_said(in_file, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    with pytest.raises(CampaignError, match=r"lock file .* cannot be written: No space left"), in_file.lock("survey"):
        pass
