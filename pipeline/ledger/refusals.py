"""Refusals that name recipients: those people become rows to fix, in the service's words, the rest of the batch a new one.

Each function is a part of its caller's transaction.
"""

from collections.abc import Sequence

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.batches import add_payloads, kept_words
from pipeline.ledger.claims import free_rows, pass_on
from pipeline.ledger.tables import batches, rows, runs
from schemas.codes import REFUSED_BY_SERVICE
from schemas.outcomes import Outcome
from schemas.request import RECIPIENT_SEPARATOR
from schemas.states import Answer, BatchState

#: So often the same people are sent at the most: as planned, and then as the rest of a batch.
MOST_ROUNDS = 3
#: What the rest of a batch has of it.
_SAME = ("run_id", "call_name", "start_unix", "until_unix", "end_unix", "calendars", "head")
_REFUSED = {"row": pl.UInt32, "batch": pl.UInt32, "said": pl.String}

_TO_FIX = (
    rows.update()
    .where(rows.c.run_id == sa.bindparam("of_run"), rows.c.row == sa.bindparam("of_row"))
    .values(outcome=Outcome.TO_FIX.value, codes=REFUSED_BY_SERVICE, said=sa.bindparam("words"))
)
_MOVED = (
    rows.update()
    .where(rows.c.run_id == sa.bindparam("of_run"), rows.c.row == sa.bindparam("of_row"))
    .values(batch_id=sa.bindparam("to_batch"), position=sa.bindparam("to_place"))
)


def set_apart(connection: sa.Connection, batch_id: int, answer: Answer, at: float) -> None:
    """Deal with the people of a batch that an answer has just made `refused`; their claims are still there.

    Whoever is named becomes a row to fix and is free. The others go on, claims and words, as a planned batch of the same
    run; after MOST_ROUNDS they stay where they are. An answer that names nobody, or somebody else, changes nothing.
    """
    if not answer.recipients:
        return
    found = connection.execute(sa.select(rows.c.position, rows.c.row).where(rows.c.batch_id == batch_id))
    people = {line.position: line.row for line in found}
    if not set(answer.recipients) <= people.keys():
        return
    batch = connection.execute(batches.select().where(batches.c.id == batch_id)).one()
    _to_fix(connection, batch, people, answer)
    rest = sorted(people.keys() - set(answer.recipients))
    if rest and batch.round < MOST_ROUNDS:
        _go_on(connection, batch, people, rest, at)


def refused_rows(connection: sa.Connection, run_id: int) -> pl.DataFrame:
    """The run's rows that the service refused (`said` is why), or that went on in another batch: row, batch, said."""
    asked = sa.select(rows.c.row, batches.c.number, rows.c.said).join(batches, rows.c.batch_id == batches.c.id)
    told = sa.or_(rows.c.said.is_not(None), batches.c.rest_of.is_not(None))
    found = connection.execute(asked.where(rows.c.run_id == run_id, told).order_by(rows.c.row))
    return pl.DataFrame(found.all(), schema=_REFUSED, orient="row")


def _to_fix(connection: sa.Connection, batch: sa.Row[tuple[int]], people: dict[int, int], answer: Answer) -> None:
    """Let the named ones go, as rows to fix; the run's counts follow, and are locked from here on."""
    named = [(people[position], answer.said.get(position) or answer.message) for position in answer.recipients]
    counts = {"planned": runs.c.planned - len(named), "to_fix": runs.c.to_fix + len(named)}
    connection.execute(runs.update().where(runs.c.id == batch.run_id).values(counts))
    lines = [{"of_run": batch.run_id, "of_row": row, "words": words} for row, words in named]
    connection.execute(_TO_FIX, lines)
    free_rows(connection, batch.id, [row for row, _ in named])


def _go_on(
    connection: sa.Connection, batch: sa.Row[tuple[int]], people: dict[int, int], rest: Sequence[int], at: float
) -> None:
    """Make a batch of the people at the positions `rest`; their words stay as they are, byte by byte."""
    texts = (kept_words(connection, batch.id) or b"").split(RECIPIENT_SEPARATOR)
    if rest[-1] >= len(texts):
        return  # the words are not kept any more
    words = RECIPIENT_SEPARATOR.join(texts[position] for position in rest)
    less = len(RECIPIENT_SEPARATOR.join(texts)) - len(words)
    to = _add_rest(connection, batch, len(rest), batch.body_bytes - less, at)
    add_payloads(connection, {1: to}, [(1, words)])
    lines = [
        {"of_run": batch.run_id, "of_row": people[position], "to_batch": to, "to_place": place}
        for place, position in enumerate(rest)
    ]
    connection.execute(_MOVED, lines)
    campaign_id = connection.execute(sa.select(runs.c.campaign_id).where(runs.c.id == batch.run_id)).scalar_one()
    pass_on(connection, campaign_id, batch.id, to)
    stay = batches.update().where(batches.c.id == batch.id)
    connection.execute(stay.values(recipients=len(people) - len(rest)))


def _add_rest(connection: sa.Connection, batch: sa.Row[tuple[int]], recipients: int, body_bytes: int, at: float) -> int:
    """Write down a planned batch like `batch`, with the run's next number; its id."""
    last = sa.select(sa.func.max(batches.c.number)).where(batches.c.run_id == batch.run_id)
    line = {
        **{name: getattr(batch, name) for name in _SAME},
        "number": connection.execute(last).scalar_one() + 1,
        "state": BatchState.PLANNED,
        "state_at": at,
        "recipients": recipients,
        "body_bytes": body_bytes,
        "rest_of": batch.id,
        "round": batch.round + 1,
    }
    return int(connection.execute(batches.insert().returning(batches.c.id), line).scalar_one())
