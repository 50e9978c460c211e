"""Subtracting: people who are taken out of a batch before it is sent; nobody is ever added.

Each function is a part of its caller's transaction.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from pipeline.ledger.batches import payload, replace_payload
from pipeline.ledger.claims import free_rows
from pipeline.ledger.tables import batches, rows, runs
from pipeline.ledger.wishes import blocked_rows
from schemas.outcomes import Outcome
from schemas.request import RECIPIENT_SEPARATOR
from schemas.states import BatchState


def subtract_blocked(connection: sa.Connection, batch_id: int, at: float) -> int:
    """Take people who were blocked since they were planned out of a planned batch; how many people it has then."""
    planned = sa.select(batches.c.recipients).where(batches.c.id == batch_id, batches.c.state == BatchState.PLANNED)
    people = connection.execute(planned).scalar_one_or_none()
    if people and (gone := blocked_rows(connection, batch_id)):
        subtract(connection, batch_id, gone, "blocked", at)
        return int(people) - len(gone)
    return int(people or 0)


def subtract(connection: sa.Connection, batch_id: int, gone: Sequence[int], code: str, at: float) -> None:
    """Take these rows out of a planned batch: they are left out by `code`, and free for other runs.

    The payload is written anew without them, and who comes after them moves up, so that positions stay those of the
    request. A batch without people is superseded: there is nothing to send.
    """
    asked = sa.select(rows.c.run_id, rows.c.row, rows.c.position).where(rows.c.batch_id == batch_id)
    people = connection.execute(asked.order_by(rows.c.position)).all()
    leaving = set(gone)
    texts = payload(connection, batch_id).split(RECIPIENT_SEPARATOR)
    left = [person for person in people if person.row not in leaving]
    kept = RECIPIENT_SEPARATOR.join(texts[person.position] for person in left)
    replace_payload(connection, batch_id, kept)
    free_rows(connection, batch_id, gone)
    run_id = people[0].run_id
    _leave_out(connection, run_id, batch_id, gone, code)
    _move_up(connection, run_id, batch_id, [person.row for person in left])
    fewer = len(RECIPIENT_SEPARATOR.join(texts)) - len(kept)
    _count(connection, batch_id, len(people) - len(left), fewer)
    if not left:
        empty = batches.update().where(batches.c.id == batch_id)
        connection.execute(empty.values(state=BatchState.SUPERSEDED, state_at=at))


def _leave_out(connection: sa.Connection, run_id: int, batch_id: int, gone: Sequence[int], code: str) -> None:
    one = rows.update().where(
        rows.c.run_id == run_id, rows.c.batch_id == batch_id, rows.c.row == sa.bindparam("this_row")
    )
    left_out = one.values(outcome=Outcome.LEFT_OUT.value, batch_id=None, position=None, codes=code)
    connection.execute(left_out, [{"this_row": row} for row in gone])


def _move_up(connection: sa.Connection, run_id: int, batch_id: int, left: Sequence[int]) -> None:
    """Number the rows from 0. All are put below 0 first: two of a batch may not have one position, not even meanwhile."""
    mine = rows.update().where(rows.c.batch_id == batch_id)
    connection.execute(mine.values(position=-1 - rows.c.position))
    if left:
        one = rows.update().where(rows.c.run_id == run_id, rows.c.row == sa.bindparam("this_row"))
        places = [{"this_row": row, "place": place} for place, row in enumerate(left)]
        connection.execute(one.values(position=sa.bindparam("place")), places)


def _count(connection: sa.Connection, batch_id: int, people: int, bytes_: int) -> None:
    """Rows stay planned + to fix + left out, and the planned ones stay those of the batches."""
    batch = batches.update().where(batches.c.id == batch_id).returning(batches.c.run_id)
    fewer = batch.values(recipients=batches.c.recipients - people, body_bytes=batches.c.body_bytes - bytes_)
    run_id = connection.execute(fewer).scalar_one()
    run = runs.update().where(runs.c.id == run_id)
    connection.execute(run.values(planned=runs.c.planned - people, left_out=runs.c.left_out + people))
