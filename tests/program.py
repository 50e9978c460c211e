"""The program as its users have it: a folder with an export and a campaign file, and the commands on them."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

from pipeline.cli import main

KEY = "sk_secret_0123456789"
#: US numbers, all valid; the n-th person has the n-th.
NUMBERS = [f"+1415555{n:04}" for n in range(2600, 2700)]

CAMPAIGN = """
[campaign]
name = "spring"
call_name = "Spring survey"
agent_id = "agent_1"
agent_phone_number_id = "phone_1"
[schedule]
start = "now"
timezone = "UTC"
[columns]
id = "{Id}"
phone_number = "{Phone}"
[phone]
default_region = "US"
[dynamic_variables]
name = "{Name}"
[limits]
max_recipients = 3
[rules]
max_calls = 100
max_to_fix = "20%"
hours = "any"
[delivery]
attempts = 2
timeout = 5
max_seconds = 30
"""


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict:
        """The one JSON document of `--json`."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """A folder to work in. `call` runs a command in this process, `start` as a process of its own.

    The ledger is in the folder, or at the `url` of a PostgreSQL database.
    """

    folder: Path
    capsys: object
    url: str | None = None

    @property
    def file(self) -> Path:
        return self.folder / "people.csv"

    @property
    def ledger(self) -> Path | str:
        return self.url or self.folder / "ledger.sqlite"

    def write(self, people: int = 10, more: str = "", campaign: str = CAMPAIGN) -> None:
        """An export with so many people, lines of `more` after them, and the campaign file."""
        lines = [f"r{n},Person {n},{NUMBERS[n]}" for n in range(people)]
        self.file.write_text("\n".join(["Id,Name,Phone", *lines]) + "\n" + more, "utf-8")
        (self.folder / "campaign.toml").write_text(campaign, "utf-8")

    def call(self, *arguments: str) -> Ended:
        """Run a command here."""
        self.capsys.readouterr()
        code = main(self.arguments(*arguments))
        return Ended(int(code), *self.capsys.readouterr())

    def run(self, *more: str) -> Ended:
        """`campaign run` on the export, without questions."""
        return self.call("run", str(self.file), "--yes", "--create-ledger", *more)

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start a command as a process."""
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", *self.arguments(*arguments)],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def arguments(self, command: str, *rest: str) -> list[str]:
        """The arguments with this folder's campaign file and ledger; a command may have two words."""
        return [*command.split(), "-c", str(self.folder / "campaign.toml"), "--ledger", str(self.ledger), *rest]

    def sql(self, statement: str, *values: object) -> list[tuple]:
        """Ask the ledger, or change it, with the plain driver; a value is `?`."""
        if self.url is None:
            with closing(sqlite3.connect(self.ledger)) as connection, connection:
                return connection.execute(statement, values).fetchall()
        with psycopg.connect(self.url) as connection:
            told = connection.execute(statement.replace("?", "%s"), values)
            return told.fetchall() if told.description else []


def called(sandbox) -> list[str]:
    """The numbers that the sandbox has called, in order."""
    return [placed.address for placed in sandbox.calls.placed()]


def submits(sandbox) -> int:
    """How many requests to submit came in."""
    return len(sandbox.calls.requests("/submit"))


def wait_until(holds, seconds: float = 60.0) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
