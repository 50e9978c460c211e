"""What the sandbox writes down: each request, and each batch that it "called"."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipeline.sandbox import store
from pipeline.sandbox.store import Batch, Round


@dataclass(frozen=True)
class Unseen:
    """How long a new batch stays unseen: placed `late` seconds after its request, listed `lag` seconds and `lists` later."""

    late: float = 0.0
    lag: float = 0.0
    lists: int = 0


class Record:
    """The sandbox's file, open for writing."""

    def __init__(self, path: Path, *, seed: int = 0) -> None:
        self._seed = seed
        self._sql = store.opened(path, writer=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._sql.close()

    def arrived(self, at: float, method: str, path: str, fault: str) -> int:
        """A request came in; returns its number."""
        row = self._sql.execute(
            "INSERT INTO requests (at, method, path, fault) VALUES (?, ?, ?, ?) RETURNING number",
            (at, method, path, fault),
        ).fetchone()
        return int(row[0])

    def answered(self, number: int, status: int) -> None:
        """A request is about to be answered."""
        self._sql.execute("UPDATE requests SET status = ? WHERE number = ?", (status, number))

    def place(self, body: bytes, read: Mapping[str, Any], now: float, unseen: Unseen) -> Batch:
        """Store a batch: from here on its people count as called. `read` is the body, parsed."""
        head = {name: value for name, value in read.items() if name != "recipients"}
        people, placed = len(read["recipients"]), now + unseen.late
        self._sql.execute("BEGIN IMMEDIATE")
        number = self._sql.execute("SELECT coalesce(max(number), 0) + 1 FROM batches").fetchone()[0]
        batch_id = f"btcal_{blake2b(f'{self._seed}/{number}'.encode(), digest_size=14).hexdigest()}"
        self._sql.execute(
            "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)",
            (number, batch_id, json.dumps(head), read["agent_id"], people, now, placed, placed + unseen.lag, unseen.lists, body),
        )  # fmt: skip
        self._sql.execute("COMMIT")
        return Batch(number, batch_id, head, people, now, placed, None)

    def batch(self, batch_id: str, now: float) -> Batch | None:
        """A batch by its id; one that is placed late is not there before."""
        found = store.batches(self._sql, "id = :id AND placed_at <= :now", {"id": batch_id, "now": now})
        return found[0] if found else None

    def listed(self, now: float, *, agent_id: str | None, before: int | None, limit: int) -> list[Batch]:
        """The newest batches that the list shows by now, of those older than the one numbered `before`."""
        shown = store.batches(
            self._sql,
            "lists_left = 0 AND listed_from <= :now AND (:agent IS NULL OR agent_id = :agent)"
            " AND (:before IS NULL OR number < :before) ORDER BY number DESC LIMIT :limit",
            {"now": now, "agent": agent_id, "before": before, "limit": limit},
        )
        self._sql.execute("UPDATE batches SET lists_left = lists_left - 1 WHERE lists_left > 0")
        return shown

    def recipients(self, batch: Batch) -> list[dict[str, Any]]:
        """The people of a batch as they were sent, in order."""
        return store.recipients(self._sql, batch)

    def cancel(self, batch: Batch, now: float) -> None:
        """No call of the batch begins or goes on any more."""
        self._sql.execute(
            "UPDATE batches SET cancelled_at = ? WHERE number = ? AND cancelled_at IS NULL", (now, batch.number)
        )

    def call_again(self, batch: Batch, calls: Round) -> None:
        """Some people of a batch are called once more."""
        self._sql.execute("INSERT INTO rounds VALUES (?, ?, ?)", (batch.number, calls.at, json.dumps(calls.positions)))
