"""Releasing: blocks are lifted, and claims let go of where somebody may be called once more.

Each function is a part of its caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.claims import NOT_CALLED
from pipeline.ledger.hashes import hashed
from pipeline.ledger.tables import batches, campaigns, claims, runs, wishes
from pipeline.ledger.wishes import PEOPLE_SCHEMA, Word, add, alike, blocked_now
from schemas.errors import CampaignError
from schemas.states import ENDED, BatchState
from schemas.wishes import Wish


@dataclass(frozen=True)
class Released:
    """Who of the people was not blocked, and how many earlier calls were let go of.

    `still` are other addresses (kind, address) by which the ledger knows them, and which are blocked.
    """

    not_blocked: list[tuple[str, str]]
    still: list[tuple[str, str]]
    freed: int


def release(
    connection: sa.Connection, people: pl.DataFrame, word: Word, *, call_again: bool, campaign: str | None
) -> Released:
    """Lift the blocks of people (PEOPLE_SCHEMA); with `call_again` the campaign, or all (None), may call them once more.

    Forgotten people are found as well. Raises CampaignError while a call to one of them may be under way.
    """
    named = people.rows()
    hashes = hashed(connection, named)
    known = pl.concat([people, pl.DataFrame(hashes, schema=PEOPLE_SCHEMA, orient="row")])
    freed = _call_again(connection, known, word, campaign) if call_again else 0
    lifted = _blocked_of(connection, known.rows())
    add(connection, pl.DataFrame(lifted, schema=PEOPLE_SCHEMA, orient="row"), Wish.RELEASED, word)
    as_hash = dict(zip(named, hashes, strict=True)) if hashes else {}
    not_blocked = [each for each in named if each not in lifted and as_hash.get(each) not in lifted]
    return Released(not_blocked, _blocked_of(connection, alike(connection, named)), freed)


def _blocked_of(connection: sa.Connection, people: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the addresses (kind, address) that are blocked."""
    mine = sa.tuple_(wishes.c.kind, wishes.c.address).in_(people)
    asked = sa.select(wishes.c.kind, wishes.c.address).where(blocked_now(), mine).distinct()
    return [(kind, address) for kind, address in connection.execute(asked)]


def _call_again(connection: sa.Connection, people: pl.DataFrame, word: Word, campaign: str | None) -> int:
    """Let go of every claim on the rows in which these people were called: of all their addresses."""
    called = _called(connection, people, campaign)
    for line in called:
        _refuse_under_way(line)
    for line in called:
        mine = claims.c.campaign_id == line.campaign_id
        of_row = (claims.c.batch_id == line.batch_id) & (claims.c.row == line.row)
        connection.execute(claims.delete().where(mine, of_row))
    if called:
        add(connection, people, Wish.CALL_AGAIN, word)
    return len(called)


def _called(connection: sa.Connection, people: pl.DataFrame, campaign: str | None) -> list[sa.Row[tuple[object, ...]]]:
    """The rows in which these people were, or may have been, called."""
    columns = (claims.c.campaign_id, claims.c.batch_id, claims.c.row, campaigns.c.name, runs.c.id.label("run"))
    about = (batches.c.number, batches.c.state, batches.c.service_status)
    found = (
        sa.select(*columns, *about)
        .distinct()
        .join(batches, claims.c.batch_id == batches.c.id)
        .join(runs, batches.c.run_id == runs.c.id)
        .join(campaigns, claims.c.campaign_id == campaigns.c.id)
        .where(sa.tuple_(claims.c.kind, claims.c.address).in_(people.rows()))
        .where(batches.c.state.not_in(list(NOT_CALLED)))
    )
    return list(connection.execute(found if campaign is None else found.where(campaigns.c.name == campaign)))


def _refuse_under_way(line: sa.Row[tuple[object, ...]]) -> None:
    """Raise CampaignError unless the batch has ended: whose call may be under way would be called twice."""
    where = f"run {line.run}, batch {line.number} of {line.name}"
    if line.state in (BatchState.SENDING, BatchState.UNCONFIRMED):
        raise CampaignError(f"{where} is {line.state}: the call may be under way; nothing was changed")
    if line.state == BatchState.ACCEPTED and line.service_status not in ENDED:
        raise CampaignError(
            f"{where} has not ended at the service, as far as the ledger knows ({line.service_status}); ask with "
            "`campaign results` and release again; nothing was changed"
        )
