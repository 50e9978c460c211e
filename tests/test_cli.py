"""The door: commands load when they are called, errors are one line, and the table of commands is true."""

import importlib
import json
import subprocess
import sys

import click
import pytest

from pipeline import cli
from schemas.errors import CampaignError, Exit


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_of_the_table_exists_and_has_the_common_options(name):
    command = cli.cli.get_command(click.Context(cli.cli), name)
    assert command.name == name
    for each in command.commands.values() if isinstance(command, click.Group) else [command]:
        assert {"campaign_file", "ledger", "as_json", "quiet", "verbose", "log_format"} <= {
            parameter.name for parameter in each.params
        }


def test_help_loads_no_heavy_library():
    code = "import sys; from pipeline.cli import main; main(['--help']); print({'polars', 'httpx', 'sqlalchemy', 'pandera', 'pydantic', 'rich'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.endswith("set()\n")


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_help_of_a_command_loads_no_heavy_library(name):
    code = f"import sys; from pipeline.cli import main; main(['{name}', '--help']); print({{'polars', 'httpx', 'sqlalchemy', 'pandera', 'rich'}} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.endswith("set()\n")


def test_the_module_is_the_program():
    ended = subprocess.run([sys.executable, "-m", "pipeline", "--version"], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("campaign ")


@pytest.mark.parametrize(
    "arguments", [["chekc"], ["check"], ["check", "--no-such-option", "x"], ["run", "x", "--limit", "0"]]
)
def test_a_wrong_call_is_one_line_and_exit_2(arguments, capsys):
    assert cli.main(arguments) == Exit.REFUSED
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [["--log-format", "json"], ["--log-format=json"], ["--log-format", "json", "--bad"]]
)
def test_with_json_messages_an_error_is_one_too(capsys, tmp_path, arguments):
    assert cli.main(["check", str(tmp_path / "none.csv"), "-c", str(tmp_path / "none.toml"), *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["level"], "campaign: " in told["message"]) == ("error", False)


def test_with_json_an_error_is_the_one_document(capsys, tmp_path):
    assert cli.main(["check", str(tmp_path / "none.csv"), "-c", str(tmp_path / "none.toml"), "--json"]) == Exit.REFUSED
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["exit_code"] == 2
    assert json.loads(out)["error"]["message"] in err


@pytest.mark.parametrize(("raised", "code", "said"), [
    (CampaignError("row 3: mend it", exit_code=Exit.BUSY), 75, "row 3: mend it"),
    (KeyboardInterrupt(), 130, "interrupted"),
    (ZeroDivisionError("+14155552671"), 2, "ZeroDivisionError"),
])  # fmt: skip
def test_no_error_leaves_as_a_traceback_or_shows_what_it_held(monkeypatch, capsys, raised, code, said):
    module = importlib.import_module("pipeline.commands.status")

    @click.command("status")
    def command():
        raise raised

    monkeypatch.setattr(module, "command", command)
    assert cli.main(["status"]) == code
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert "4155552671" not in err


def test_what_a_library_logs_is_not_told_to_people():
    script = (
        "import logging\nfrom pipeline.commands.messages import show_messages\nshow_messages(10, as_json=False)\n"
        "logging.getLogger('sqlalchemy.pool.impl.QueuePool').error('Exception closing connection', exc_info=OSError())"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stderr == b""
