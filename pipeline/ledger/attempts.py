"""Attempts: a batch on its way, from "sending" to what came of it.

Each function is a part of its caller's transaction, and moves the batch by one UPDATE that names the state before it. The
statements are made once: they are what a batch costs while it is sent.
"""

from typing import Any

import sqlalchemy as sa

from pipeline.ledger.claims import free
from pipeline.ledger.refusals import set_apart
from pipeline.ledger.tables import attempts, batches, campaigns, runs
from pipeline.ledger.wishes import blocked_rows
from schemas.errors import CampaignError
from schemas.receipts import Receipt
from schemas.request import Head
from schemas.states import STATE_AFTER, Answer, BatchState

_THIS: sa.BindParameter[int] = sa.bindparam("this_batch")
_AT: sa.BindParameter[float] = sa.bindparam("at")
_COUNT = sa.select(sa.func.count()).where(attempts.c.batch_id == batches.c.id).scalar_subquery()
_ATTEMPT: sa.BindParameter[int] = sa.bindparam("this_attempt")

_TO_SENDING = (
    batches.update()
    .where(batches.c.id == _THIS, batches.c.state == BatchState.PLANNED)
    .values(state=BatchState.SENDING, state_at=_AT)
)
_BATCH = (
    sa.select(batches.c.call_name, batches.c.state, runs.c.campaign_id, campaigns.c.mark, _COUNT.label("attempts"))
    .join(runs, batches.c.run_id == runs.c.id)
    .join(campaigns, runs.c.campaign_id == campaigns.c.id)
    .where(batches.c.id == _THIS)
)
_STOPPED = (
    sa.select(campaigns.c.stopped_at)
    .join(runs, runs.c.campaign_id == campaigns.c.id)
    .join(batches, batches.c.run_id == runs.c.id)
    .where(batches.c.id == _THIS)
)
_BEGUN = attempts.insert().returning(attempts.c.id)
_ANSWERED = attempts.update().where(
    attempts.c.id == _ATTEMPT, attempts.c.batch_id == _THIS, attempts.c.ended_at.is_(None)
)
_ANSWERED_BATCH = batches.update().where(
    batches.c.id == _THIS,
    batches.c.state.in_(sa.bindparam("before", expanding=True)),
    ~sa.exists().where(attempts.c.batch_id == batches.c.id, attempts.c.id > _ATTEMPT),
)


def begin(connection: sa.Connection, batch_id: int, token: str, at: float) -> int | None:
    """`planned → sending`: the attempt's id; None if the batch is not planned any more, or its campaign is stopped.

    None also if somebody in it is blocked: since `subtract_blocked` was asked, for it would have taken them out.
    `token` may be empty.
    """
    if connection.execute(_STOPPED, {"this_batch": batch_id}).scalar_one_or_none() is not None:
        return None
    if blocked_rows(connection, batch_id):
        return None
    if connection.execute(_TO_SENDING, {"this_batch": batch_id, "at": at}).rowcount != 1:
        return None
    batch = connection.execute(_BATCH, {"this_batch": batch_id}).one()
    line = {
        "batch_id": batch_id,
        "number": batch.attempts + 1,
        "token": token or None,
        "call_name": Head(batch.call_name, "").marked(batch.mark, token).call_name if token else batch.call_name,
        "begun_at": at,
    }
    return int(connection.execute(_BEGUN, line).scalar_one())


def finish(connection: sa.Connection, batch_id: int, attempt_id: int, answer: Answer, at: float) -> BatchState:
    """Write down what an attempt came to; the batch's state after it. `refused` frees its people.

    Those whom a refusal names become rows to fix, and the rest of the batch a new one (see `set_apart`).
    Should somebody have taken the batch for abandoned meanwhile, then the answer to its last attempt still counts.
    """
    this = {"this_batch": batch_id, "this_attempt": attempt_id}
    if connection.execute(_ANSWERED.values(**_answered(answer, at)), this).rowcount != 1:
        raise CampaignError(f"the ledger has no open attempt {attempt_id} of batch {batch_id}; see `campaign status`")
    after = STATE_AFTER[answer.verdict]
    moved = _ANSWERED_BATCH.values(state=after, state_at=at, **receipt_columns(answer.receipt))
    if connection.execute(moved, {**this, "before": _states_before(after)}).rowcount != 1:
        return BatchState(connection.execute(_BATCH, this).one().state)
    if after is BatchState.REFUSED:
        set_apart(connection, batch_id, answer, at)
        free(connection, connection.execute(_BATCH, this).one().campaign_id, [batch_id])
    return after


def _states_before(after: BatchState) -> list[BatchState]:
    """`accepted` also stops a batch that somebody has put back to `planned`: it must not be sent again."""
    waiting = [BatchState.SENDING, BatchState.UNCONFIRMED]
    return [*waiting, BatchState.PLANNED] if after is BatchState.ACCEPTED else waiting


def _answered(answer: Answer, at: float) -> dict[str, Any]:
    return {
        "ended_at": at,
        "http_status": answer.status,
        "verdict": answer.verdict,
        "error_code": answer.code or None,
        "message": answer.message or None,
        "request_id": answer.request_id,
        "named": list(answer.recipients) or None,
        "echoed": answer.echoed,
    }


def receipt_columns(receipt: Receipt | None) -> dict[str, Any]:
    """Every property of a receipt under its column's name."""
    return {} if receipt is None else {f"service_{name}": getattr(receipt, name) for name in Receipt.model_fields}
