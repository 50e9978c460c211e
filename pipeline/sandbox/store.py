"""The sandbox's file: its tables, and what is read from them by whoever writes or counts."""

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from schemas.errors import CampaignError

_APPLICATION = 0x5A4E4442  # says that a file is a sandbox's

_TABLES = f"""
BEGIN IMMEDIATE;
PRAGMA application_id = {_APPLICATION};
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY, at REAL NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    fault TEXT NOT NULL, status INTEGER
);
CREATE TABLE IF NOT EXISTS batches (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, head TEXT NOT NULL, agent_id TEXT NOT NULL,
    people INTEGER NOT NULL, received_at REAL NOT NULL, placed_at REAL NOT NULL, cancelled_at REAL,
    listed_from REAL NOT NULL, lists_left INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS batches_of_agent ON batches (agent_id, number);
CREATE TABLE IF NOT EXISTS rounds (batch INTEGER NOT NULL, at REAL NOT NULL, positions TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS rounds_of_batch ON rounds (batch);
COMMIT;
"""


@dataclass(frozen=True)
class Round:
    """Calls of a batch that begin together: everyone's at first, then those of people who are called again."""

    at: float
    positions: Sequence[int]


@dataclass(frozen=True)
class Batch:
    """A batch that was placed. `head` is its body without the recipients; times are Unix seconds."""

    number: int
    id: str
    head: Mapping[str, Any]
    people: int
    received_at: float
    placed_at: float
    cancelled_at: float | None
    again: tuple[Round, ...] = ()

    @property
    def start(self) -> float:
        """When its calls begin: at the time asked for, at once when there is none or it is over."""
        return max(float(self.head.get("scheduled_time_unix") or 0), self.placed_at)

    @property
    def rounds(self) -> tuple[Round, ...]:
        """All calls, in the order in which they begin."""
        return (Round(self.start, range(self.people)), *self.again)


def opened(path: Path, *, writer: bool) -> sqlite3.Connection:
    """A connection to a sandbox's file; the writer makes it (0600) where it is missing.

    Raises CampaignError when it cannot be opened or holds something else.
    """
    try:
        if writer:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        uri = f"{path.absolute().as_uri()}?mode=rw"
        sql = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise CampaignError(f"the sandbox's file {path} cannot be opened: {error}") from error
    try:
        _own(sql, writer=writer)
    except (sqlite3.Error, LookupError) as error:
        sql.close()
        raise CampaignError(f"{path} is not a file of a sandbox ({error}); name another one") from error
    return sql


def _own(sql: sqlite3.Connection, *, writer: bool) -> None:
    """A commit outlives the process, not the machine's power: nothing waits for the disk."""
    tables = sql.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and sql.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise LookupError("another program made it")
    if not writer:
        sql.execute("PRAGMA query_only = ON")
        return
    sql.execute("PRAGMA journal_mode = WAL")
    sql.execute("PRAGMA synchronous = OFF")
    sql.executescript(_TABLES)


def batches(sql: sqlite3.Connection, where: str, values: Mapping[str, Any]) -> list[Batch]:
    """Batches by a condition of ours, without their people."""
    rows = sql.execute(
        "SELECT number, id, head, people, received_at, placed_at, cancelled_at"  # noqa: S608 -- `where` is a constant
        f" FROM batches WHERE {where}",
        values,
    ).fetchall()
    again = _rounds(sql, [row[0] for row in rows])
    return [
        Batch(number, batch_id, json.loads(head), people, received, placed, cancelled, again.get(number, ()))
        for number, batch_id, head, people, received, placed, cancelled in rows
    ]


def _rounds(sql: sqlite3.Connection, numbers: Sequence[int]) -> Mapping[int, tuple[Round, ...]]:
    wanted = json.dumps(numbers)
    rows = sql.execute(
        "SELECT batch, at, positions FROM rounds WHERE batch IN (SELECT value FROM json_each(?)) ORDER BY batch, rowid",
        (wanted,),
    ).fetchall()
    return {
        number: tuple(Round(at, json.loads(positions)) for _, at, positions in group)
        for number, group in groupby(rows, key=lambda row: row[0])
    }


def recipients(sql: sqlite3.Connection, batch: Batch) -> list[dict[str, Any]]:
    """The people of a batch as they were sent, in order."""
    body = sql.execute("SELECT body FROM batches WHERE number = ?", (batch.number,)).fetchone()[0]
    people: list[dict[str, Any]] = json.loads(body)["recipients"]
    return people


def recipient_id(batch_id: str, position: int, recipient: Mapping[str, Any]) -> str:
    """The id that a recipient was sent with, or the one it is given."""
    return str(recipient.get("id") or f"{batch_id.replace('btcal', 'rcpt')}_{position}")


def address(recipient: Mapping[str, Any]) -> str:
    """Whom a recipient's call reaches: its phone number, or else its WhatsApp id."""
    return str(recipient.get("phone_number") or recipient["whatsapp_user_id"])
