"""Batches: how they come into the ledger, the words in them, and what happens to several at once.

Each function is a part of its caller's transaction.
"""

from collections.abc import Iterable
from dataclasses import asdict

import sqlalchemy as sa
import zstandard

from pipeline.ledger.calendars import kept_calendars
from pipeline.ledger.claims import free
from pipeline.ledger.tables import attempts, batches, payloads, runs
from pipeline.ledger.trouble import Unreadable
from schemas.calendars import shared
from schemas.errors import CampaignError
from schemas.plan import Plan, Slot, UnderWay
from schemas.ready import ReadyBatch
from schemas.request import Head
from schemas.states import ENDED, BatchState, Verdict

_ZSTD_LEVEL = 3
_LOST = "the sender ended before the answer came"


def add_batches(connection: sa.Connection, run_id: int, plan: Plan, at: float) -> tuple[ReadyBatch, ...]:
    """Write down the batches of a plan, in order; they are `planned`."""
    heads = {route: asdict(head) for route, head in plan.heads.items()}
    lines = [
        {
            "run_id": run_id,
            "number": batch.number,
            "state": BatchState.PLANNED,
            "state_at": at,
            "recipients": batch.recipients,
            "body_bytes": batch.body_bytes,
            "call_name": plan.head.call_name,
            "start_unix": batch.slot.start,
            "until_unix": batch.slot.until,
            "end_unix": batch.slot.end,
            "calendars": list(batch.calendars) or None,
            "head": {name: each for name, each in heads[batch.route].items() if name not in ("call_name", "start")},
            "round": 1,
        }
        for batch in plan.batches
    ]
    if lines:
        connection.execute(batches.insert(), lines)
    return ready(connection, run_id)


def add_payloads(connection: sa.Connection, ids: dict[int, int], texts: Iterable[tuple[int, bytes]]) -> None:
    """Keep the recipients' texts; `ids` gives a batch's id for its number."""
    for number, text in texts:
        connection.execute(payloads.insert().values(batch_id=ids[number], recipients_zstd=_packed(text)))


def replace_payload(connection: sa.Connection, batch_id: int, texts: bytes) -> None:
    """Keep other recipients' texts for a batch than before."""
    kept = payloads.update().where(payloads.c.batch_id == batch_id)
    connection.execute(kept.values(recipients_zstd=_packed(texts)))


def _packed(texts: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compress(texts)


def payload(connection: sa.Connection, batch_id: int) -> bytes:
    """The recipients' texts of a batch, joined by RECIPIENT_SEPARATOR."""
    texts = kept_words(connection, batch_id)
    if texts is None:
        raise CampaignError(f"the ledger has no words of batch {batch_id} any more; nothing can be sent for it")
    return texts


def kept_words(connection: sa.Connection, batch_id: int) -> bytes | None:
    """As `payload`; None if they are not kept any more."""
    statement = sa.select(payloads.c.recipients_zstd).where(payloads.c.batch_id == batch_id)
    kept = connection.execute(statement).scalar_one_or_none()
    try:
        return None if kept is None else zstandard.ZstdDecompressor().decompress(kept)
    except zstandard.ZstdError as error:
        raise Unreadable from error


def ready(connection: sa.Connection, run_id: int) -> tuple[ReadyBatch, ...]:
    """The run's planned batches, in order."""
    return _ready(connection, batches.c.run_id == run_id)


def rest(connection: sa.Connection, batch_id: int) -> ReadyBatch | None:
    """The planned batch that is the rest of a refused one."""
    return next(iter(_ready(connection, batches.c.rest_of == batch_id)), None)


def _ready(connection: sa.Connection, which: sa.ColumnElement[bool]) -> tuple[ReadyBatch, ...]:
    planned = batches.select().where(which, batches.c.state == BatchState.PLANNED)
    lines = connection.execute(planned.order_by(batches.c.number)).all()
    calendars = kept_calendars(connection, lines[0].run_id) if lines else {}
    return tuple(
        ReadyBatch(
            line.id,
            line.number,
            line.recipients,
            Head(line.call_name, start=line.start_unix, **line.head),
            shared([calendars[number] for number in line.calendars or ()]),
        )
        for line in lines
    )


def under_way(connection: sa.Connection, at: float) -> UnderWay:
    """The batches, of whatever campaign, that the service has, or may have, and is estimated to be calling after a moment."""
    there = batches.c.state.in_([BatchState.ACCEPTED, BatchState.SENDING, BatchState.UNCONFIRMED])
    goes_on = batches.c.service_status.is_(None) | batches.c.service_status.not_in(ENDED)
    asked = sa.select(batches.c.start_unix, batches.c.state_at, batches.c.recipients)
    found = connection.execute(asked.where(there, goes_on, batches.c.until_unix > at))
    return tuple((int(line.start_unix or line.state_at), line.recipients) for line in found)


def start_anew(connection: sa.Connection, batch_id: int, slot: Slot) -> None:
    """Let a planned batch have another start."""
    planned = batches.update().where(batches.c.id == batch_id, batches.c.state == BatchState.PLANNED)
    connection.execute(planned.values(start_unix=slot.start, until_unix=slot.until, end_unix=slot.end))


def supersede(connection: sa.Connection, campaign_id: int, kind: str, at: float) -> None:
    """`planned → superseded` for every batch of the campaign's runs of this kind; their people are free."""
    planned = _of(campaign_id, BatchState.PLANNED).where(runs.c.kind == kind)
    moved = batches.update().where(batches.c.id.in_(planned)).values(state=BatchState.SUPERSEDED, state_at=at)
    if connection.execute(moved).rowcount:  # else the claims, all of them, need not be read
        free(connection, campaign_id, _of(campaign_id, BatchState.SUPERSEDED))


def orphans(connection: sa.Connection, campaign_id: int, at: float) -> int:
    """`sending → unconfirmed` for every batch of the campaign: whoever holds its lock knows that their senders are gone."""
    sending = _of(campaign_id, BatchState.SENDING)
    open_ones = attempts.c.batch_id.in_(sending) & attempts.c.ended_at.is_(None)
    connection.execute(attempts.update().where(open_ones).values(verdict=Verdict.UNKNOWN, message=_LOST))
    lost = batches.update().where(batches.c.id.in_(sending)).values(state=BatchState.UNCONFIRMED, state_at=at)
    return connection.execute(lost).rowcount


def _of(campaign_id: int, state: BatchState) -> sa.Select[tuple[int]]:
    mine = sa.select(batches.c.id).join(runs, batches.c.run_id == runs.c.id)
    return mine.where(runs.c.campaign_id == campaign_id, batches.c.state == state)
