"""Who was called: the sandbox's file, read by a test or a person while the sandbox runs, or after it was killed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.sandbox import store
from pipeline.sandbox.store import Batch


class Placed(NamedTuple):
    """One call that was placed; a person who is in a batch twice, or called again, has two."""

    batch_id: str
    call_name: str
    address: str
    recipient_id: str
    recipient: dict[str, Any]


class Request(NamedTuple):
    """One request that was received. `status` is None where no answer was sent; `fault` is empty where none was due."""

    at: float
    method: str
    path: str
    fault: str
    status: int | None


@dataclass(frozen=True)
class Calls:
    """The record of one sandbox. Each method reads the file anew."""

    path: Path

    def batches(self) -> list[Batch]:
        """Every batch that was placed, in order."""
        with closing(self._open()) as sql:
            return store.batches(sql, "TRUE ORDER BY number", {})

    def body(self, batch_id: str) -> bytes:
        """The bytes that a batch was submitted with."""
        with closing(self._open()) as sql:
            row = sql.execute("SELECT body FROM batches WHERE id = ?", (batch_id,)).fetchone()
            return bytes(row[0])

    def placed(self) -> list[Placed]:
        """Every call, in the order of the batches and of the recipients in them."""
        return [placed for batch in self.batches() for placed in self.of(batch)]

    def of(self, batch: Batch) -> Iterator[Placed]:
        """The calls of one batch."""
        with closing(self._open()) as sql:
            people = store.recipients(sql, batch)
        for position in (position for calls in batch.rounds for position in calls.positions):
            yield _placed(batch, position, people[position])

    def requests(self, path: str = "") -> list[Request]:
        """Every request whose path ends so, in the order of arrival."""
        with closing(self._open()) as sql:
            rows = sql.execute("SELECT at, method, path, fault, status FROM requests ORDER BY number").fetchall()
        return [request for request in map(Request._make, rows) if request.path.endswith(path)]

    def _open(self) -> sqlite3.Connection:
        return store.opened(self.path, writer=False)


def _placed(batch: Batch, position: int, recipient: dict[str, Any]) -> Placed:
    given = store.recipient_id(batch.id, position, recipient)
    return Placed(batch.id, batch.head["call_name"], store.address(recipient), given, recipient)
