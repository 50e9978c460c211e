"""The lock: one run a campaign, and nothing kept by the dead."""

import errno
import os
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
def ledger(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite", create=True, clock=lambda: NOW) as opened:
        yield opened


def test_a_second_run_of_the_campaign_learns_who_is_active(ledger):
    with ledger.lock("survey"), pytest.raises(CampaignError) as busy, ledger.lock("survey"):
        pass
    assert busy.value.exit_code == Exit.BUSY
    assert f"process {os.getpid()} on " in str(busy.value)
    assert "since 2024-04-01T13:00:00.000Z" in str(busy.value)


def test_another_thread_is_another_run(ledger):
    codes = []

    def compete() -> None:
        try:
            with open_ledger(ledger.path) as mine, mine.lock("survey"):
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
    command = [sys.executable, "-c", HOLDER, str(ledger.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CampaignError, match=f"process {holder.pid} on "), ledger.lock("survey"):
            pass
        holder.kill()
        holder.wait()
        with ledger.lock("survey"):
            pass


def test_a_lock_file_that_says_nothing_yet_is_still_held(ledger):
    with ledger.lock("survey"):
        next(ledger.path.parent.glob("*.lock")).write_text("")
        with pytest.raises(CampaignError, match="just begun"), ledger.lock("survey"):
            pass


def test_a_folder_that_cannot_hold_a_lock_file_is_said(ledger):
    mark = ledger.mark("survey")
    ledger.path.with_name(f"{ledger.path.name}.{mark}.lock").mkdir()
    with pytest.raises(CampaignError, match="lock file"), ledger.lock("survey"):
        pass


def test_a_lock_file_on_a_full_disk_is_said(ledger, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    with pytest.raises(CampaignError, match=r"lock file .* cannot be written: No space left"), ledger.lock("survey"):
        pass
