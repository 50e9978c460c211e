"""What the ledger tells of runs and batches, for reports and for `status`."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.tables import attempts, batches, campaigns, rows, runs
from schemas.ready import SentBatch
from schemas.states import BatchState


@dataclass(frozen=True)
class ToldRun:
    """A run. Moments are ISO 8601 text in UTC; `people` are the recipients of its batches by state."""

    run: int
    campaign: str
    kind: str
    started_at: str
    ended_at: str | None
    exit_code: int | None
    source: str
    rows: int
    planned: int
    to_fix: int
    left_out: int
    called_before: int
    people: dict[str, int]


@dataclass(frozen=True)
class ToldBatch:
    """A batch of a run. `service_status` is what the service said when last asked.

    `rest_of` is the number of the refused batch whose rest it is. `settled` is what came out later, where an answer had
    left it open (schemas.states.Settled), `settled_by` who said so (None: the service's list). `call_name` is what the last
    attempt was called at the service, and `said` what it was answered.
    """

    batch: int
    state: str
    state_at: str
    recipients: int
    rest_of: int | None
    start_unix: int | None
    service_id: str | None
    service_status: str | None
    attempts: int
    call_name: str | None
    said: str | None
    settled: str | None
    settled_at: str | None
    settled_by: str | None
    settled_note: str | None


def told_runs(connection: sa.Connection, campaign: str | None) -> list[ToldRun]:
    """The runs of a campaign, or of all, the newest first."""
    statement = (
        sa.select(
            runs.c.id.label("run"),
            campaigns.c.name.label("campaign"),
            runs.c.kind,
            _text(runs.c.started_at),
            _text(runs.c.ended_at),
            runs.c.exit_code,
            runs.c.source_path.label("source"),
            *(runs.c[name] for name in ("rows", "planned", "to_fix", "left_out", "called_before")),
        )
        .join(campaigns, runs.c.campaign_id == campaigns.c.id)
        .where(sa.true() if campaign is None else campaigns.c.name == campaign)
        .order_by(runs.c.id.desc())
    )
    people = _people(connection)
    return [ToldRun(**line, people=people.get(line["run"], {})) for line in connection.execute(statement).mappings()]


def told_batches(connection: sa.Connection, run_id: int) -> list[ToldBatch]:
    """The batches of a run, in order."""
    tried = sa.select(sa.func.count()).where(attempts.c.batch_id == batches.c.id).scalar_subquery()
    statement = sa.select(
        batches.c.number.label("batch"),
        batches.c.state,
        _text(batches.c.state_at),
        *(batches.c[name] for name in ("recipients", "start_unix", "service_id", "service_status")),
        rest_of(),
        tried.label("attempts"),
        _of_last_attempt("call_name"),
        _of_last_attempt("message").label("said"),
        *(_of_last_attempt(name, settled=True) for name in ("settled", "settled_at", "settled_by", "settled_note")),
    )
    mine = statement.where(batches.c.run_id == run_id).order_by(batches.c.number)
    return [ToldBatch(**line) for line in connection.execute(mine).mappings()]


def sent(connection: sa.Connection, run_id: int) -> tuple[SentBatch, ...]:
    """What became of the run's batches, in order."""
    return _sent(connection, batches.c.run_id == run_id)


def unconfirmed(connection: sa.Connection, campaign: str) -> tuple[SentBatch, ...]:
    """The campaign's unconfirmed batches, tests aside: of whatever run, in order."""
    of_it = (campaigns.c.name == campaign) & (runs.c.kind == "run")
    return _sent(connection, of_it & (batches.c.state == BatchState.UNCONFIRMED))


def _sent(connection: sa.Connection, which: sa.ColumnElement[bool]) -> tuple[SentBatch, ...]:
    when = ("start_unix", "until_unix", "end_unix")
    names = ("run_id", "number", "recipients", "body_bytes", "state", "service_id", *when)
    last = (
        rest_of(),
        _of_last_attempt("call_name"),
        _of_last_attempt("message").label("said"),
        _of_last_attempt("named"),
    )
    statement = (
        sa.select(batches.c.id, *(batches.c[name] for name in names), *last)
        .join(runs, batches.c.run_id == runs.c.id)
        .join(campaigns, runs.c.campaign_id == campaigns.c.id)
        .where(which)
        .order_by(batches.c.run_id, batches.c.number)
    )
    return tuple(_sent_batch(connection, **line) for line in connection.execute(statement).mappings().all())


def _sent_batch(connection: sa.Connection, id: int, state: str, named: list[int] | None, **known: Any) -> SentBatch:  # noqa: A002 -- the column's name
    """A batch; the positions that its last answer named as rows of the export."""
    places = sa.select(rows.c.row).where(rows.c.batch_id == id, rows.c.position.in_(named or ()))
    named_rows = tuple(connection.execute(places.order_by(rows.c.row)).scalars()) if named else ()
    return SentBatch(state=BatchState(state), named_rows=named_rows, **known)


def _of_last_attempt(name: str, *, settled: bool = False) -> sa.Label[Any]:
    """A column of the batch's last attempt, or of the last that was `settled`; moments as text."""
    column = _text(attempts.c[name]) if name.endswith("_at") else attempts.c[name]
    mine = sa.select(column).where(attempts.c.batch_id == batches.c.id)
    if settled:
        mine = mine.where(attempts.c.settled.is_not(None))
    return mine.order_by(attempts.c.number.desc()).limit(1).scalar_subquery().label(name)


def rest_of() -> sa.Label[Any]:
    """The number of the batch whose rest this one is."""
    other = batches.alias()
    return sa.select(other.c.number).where(other.c.id == batches.c.rest_of).scalar_subquery().label("rest_of")


def _people(connection: sa.Connection) -> dict[int, dict[str, int]]:
    counted = sa.select(batches.c.run_id, batches.c.state, sa.func.sum(batches.c.recipients))
    people: dict[int, dict[str, int]] = {}
    counted = counted.where(batches.c.recipients > 0)  # else everybody was subtracted
    for run_id, state, count in connection.execute(counted.group_by(batches.c.run_id, batches.c.state)):
        people.setdefault(run_id, {})[state] = count
    return people


def _text(moment: sa.Column[Any]) -> sa.Label[Any]:
    """A moment as the ledger has it."""
    return sa.type_coerce(moment, sa.String).label(moment.name)
