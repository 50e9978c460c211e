"""Stops: a campaign of which nothing may be sent, and what of it may still be open at the service.

Each function is a part of its caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.attempts import receipt_columns
from pipeline.ledger.claims import free_rows
from pipeline.ledger.moments import minute
from pipeline.ledger.tables import attempts, batches, campaigns, runs
from schemas.errors import CampaignError
from schemas.receipts import BatchDetail
from schemas.states import ENDED, BatchState


@dataclass(frozen=True)
class Halt:
    """A campaign is stopped: since when (Unix seconds), and by whom."""

    at: float
    by: str

    def __str__(self) -> str:
        """As a part of a sentence."""
        return f"since {minute(self.at)} by {self.by}"

    def refusal(self, campaign: str) -> str:
        """Why nothing of the campaign is sent."""
        return f"{campaign} is stopped, {self}; `campaign start` takes the stop away"


@dataclass(frozen=True)
class OpenBatch:
    """A batch whose calls may go on, of so many people. `service_id` is unknown while it is unconfirmed; `call_name` is the last attempt's."""

    id: int
    run_id: int
    number: int
    state: BatchState
    base_url: str
    service_id: str | None
    call_name: str | None
    recipients: int

    def __str__(self) -> str:
        """As a part of a sentence."""
        return f"run {self.run_id}, batch {self.number}"


def stop(connection: sa.Connection, campaign: str, by: str, at: float) -> Halt:
    """From now on no batch of the campaign is begun; a stop that is there already stays as it is."""
    fresh = campaigns.update().where(campaigns.c.name == campaign, campaigns.c.stopped_at.is_(None))
    connection.execute(fresh.values(stopped_at=at, stopped_by=by))
    return halted(connection, campaign) or Halt(at, by)


def start(connection: sa.Connection, campaign: str) -> None:
    """Take the stop away."""
    mine = campaigns.update().where(campaigns.c.name == campaign)
    connection.execute(mine.values(stopped_at=None, stopped_by=None))


def halted(connection: sa.Connection, campaign: str) -> Halt | None:
    """The campaign's stop, if there is one."""
    asked = sa.select(campaigns.c.stopped_at, campaigns.c.stopped_by).where(campaigns.c.name == campaign)
    found = connection.execute(asked).one_or_none()
    return None if found is None or found.stopped_at is None else Halt(found.stopped_at, found.stopped_by or "somebody")


def all_halted(connection: sa.Connection, campaign: str | None) -> dict[str, Halt]:
    """The stops by campaign, of one or of all."""
    asked = sa.select(campaigns.c.name).where(campaigns.c.stopped_at.is_not(None)).order_by(campaigns.c.name)
    names = connection.execute(asked if campaign is None else asked.where(campaigns.c.name == campaign)).scalars().all()
    return {name: halt for name in names if (halt := halted(connection, name))}


def refuse_stopped(connection: sa.Connection, campaign: str) -> None:
    """Raise CampaignError (exit 2) if the campaign is stopped."""
    if halt := halted(connection, campaign):
        raise CampaignError(f"nothing was sent: {halt.refusal(campaign)}")


def sending(connection: sa.Connection, campaign: str) -> int:
    """How many batches are on their way."""
    mine = _mine(sa.select(sa.func.count()).select_from(batches), campaign)
    return int(connection.execute(mine.where(batches.c.state == BatchState.SENDING)).scalar_one())


def people_sending(connection: sa.Connection, campaign: str) -> int:
    """How many people are in batches on their way."""
    mine = _mine(sa.select(sa.func.coalesce(sa.func.sum(batches.c.recipients), 0)).select_from(batches), campaign)
    return int(connection.execute(mine.where(batches.c.state == BatchState.SENDING)).scalar_one())


def open_batches(connection: sa.Connection, campaign: str) -> list[OpenBatch]:
    """Accepted batches of which the service has not said that they ended, and unconfirmed ones; the newest first."""
    last = sa.select(attempts.c.call_name).where(attempts.c.batch_id == batches.c.id)
    names = ("id", "run_id", "number", "state", "service_id", "recipients")
    columns = (*(batches.c[each] for each in names), runs.c.base_url)
    name = last.order_by(attempts.c.number.desc()).limit(1).scalar_subquery().label("call_name")
    is_open = sa.or_(
        batches.c.state == BatchState.UNCONFIRMED,
        (batches.c.state == BatchState.ACCEPTED) & batches.c.service_status.not_in(ENDED),
    )
    found = connection.execute(_mine(sa.select(*columns, name), campaign).where(is_open).order_by(batches.c.id.desc()))
    return [OpenBatch(**{**line, "state": BatchState(line["state"])}) for line in found.mappings()]


def places(connection: sa.Connection, campaign: str) -> list[tuple[str, str]]:
    """Every base URL and agent that batches of the campaign were sent to."""
    agent = batches.c.head["agent_id"].as_string().label("agent")
    sent = sa.exists().where(attempts.c.batch_id == batches.c.id)
    found = connection.execute(_mine(sa.select(runs.c.base_url, agent), campaign).where(sent).distinct())
    return [(base_url, agent_id) for base_url, agent_id in found]


def cancelled(
    connection: sa.Connection, batch_id: int, detail: BatchDetail, undialled: Sequence[int], at: float
) -> None:
    """`accepted | unconfirmed → cancelled` with the service's answer; the people of the rows `undialled` are free."""
    stoppable = batches.c.state.in_([BatchState.ACCEPTED, BatchState.UNCONFIRMED])
    moved = batches.update().where(batches.c.id == batch_id, stoppable)
    ended = {"state": BatchState.CANCELLED, "state_at": at, **receipt_columns(detail)}
    if connection.execute(moved.values(**ended)).rowcount:
        free_rows(connection, batch_id, undialled)


def _mine(statement: sa.Select[Any], campaign: str) -> sa.Select[Any]:
    of_run = statement.join(runs, batches.c.run_id == runs.c.id).join(campaigns, runs.c.campaign_id == campaigns.c.id)
    return of_run.where(campaigns.c.name == campaign)
