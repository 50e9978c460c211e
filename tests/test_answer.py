"""What becomes of stdout changes nothing about what was sent, and Ctrl-C ends a question."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.program import called, submits


def process(desk, *arguments: str, **more):
    return subprocess.Popen([sys.executable, "-m", "pipeline", *desk.arguments(*arguments)], text=True, **more)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_under_stdout_does_not_change_the_exit_code_of_a_run(desk, at_service):
    sandbox = at_service()
    desk.write(people=4)
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 -- a device
        run = process(desk, "run", str(desk.file), "--yes", "--create-ledger", stdout=full, stderr=subprocess.PIPE)
        _, err = run.communicate()
    assert (run.returncode, len(called(sandbox))) == (0, 4)
    assert "cannot be written to stdout" in err
    assert "4 people: 4 accepted" in err


@pytest.mark.parametrize("arguments", [["--json"], []])
def test_a_reader_that_goes_away_does_not_either(desk, at_service, arguments):
    sandbox = at_service("lost")
    desk.write(people=3)
    run = process(
        desk,
        "run",
        str(desk.file),
        "--yes",
        "--create-ledger",
        *arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    run.stdout.close()
    err = run.stderr.read()
    run.stderr.close()
    assert (run.wait(), submits(sandbox)) == (4, 1)
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


def test_a_terminal_that_lacks_a_character_gets_it_escaped(desk, at_service):
    at_service()
    desk.write(people=4, more="b,Ann,123\n")
    run = process(desk, "run", str(desk.file), "--yes", "--create-ledger", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                  env=os.environ | {"PYTHONIOENCODING": "ascii"})  # fmt: skip
    out, _ = run.communicate()
    assert run.returncode == 0
    assert "1 \\xd7 " in out


def test_ctrl_c_ends_a_question_and_nothing_was_sent(desk, at_service):
    sandbox = at_service()
    desk.write(people=4)
    mine, theirs = pty.openpty()
    run = process(
        desk, "run", str(desk.file), "--create-ledger", stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    asked = ""
    while "Type 4 to call" not in asked:
        asked += run.stderr.read(1)
    time.sleep(0.3)
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=10)
    assert (run.returncode, submits(sandbox), out) == (130, 0, "")
    assert "4 people would be called" in asked
    assert f"The service is {sandbox.url}." in asked
    os.close(mine)
    os.close(theirs)
