"""Results: whom each batch was sent for, how their calls went, and the export's rows to tell it with.

Each function is a part of its caller's transaction.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.attempts import receipt_columns
from pipeline.ledger.batches import kept_words
from pipeline.ledger.bulk import load
from pipeline.ledger.tables import batches, campaigns, payloads, results, rows, runs, sources
from schemas.errors import CampaignError
from schemas.receipts import BatchDetail
from schemas.request import FORGOTTEN, RECIPIENT_SEPARATOR
from schemas.states import BatchState

_SENT = {"id": pl.String, "phone": pl.String, "whatsapp": pl.String}
_TOLD = {
    "row": pl.UInt32,
    "outcome": pl.String,
    "codes": pl.String,
    "recipient_id": pl.String,
    "batch": pl.UInt32,
    "state": pl.String,
    "status": pl.String,
    "conversation_id": pl.String,
    "created_at_unix": pl.Int64,
    "updated_at_unix": pl.Int64,
    "problem": pl.String,
    "said": pl.String,
    "attempt": pl.UInt8,
}


@dataclass(frozen=True)
class PlacedBatch:
    """A batch that the service has. `number` counts within its run; `end_unix` is when the hours of its people end."""

    id: int
    run_id: int
    number: int
    base_url: str
    service_id: str
    state: BatchState
    end_unix: int | None


def run_of(connection: sa.Connection, campaign: str, run_id: int | None) -> int:
    """The campaign's run of this number, or its last one that is no test; raises CampaignError if there is none."""
    mine = sa.select(sa.func.max(runs.c.id)).join(campaigns, runs.c.campaign_id == campaigns.c.id)
    which = runs.c.kind == "run" if run_id is None else runs.c.id == run_id
    found = connection.execute(mine.where(campaigns.c.name == campaign, which)).scalar_one()
    if found is None:
        raise CampaignError(f"there is no run{f' {run_id}' if run_id else ''} of {campaign}; see `campaign status`")
    return int(found)


def unfinished(connection: sa.Connection, run_id: int) -> list[PlacedBatch]:
    """The run's batches at the service whose results may still change and can be joined to rows, in order."""
    return _unfinished(connection, runs.c.id == run_id)


def unfinished_of(connection: sa.Connection, campaign: str) -> list[PlacedBatch]:
    """As `unfinished`, of all runs of a campaign, tests aside."""
    of_it = sa.select(campaigns.c.id).where(campaigns.c.name == campaign).scalar_subquery()
    return _unfinished(connection, (runs.c.campaign_id == of_it) & (runs.c.kind == "run"))


def never_known(connection: sa.Connection, run_id: int) -> int:
    """How many batches of the run never will have final results: without their words these cannot be joined to rows."""
    asked = sa.select(sa.func.count()).select_from(batches).where(batches.c.run_id == run_id, _placed(), ~_HAS_WORDS)
    return int(connection.execute(asked).scalar_one())


_HAS_WORDS = sa.exists().where(payloads.c.batch_id == batches.c.id)


def _placed() -> sa.ColumnElement[bool]:
    """The service has it, and its results are not final."""
    placed = batches.c.state.in_([BatchState.ACCEPTED, BatchState.CANCELLED]) & batches.c.service_id.is_not(None)
    return placed & batches.c.results_final.is_not(True)


def _unfinished(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[PlacedBatch]:
    columns = (
        *(batches.c[name] for name in ("id", "run_id", "number", "service_id", "state", "end_unix")),
        runs.c.base_url,
    )
    asked = sa.select(*columns).join(runs, batches.c.run_id == runs.c.id).order_by(batches.c.run_id, batches.c.number)
    found = connection.execute(asked.where(which, _placed(), _HAS_WORDS))
    return [PlacedBatch(**{**line, "state": BatchState(line["state"])}) for line in found.mappings()]


def sent_people(connection: sa.Connection, batch_id: int) -> pl.DataFrame:
    """Whom a batch was sent for: row, and id, phone, whatsapp as the request had them (String), in order.

    People who were forgotten are not among them. Raises CampaignError where the words are not kept any more: then nobody knows which ids were sent.
    """
    words = kept_words(connection, batch_id)
    asked = sa.select(rows.c.row).where(rows.c.batch_id == batch_id).order_by(rows.c.position)
    numbers = pl.Series("row", connection.execute(asked).scalars().all(), pl.UInt32)
    if words is None:
        raise CampaignError(f"the ledger has no words of batch {batch_id} any more; its results cannot be joined")
    texts = pl.Series("text", words.split(RECIPIENT_SEPARATOR), pl.Binary).cast(pl.String)
    keys = ("id", "phone_number", "whatsapp_user_id")
    people = texts.to_frame().select(
        pl.col("text").str.json_path_match(f"$.{key}").alias(name) for key, name in zip(keys, _SENT, strict=True)
    )
    return pl.concat([numbers.to_frame(), people], how="horizontal").filter(texts != FORGOTTEN.decode())


def keep(connection: sa.Connection, batch_id: int, detail: BatchDetail, joined: pl.DataFrame, *, final: bool) -> None:
    """Write down what the service told of a batch; `joined` has row and the columns of `results` that tell of a call."""
    found = batches.update().where(batches.c.id == batch_id).returning(batches.c.run_id)
    run_id = connection.execute(found.values(results_final=final, **receipt_columns(detail))).scalar_one()
    connection.execute(results.delete().where(results.c.batch_id == batch_id))
    load(connection, results, joined, run_id=run_id, batch_id=batch_id)


def told_people(connection: sa.Connection, run_id: int) -> pl.DataFrame:
    """Every stored row of the run, in order, with its batch and what is known of its call (columns of `_TOLD`)."""
    joined = rows.outerjoin(batches, rows.c.batch_id == batches.c.id).outerjoin(
        results, (results.c.run_id == rows.c.run_id) & (results.c.row == rows.c.row)
    )
    columns = {"row": rows.c.row, "batch": batches.c.number, "state": batches.c.state}
    columns |= {name: rows.c[name] for name in ("outcome", "codes", "said", "recipient_id", "attempt")}
    asked = sa.select(*(columns[name] if name in columns else results.c[name] for name in _TOLD)).select_from(joined)
    found = connection.execute(asked.where(rows.c.run_id == run_id).order_by(rows.c.row))
    parts = (pl.DataFrame(part, schema=_TOLD, orient="row") for part in found.partitions(50_000))
    return pl.concat([pl.DataFrame(schema=_TOLD), *parts])


def source_parts(connection: sa.Connection, run_id: int) -> Iterator[tuple[list[str], pl.DataFrame]]:
    """Yield the stored parts of the export, in order: the headers as written, and a frame of `row` and these columns."""
    asked = sa.select(sources.c.columns, sources.c.parquet).where(sources.c.run_id == run_id)
    for columns, parquet in connection.execute(asked.order_by(sources.c.first_row)):
        yield columns, pl.read_parquet(io.BytesIO(parquet))
