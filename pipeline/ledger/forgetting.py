"""Forgetting: a person's data leave the ledger; that they were called, or are blocked, stays as a keyed hash.

Each function is a part of its caller's transaction, but for the reading ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.batches import kept_words, replace_payload
from pipeline.ledger.claims import hash_claims
from pipeline.ledger.hashes import key_in_use, key_to_use
from pipeline.ledger.sources import empty_cells, rows_with
from pipeline.ledger.subtracting import subtract
from pipeline.ledger.tables import attempts, batches, campaigns, claims, results, rows, runs, wishes
from pipeline.ledger.wishes import PEOPLE_SCHEMA, Word, add, alike, blocked_now, in_rows
from schemas.addresses import Kind
from schemas.errors import CampaignError, Exit
from schemas.hashing import HashKey
from schemas.masking import without
from schemas.request import FORGOTTEN, RECIPIENT_SEPARATOR
from schemas.states import ENDED, BatchState
from schemas.wishes import Wish

_UNDECIDED = (BatchState.SENDING, BatchState.UNCONFIRMED)
#: A shorter id may stand in a message by chance.
_SHORTEST_ID = 4


@dataclass(frozen=True)
class Trace:
    """A row in which somebody is found. `batch_id`, `position` and `state` are None unless it was planned."""

    campaign: str
    run_id: int
    row: int
    batch_id: int | None
    position: int | None
    number: int | None
    state: str | None
    service_id: str | None
    service_status: str | None

    @property
    def is_to_come(self) -> bool:
        """Whether the service has it, and has not ended it as far as the ledger knows."""
        return self.state == BatchState.ACCEPTED and self.service_status not in ENDED


@dataclass(frozen=True)
class Sought:
    """People by all their addresses (kind, address), and the rows in which they are."""

    people: list[tuple[str, str]]
    traces: list[Trace]

    @property
    def waiting_in(self) -> list[str]:
        """The campaigns that have not called them yet, but mean to: their senders must not be at work meanwhile."""
        return sorted({trace.campaign for trace in self.traces if trace.state == BatchState.PLANNED})

    def addresses(self, kind: Kind) -> list[str]:
        """Their addresses of one kind."""
        return [address for each, address in self.people if each == kind.value]


@dataclass(frozen=True)
class Left:
    """What forgetting left: rows emptied, runs concerned, who is not blocked; and what the service still has of them.

    `conversations` are those that the ledger knew of, `batches` the ids of all batches that held them, and `to_come` of
    those the ones that have not ended: their calls may still be made.
    """

    rows: int
    runs: list[int]
    unblocked: int
    conversations: list[str]
    batches: list[str]
    to_come: list[str]


def sought(connection: sa.Connection, people: Sequence[tuple[str, str]]) -> Sought:
    """The people (kind, address), and where they are. Who is sought by id is sought by the numbers of that id as well."""
    more = alike(connection, [each for each in people if each[0] == Kind.ID.value])
    everything = list(dict.fromkeys([*people, *more]))
    return Sought(everything, _traces(connection, everything))


def _traces(connection: sa.Connection, people: Sequence[tuple[str, str]]) -> list[Trace]:
    phones = [address for kind, address in people if kind == Kind.PHONE.value]
    columns = (campaigns.c.name.label("campaign"), rows.c.run_id, rows.c.row, rows.c.batch_id, rows.c.position)
    joined = rows.join(runs, rows.c.run_id == runs.c.id).join(campaigns, runs.c.campaign_id == campaigns.c.id)
    joined = joined.outerjoin(batches, rows.c.batch_id == batches.c.id)
    about = (batches.c.number, batches.c.state, batches.c.service_id, batches.c.service_status)
    found = sa.select(*columns, *about).select_from(joined)
    mine = in_rows(people) | sa.tuple_(rows.c.run_id, rows.c.row).in_(_tested(connection, phones))
    return [Trace(**line) for line in connection.execute(found.where(mine)).mappings()]


def _tested(connection: sa.Connection, numbers: Sequence[str]) -> list[tuple[int, int]]:
    """Run and row of tests with their words: those have the tester's number, and theirs only in the file's columns."""
    tests = connection.execute(sa.select(runs.c.id).where(runs.c.kind == "test")).scalars().all()
    return [(run_id, row) for run_id in tests for row in rows_with(connection, run_id, numbers)]


def forget(connection: sa.Connection, people: Sequence[tuple[str, str]], locked: Iterable[str], word: Word) -> Left:
    """Forget people; `locked` are the campaigns whose locks are held. Of whom nothing is known, nothing is written down.

    Raises CampaignError while it is not known whether one of them was called, or where the key of the hashes is not at hand.
    """
    found = sought(connection, people)
    if not (found.traces or _is_known(connection, found.people) or key_in_use(connection)):
        return Left(0, [], len(found.people), [], [], [])
    key = key_to_use(connection)
    _refuse_under_way(found, set(locked))
    conversations = _conversations(connection, found.traces)
    _leave_batches(connection, found, word.at)
    _hash_claims(connection, found, key)
    _empty_rows(connection, found.traces)
    gone = defaultdict(list)
    for trace in found.traces:
        gone[trace.run_id].append(trace.row)
    empty_cells(connection, gone, found.addresses(Kind.PHONE))
    unblocked = _hash_wishes(connection, found.people, key, word)
    at_service = list(dict.fromkeys(trace.service_id for trace in found.traces if trace.service_id))
    to_come = [trace.service_id for trace in found.traces if trace.service_id and trace.is_to_come]
    return Left(len(found.traces), sorted(gone), unblocked, conversations, at_service, list(dict.fromkeys(to_come)))


def _is_known(connection: sa.Connection, people: Sequence[tuple[str, str]]) -> bool:
    """Whether something other than a row is of them: a block or its release, or a claim."""
    of_them = (sa.tuple_(table.c.kind, table.c.address).in_(people) for table in (wishes, claims))
    return any(connection.execute(sa.select(sa.exists().where(theirs))).scalar_one() for theirs in of_them)


def _refuse_under_way(found: Sought, locked: set[str]) -> None:
    for trace in found.traces:
        if trace.state in _UNDECIDED:
            raise CampaignError(
                f"run {trace.run_id}, batch {trace.number} of {trace.campaign} is {trace.state}: whether the call was "
                "made is not known; run `campaign resume` first; nothing was changed"
            )
    if not locked.issuperset(found.waiting_in):
        raise CampaignError("a run has just planned to call them; run again", exit_code=Exit.BUSY)


def _conversations(connection: sa.Connection, traces: Iterable[Trace]) -> list[str]:
    """Take their results out; the conversations that the service has."""
    conversations: list[str | None] = []
    for trace in traces:
        mine = results.delete().where(results.c.run_id == trace.run_id, results.c.row == trace.row)
        conversations += connection.execute(mine.returning(results.c.conversation_id)).scalars().all()
    return [each for each in conversations if each]


def _leave_batches(connection: sa.Connection, found: Sought, at: float) -> None:
    """Take them out of planned batches, and their words out of all others."""
    batched = defaultdict(list)
    for trace in found.traces:
        if trace.batch_id is not None:
            batched[trace.batch_id].append(trace)
    for batch_id, traces in batched.items():
        _quiet(connection, batch_id, found)
        if traces[0].state == BatchState.PLANNED:
            subtract(connection, batch_id, [trace.row for trace in traces], "forgotten", at)
        elif (words := kept_words(connection, batch_id)) is not None:
            texts = words.split(RECIPIENT_SEPARATOR)
            places = {trace.position for trace in traces}
            kept = (FORGOTTEN if place in places else text for place, text in enumerate(texts))
            replace_payload(connection, batch_id, RECIPIENT_SEPARATOR.join(kept))


def _quiet(connection: sa.Connection, batch_id: int, found: Sought) -> None:
    """Take their addresses out of what the service answered, also about the batches of which this one is the rest."""
    mine = sa.select(batches.c.id, batches.c.rest_of).where(batches.c.id == batch_id).cte("mine", recursive=True)
    mine = mine.union(sa.select(batches.c.id, batches.c.rest_of).where(batches.c.id == mine.c.rest_of))
    asked = sa.select(attempts.c.id, attempts.c.message).where(attempts.c.batch_id.in_(sa.select(mine.c.id)))
    for attempt, message in connection.execute(asked.where(attempts.c.message.is_not(None))).all():
        said = _said_without(message, found)
        if said != message:
            connection.execute(attempts.update().where(attempts.c.id == attempt).values(message=said))


def _said_without(message: str, found: Sought) -> str:
    for number in found.addresses(Kind.PHONE):
        message = without(message, number)
    for name in (*found.addresses(Kind.WHATSAPP), *found.addresses(Kind.ID)):
        message = message.replace(name, "•••") if len(name) >= _SHORTEST_ID else message
    return message


def _hash_claims(connection: sa.Connection, found: Sought, key: HashKey) -> None:
    """All claims of their rows, whatever the address, and all on their addresses."""
    places = [(trace.batch_id, trace.row) for trace in found.traces if trace.batch_id is not None]
    of_rows = sa.tuple_(claims.c.batch_id, claims.c.row).in_(places)
    hash_claims(connection, of_rows | sa.tuple_(claims.c.kind, claims.c.address).in_(found.people), key)


def _empty_rows(connection: sa.Connection, traces: Iterable[Trace]) -> None:
    """What is left says that there was a row, and what became of it."""
    for trace in traces:
        mine = rows.update().where(rows.c.run_id == trace.run_id, rows.c.row == trace.row)
        connection.execute(mine.values(**EMPTY))


#: What a row of a forgotten person still says.
EMPTY = {
    "phone": None,
    "whatsapp": None,
    "recipient_id": None,
    "calendar": None,
    "said": None,
    "codes": sa.func.coalesce(rows.c.codes, "forgotten"),
}


def _hash_wishes(connection: sa.Connection, people: Sequence[tuple[str, str]], key: HashKey, word: Word) -> int:
    """Hash what they wanted as well, and write down that they are forgotten; how many addresses are not blocked."""
    hashes = []
    for kind, address in people:
        hashed = {"kind": Kind.HASH.value, "address": key.of(Kind(kind), address)}
        mine = wishes.update().where(wishes.c.kind == kind, wishes.c.address == address)
        connection.execute(mine.values(**hashed))
        hashes.append((hashed["kind"], hashed["address"]))
    add(connection, pl.DataFrame(hashes, schema=PEOPLE_SCHEMA, orient="row"), Wish.FORGOTTEN, word)
    asked = sa.select(sa.func.count(wishes.c.address.distinct())).where(blocked_now())
    theirs = sa.tuple_(wishes.c.kind, wishes.c.address).in_(hashes)
    return len(hashes) - int(connection.execute(asked.where(theirs)).scalar_one())
