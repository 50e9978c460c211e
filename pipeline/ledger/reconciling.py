"""Reconciling: attempts whose answer left open whether calls were placed, and what came out about them later.

Each function is a part of its caller's transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.attempts import receipt_columns
from pipeline.ledger.moments import minute
from pipeline.ledger.tables import attempts, batches, campaigns, runs
from schemas.receipts import Receipt
from schemas.states import BatchState, Settled, Verdict

#: After these the batch may have been sent again, so the attempt's own batch must not turn up at the service.
_WATCHED = (Settled.ABSENT, Settled.NOT_PLACED)
#: Instead of a fingerprint: several keys were used.
SEVERAL_KEYS = "several"
#: In these states a batch that is found at the service is simply the one that was meant.
_WAITING = (BatchState.UNCONFIRMED, BatchState.PLANNED)


@dataclass(frozen=True)
class Trace:
    """An attempt that did not end in an accepted batch, with its batch and run. Times are Unix seconds.

    `ended_at` is None where no answer was written down; `token` is None where tokens were off.
    """

    attempt: int
    token: str | None
    settled: Settled | None
    begun_at: float
    ended_at: float | None
    batch_id: int
    batch: int
    recipients: int
    state: BatchState
    agent_id: str
    run: int
    base_url: str
    key_fingerprint: str

    @property
    def is_open(self) -> bool:
        """Whether the batch is unconfirmed."""
        return self.state is BatchState.UNCONFIRMED

    @property
    def is_watched(self) -> bool:
        """Whether the service must not place it any more."""
        return self.token is not None and self.settled in _WATCHED

    @property
    def given_up_at(self) -> float:
        """When nothing more was to be expected of the attempt itself."""
        return self.begun_at if self.ended_at is None else self.ended_at


@dataclass(frozen=True)
class Word:
    """What a person says of an unconfirmed batch: its calls were placed under this id at the service, or (None) not at all.

    A Receipt is what the service itself says of that id. `note` tells what was not checked.
    """

    by: str
    placed: Receipt | str | None
    note: str | None


@dataclass(frozen=True)
class RunLeft:
    """A run with batches that are still planned; `campaign_text` is its campaign file as it was."""

    campaign: str
    run: int
    base_url: str
    campaign_text: str


def traces(connection: sa.Connection, campaign: str) -> list[Trace]:
    """The campaign's attempts, tests aside, that may yet be found at the service, the last of each batch last."""
    statement = (
        sa.select(
            attempts.c.id.label("attempt"),
            *(attempts.c[name] for name in ("token", "settled", "begun_at", "ended_at", "batch_id")),
            batches.c.number.label("batch"),
            *(batches.c[name] for name in ("recipients", "state", "head")),
            runs.c.id.label("run"),
            runs.c.base_url,
            runs.c.key_fingerprint,
        )
        .join(batches, attempts.c.batch_id == batches.c.id)
        .join(runs, batches.c.run_id == runs.c.id)
        .join(campaigns, runs.c.campaign_id == campaigns.c.id)
        .where(campaigns.c.name == campaign, runs.c.kind == "run")
        .where(attempts.c.verdict.is_distinct_from(Verdict.ACCEPTED))
        .where(sa.or_(attempts.c.settled.is_(None), attempts.c.settled.in_(_WATCHED)))
    )
    return [_trace(line) for line in connection.execute(statement.order_by(attempts.c.id)).mappings()]


def _trace(line: sa.RowMapping) -> Trace:
    known: dict[str, Any] = {name: value for name, value in line.items() if name != "head"}
    settled = None if line["settled"] is None else Settled(line["settled"])
    typed = {"state": BatchState(line["state"]), "settled": settled, "agent_id": line["head"]["agent_id"]}
    return Trace(**known | typed)


def tokens(connection: sa.Connection, campaign: str) -> dict[str, float]:
    """Every token that the campaign has sent, tests included, and when its attempt began."""
    statement = (
        sa.select(attempts.c.token, attempts.c.begun_at)
        .join(batches, attempts.c.batch_id == batches.c.id)
        .join(runs, batches.c.run_id == runs.c.id)
        .join(campaigns, runs.c.campaign_id == campaigns.c.id)
        .where(campaigns.c.name == campaign, attempts.c.token.is_not(None))
    )
    return {line.token: line.begun_at for line in connection.execute(statement)}


def has_echoed(connection: sa.Connection, base_url: str) -> bool:
    """Whether an answer from this address has repeated the token that was sent to it."""
    statement = (
        sa.select(attempts.c.id)
        .join(batches, attempts.c.batch_id == batches.c.id)
        .join(runs, batches.c.run_id == runs.c.id)
        .where(runs.c.base_url == base_url, attempts.c.echoed, attempts.c.token.is_not(None))
    )
    return connection.execute(statement.limit(1)).first() is not None


def found(connection: sa.Connection, trace: Trace, receipt: Receipt, at: float) -> bool:
    """`unconfirmed | planned → accepted`, as the service has it; False where the batch went another way meanwhile."""
    if not _moved(
        connection, trace.batch_id, _WAITING, state=BatchState.ACCEPTED, state_at=at, **receipt_columns(receipt)
    ):
        same = sa.select(batches.c.id).where(batches.c.id == trace.batch_id, batches.c.service_id == receipt.id)
        if connection.execute(same).first() is None:
            return False
    before = _said_before(connection, trace.attempt)
    _settle(connection, trace.attempt, settled=Settled.FOUND, settled_at=at, settled_by=None, settled_note=before)
    return True


