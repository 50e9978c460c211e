"""One batch as the ledger has it, with every attempt to send it."""

from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.ledger.tables import attempts, batches, campaigns, runs
from schemas.errors import CampaignError


@dataclass(frozen=True)
class ShownAttempt:
    """An attempt. Moments are ISO 8601 text in UTC; `said` is what was answered, `settled` what came out later."""

    number: int
    begun_at: str
    ended_at: str | None
    call_name: str
    verdict: str | None
    http_status: int | None
    error_code: str | None
    said: str | None
    request_id: str | None
    settled: str | None
    settled_at: str | None
    settled_by: str | None
    settled_note: str | None


@dataclass(frozen=True)
class ShownBatch:
    """A batch. Moments are ISO 8601 text in UTC; `service_status` is what the service said when last asked."""

    campaign: str
    run: int
    batch: int
    recipients: int
    state: str
    state_at: str
    start_unix: int | None
    service_id: str | None
    service_status: str | None
    attempts: tuple[ShownAttempt, ...]


def shown_batch(connection: sa.Connection, run: int, number: int) -> ShownBatch:
    """A batch of a run; raises CampaignError where there is none."""
    names = ("recipients", "state", "start_unix", "service_id", "service_status")
    statement = (
        sa.select(
            batches.c.id,
            campaigns.c.name.label("campaign"),
            batches.c.run_id.label("run"),
            batches.c.number.label("batch"),
            sa.type_coerce(batches.c.state_at, sa.String).label("state_at"),
            *(batches.c[name] for name in names),
        )
        .join(runs, batches.c.run_id == runs.c.id)
        .join(campaigns, runs.c.campaign_id == campaigns.c.id)
        .where(batches.c.run_id == run, batches.c.number == number)
    )
    line = connection.execute(statement).mappings().one_or_none()
    if line is None:
        raise CampaignError(f"the ledger has no batch {number} of run {run}; see `campaign status`")
    known = {name: value for name, value in line.items() if name != "id"}
    return ShownBatch(**known, attempts=_attempts(connection, line["id"]))


def _attempts(connection: sa.Connection, batch_id: int) -> tuple[ShownAttempt, ...]:
    moments = (
        sa.type_coerce(attempts.c[name], sa.String).label(name) for name in ("begun_at", "ended_at", "settled_at")
    )
    names = ("number", "call_name", "verdict", "http_status", "error_code", "request_id")
    statement = sa.select(
        *moments,
        *(attempts.c[name] for name in (*names, "settled", "settled_by", "settled_note")),
        attempts.c.message.label("said"),
    ).where(attempts.c.batch_id == batch_id)
    lines = connection.execute(statement.order_by(attempts.c.number)).mappings()
    return tuple(ShownAttempt(**line) for line in lines)
