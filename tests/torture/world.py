"""One campaign, one ledger, one sandbox: whatever happens in it, nobody may be called twice and nobody lost."""

import functools
import io
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from unittest.mock import patch

from pipeline.cli import main
from pipeline.sandbox.calls import Calls
from pipeline.sandbox.server import running
from pipeline.sandbox.settings import Settings
from tests.postgres_server import Databases
from tests.program import CAMPAIGN, KEY, Desk, wait_until
from tests.torture.harm import UNHARMED, Dead, Harm, harmed
from tests.torture.processes import started

#: A world that has not settled after so many runs never will.
_MOST_RUNS = 200
_LONGEST = 60.0  # seconds for one process
_QUICK = (
    ("timeout = 5", "timeout = 0.4"),
    ("attempts = 2", "attempts = 6"),
    ('max_to_fix = "20%"', 'max_to_fix = "100%"'),
)
QUICK = functools.reduce(lambda text, change: text.replace(*change), _QUICK, CAMPAIGN)


@dataclass
class Tally:
    """What was done and what came of it."""

    runs: int = 0
    kills: int = 0
    faults: int = 0
    requests: int = 0
    placed: int = 0
    unconfirmed: int = 0
    doubles: int = 0

    def add(self, other: "Tally") -> None:
        """Count what another has counted."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def __str__(self) -> str:
        return " ".join(f"{each.name} {getattr(self, each.name):,}" for each in fields(self))


@dataclass(frozen=True)
class Elsewhere(Desk):
    """A desk whose ledger has a disk of its own, mounted at `disk`."""

    @property
    def ledger(self) -> Path:
        return self.folder / "disk" / "ledger.sqlite"


@dataclass
class World:
    """`url` is where the sandbox listens, `calls` whom it called; `people` are in the export, with one row to fix.

    `refused` are the numbers that the sandbox does not call.
    """

    desk: Desk
    url: str
    calls: Calls
    people: int
    tally: Tally
    refused: tuple[str, ...] = ()

    def has_ledger(self) -> bool:
        """Whether there is a ledger, whole or not; nobody writes in it."""
        if self.desk.url is None:
            return self.desk.ledger.exists() and bool(self.desk.sql("SELECT 1 FROM sqlite_master"))
        self._wait_for_the_dead()
        return bool(self.desk.sql("SELECT 1 FROM pg_class WHERE relname = 'claims'"))

    def is_sound(self) -> bool:
        """Whether the database finds no fault with itself."""
        if self.desk.url is None:
            checks = [self.desk.sql("PRAGMA integrity_check"), self.desk.sql("PRAGMA foreign_key_check")]
            return checks == [[("ok",)], []]
        lost = "SELECT 1 FROM claims LEFT JOIN batches ON id = batch_id WHERE id IS NULL"
        return self.desk.sql(lost) == []

    def _wait_for_the_dead(self) -> None:
        """A server ends what a dead process had asked for before it looks up."""
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
        wait_until(lambda: self.desk.sql(f"SELECT count(*) {others}") == [(0,)])

    @property
    def said(self) -> Path:
        return self.desk.folder / "said"

    def arguments(self, command: str = "run") -> list[str]:
        """`campaign run` without questions, or `campaign resume`."""
        if command == "resume":
            return self.desk.arguments(command)
        return self.desk.arguments("run", str(self.desk.file), "--yes", "--create-ledger", "--no-report")

    def start(self, harm: Harm = UNHARMED):
        """A run as a process."""
        self.tally.runs += 1
        return started(self.arguments(), self.said, self._environment(), harm)

    def run(self, harm: Harm = UNHARMED) -> int:
        """A run as a process, to its end: its exit code, or minus the number of the signal that ended it."""
        return self.ended(self.start(harm))

    def ended(self, process) -> int:
        """Wait for a process; its exit code."""
        process.join(_LONGEST)
        code = process.exitcode
        assert code is not None, "the run does not end"
        self.tally.kills += code == -9
        process.close()
        return code

    def run_here(self, harm: Harm = UNHARMED, command: str = "run") -> int:
        """A run in this process, or a resume; -9 if it died, which is pretended."""
        self.tally.runs += 1
        told = io.StringIO()
        with patch.dict("os.environ", self._environment()), redirect_stdout(told), redirect_stderr(told):
            code = _lived(self.arguments(command), harm)
        with self.said.open("a") as said:
            said.write(told.getvalue())
        self.tally.kills += code == -9
        return code

    def settle(self, go=None) -> int:
        """Resume and run again until there is nothing left to send; the last exit code. `go` makes one run.

        Every scene ends so. Those whom the service refuses are tried again by every run.
        """
        go = go or self.run
        for _ in range(_MOST_RUNS):
            self.run_here(command="resume")
            before = self._sent()
            code = go()
            if self._sent() == before and code in (0, 4, *((1,) if self.refused else ())) and not self._is_any_left():
                return code
        raise AssertionError(f"it does not settle; see {self.said}")

    def requests(self) -> int:
        """How many requests to submit the sandbox has had; that a run looks at the list sends nothing."""
        return len(self.calls.requests("/submit"))

    def _sent(self) -> int:
        """How much has been sent: requests, or where some are always refused, people."""
        return len(self.calls.placed()) if self.refused else self.requests()

    def _is_any_left(self) -> bool:
        return bool(self.desk.sql("SELECT 1 FROM batches WHERE state IN ('planned', 'sending')"))

    def _environment(self) -> Mapping[str, str]:
        return {"ELEVENLABS_API_KEY": KEY, "ELEVENLABS_BASE_URL": self.url, "HOME": str(self.desk.folder)}


def _lived(arguments: list[str], harm: Harm) -> int:
    with harmed(harm, pretended=True):
        try:
            return int(main(arguments))
        except Dead:
            return -9


@contextmanager
def world(
    folder: Path,
    *faults: str,
    people: int = 7,
    tally: Tally | None = None,
    databases: Databases | None = None,
    **settings: object,
) -> Iterator[World]:
    """A world with so many people, three a batch; `faults` and `settings` are the sandbox's. Counted when it ends.

    A folder `disk` in it holds the ledger; or else a new one of `databases`.
    """
    url = databases.fresh() if databases else None
    desk = (Elsewhere if (folder / "disk").is_dir() else Desk)(folder, None, url)
    desk.write(people, more="bad,Nobody,123\n", campaign=QUICK)
    mine = Tally()
    with running(folder / "sandbox.sqlite", Settings(faults=faults, **settings)) as sandbox:
        there = World(desk, sandbox.url, sandbox.calls, people, mine, settings.get("refused", ()))
        yield there
        _count(there)
    if databases:
        databases.drop(url)
    if tally is not None:
        tally.add(mine)


def _count(there: World) -> None:
    seen = Counter(placed.address for placed in there.calls.placed())
    requests = there.calls.requests()
    there.tally.requests += len(requests)
    there.tally.faults += sum(bool(request.fault) for request in requests)
    there.tally.placed += seen.total()
    there.tally.doubles += seen.total() - len(seen)
    with suppress(sqlite3.DatabaseError, UnicodeDecodeError):  # one that was damaged says nothing
        if there.has_ledger():
            lost = there.desk.sql("SELECT coalesce(sum(recipients), 0) FROM batches WHERE state = 'unconfirmed'")
            there.tally.unconfirmed += lost[0][0]