def absent(connection: sa.Connection, trace: Trace, at: float) -> bool:
    """`unconfirmed → planned`, claims kept; False if the batch is not unconfirmed any more."""
    if not _moved(connection, trace.batch_id, [BatchState.UNCONFIRMED], state=BatchState.PLANNED, state_at=at):
        return False
    _settle(connection, trace.attempt, settled=Settled.ABSENT, settled_at=at)
    return True


def late(connection: sa.Connection, trace: Trace, receipt: Receipt, at: float) -> None:
    """Write down that the attempt's batch turned up after all, and was cancelled at the service."""
    note = f"{receipt.id}: {receipt.total_calls_dispatched} of {receipt.total_calls_scheduled} calls were dispatched"
    notes = filter(None, (note, _said_before(connection, trace.attempt)))
    _settle(
        connection, trace.attempt, settled=Settled.LATE, settled_at=at, settled_by=None, settled_note="; ".join(notes)
    )


def settle(connection: sa.Connection, trace: Trace, word: Word, at: float) -> bool:
    """`unconfirmed → accepted` where calls were placed, else `→ planned`, claims kept; False if it is not unconfirmed."""
    if word.placed is None:
        after: dict[str, Any] = {"state": BatchState.PLANNED}
    else:
        there = {"service_id": word.placed} if isinstance(word.placed, str) else receipt_columns(word.placed)
        after = {"state": BatchState.ACCEPTED, **there}
    if not _moved(connection, trace.batch_id, [BatchState.UNCONFIRMED], state_at=at, **after):
        return False
    settled = Settled.NOT_PLACED if word.placed is None else Settled.PLACED
    _settle(connection, trace.attempt, settled=settled, settled_at=at, settled_by=word.by, settled_note=word.note)
    return True


def runs_left(connection: sa.Connection, campaign: str) -> list[RunLeft]:
    """The campaign's runs that have planned batches, tests aside, in order."""
    planned = sa.exists().where(batches.c.run_id == runs.c.id, batches.c.state == BatchState.PLANNED)
    statement = (
        sa.select(campaigns.c.name.label("campaign"), runs.c.id.label("run"), runs.c.base_url, runs.c.campaign_text)
        .join(campaigns, runs.c.campaign_id == campaigns.c.id)
        .where(campaigns.c.name == campaign, runs.c.kind == "run", planned)
        .order_by(runs.c.id)
    )
    return [RunLeft(**line) for line in connection.execute(statement).mappings()]


def use_key(connection: sa.Connection, left: RunLeft, key_fingerprint: str) -> None:
    """Write down that the rest of a run is sent with this key.

    Where an attempt with another one is still open, or watched, the run has no key of its own any more: what one key's
    list does not show may be in the other's, so none of the run's attempts counts as absent from then on.
    """
    undecided = sa.or_(batches.c.state == BatchState.UNCONFIRMED, attempts.c.settled.in_(_WATCHED))
    statement = sa.select(attempts.c.id).join(batches, attempts.c.batch_id == batches.c.id)
    mixed = connection.execute(statement.where(batches.c.run_id == left.run, undecided).limit(1)).first() is not None
    other = runs.update().where(runs.c.id == left.run, runs.c.key_fingerprint != key_fingerprint)
    connection.execute(other.values(key_fingerprint=SEVERAL_KEYS if mixed else key_fingerprint))


def campaign_text(connection: sa.Connection, run: int) -> str:
    """The run's campaign file as it was."""
    return str(connection.execute(sa.select(runs.c.campaign_text).where(runs.c.id == run)).scalar_one())


def campaign_names(connection: sa.Connection) -> list[str]:
    """The campaigns of this ledger."""
    return list(connection.execute(sa.select(campaigns.c.name).order_by(campaigns.c.name)).scalars())


def batch_with(connection: sa.Connection, service_id: str) -> tuple[int, int] | None:
    """The run and the number of the batch that has this id at the service."""
    statement = sa.select(batches.c.run_id, batches.c.number).where(batches.c.service_id == service_id)
    line = connection.execute(statement).first()
    return None if line is None else (line.run_id, line.number)


def _said_before(connection: sa.Connection, attempt: int) -> str | None:
    """What a person has settled it as, which the service's list overrules and which must not be lost."""
    word = connection.execute(sa.select(attempts).where(attempts.c.id == attempt)).one()
    if word.settled_by is None:
        return None
    note = f" ({word.settled_note})" if word.settled_note else ""
    return f"before that {word.settled_by} had settled it as {word.settled} at {minute(word.settled_at)}{note}"


def _moved(connection: sa.Connection, batch_id: int, before: Iterable[BatchState], **after: Any) -> bool:
    moved = batches.update().where(batches.c.id == batch_id, batches.c.state.in_(list(before)))
    return connection.execute(moved.values(**after)).rowcount == 1


def _settle(connection: sa.Connection, attempt: int, **settled: Any) -> None:
    connection.execute(attempts.update().where(attempts.c.id == attempt).values(**settled))
