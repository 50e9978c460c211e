"""Who: everything that the ledger knows about one person, across campaigns."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.batches import kept_words
from pipeline.ledger.claims import NOT_CALLED
from pipeline.ledger.sources import source_row
from pipeline.ledger.tables import attempts, batches, calendars, campaigns, claims, results, rows, runs
from pipeline.ledger.told import rest_of
from schemas.addresses import Kind
from schemas.errors import CampaignError
from schemas.masking import masked
from schemas.request import RECIPIENT_SEPARATOR

_BETWEEN = re.compile(r"[\s().\-/]")


@dataclass(frozen=True)
class Person:
    """By what somebody is looked for: an address, as claims have it."""

    kind: Kind
    address: str

    @property
    def written(self) -> str:
        """The address as people write it."""
        return f"+{self.address}" if self.kind is Kind.PHONE else self.address

    @property
    def discreet(self) -> str:
        """The same for a terminal: masked, but for a mapped id."""
        return self.address if self.kind is Kind.ID else masked(self.written)

    @property
    def label(self) -> str:
        """The same beside others: an id says that it is one."""
        return f"id {self.address}" if self.kind is Kind.ID else self.discreet


@dataclass(frozen=True)
class Appearance:
    """The person in one run. Moments are ISO 8601 text in UTC; what concerns a batch is empty unless planned.

    `result` and `conversation_id` are what the service last said of the call (`campaign results`).
    `plan_seal` is the seal of the saved plan that was run, if one was, `approved_by` who approved that. `lists` are the
    suppression lists that the run heeded.

    `said` are the service's words, if it refused the row; `rest_of` is the batch out of which the person was taken, because
    the service refused others in it. `zones` are those that the person may be in, `evidence` is how they are known, and
    the batch was for hours up to `end_unix`, and estimated to be through by `until_unix`. `remembered` says that this is
    why the campaign does not call the person again. `words` is the recipient as it was, or would have been, sent, as long
    as that is kept; `attempt` says which of the campaign's calls to the person it is; `source` is the row as it stood in
    the export.
    """

    campaign: str
    run: int
    kind: str
    started_at: str
    row: int
    outcome: str
    codes: tuple[str, ...]
    said: str | None
    phone: str | None
    whatsapp: str | None
    recipient_id: str | None
    batch: int | None
    rest_of: int | None
    state: str | None
    state_at: str | None
    start_unix: int | None
    until_unix: int | None
    end_unix: int | None
    zones: str | None
    evidence: str | None
    service_id: str | None
    service_status: str | None
    remembered: bool
    result: str | None
    conversation_id: str | None
    plan_seal: str | None
    approved_by: str | None
    approved_at: str | None
    approved_note: str | None
    attempts: tuple[dict[str, Any], ...]
    words: dict[str, Any] | None
    attempt: int
    lists: tuple[str, ...]
    source: dict[str, str | None]


def person_of(text: str) -> Person:
    """Whom a number (E.164) or a WhatsApp id means; raises CampaignError for a number without its country code."""
    plain = _BETWEEN.sub("", text)
    if re.fullmatch(r"\+?[1-9][0-9]{6,17}", plain):
        return Person(Kind.PHONE, plain.removeprefix("+"))
    if not plain or re.fullmatch(r"\+?[0-9]*", plain):
        raise CampaignError(f"{text!r} is no number; write it with + and country code, such as +14155552671")
    return Person(Kind.WHATSAPP, text)


def appearances(connection: sa.Connection, person: Person) -> list[Appearance]:
    """Wherever the person stands in the ledger, the newest run first. Rows called before are not stored, so not found."""
    return [_appearance(connection, line) for line in connection.execute(_found(person)).mappings()]


def _found(person: Person) -> sa.Select[Any]:
    columns = (
        campaigns.c.name.label("campaign"),
        rows.c.run_id.label("run"),
        runs.c.kind,
        sa.type_coerce(runs.c.started_at, sa.String).label("started_at"),
        *(rows.c[name] for name in ("row", "outcome", "codes", "said", "phone", "whatsapp", "recipient_id")),
        *(rows.c[name] for name in ("batch_id", "position", "attempt")),
        batches.c.number.label("batch"),
        rest_of(),
        batches.c.state,
        sa.type_coerce(batches.c.state_at, sa.String).label("state_at"),
        *(batches.c[name] for name in ("start_unix", "until_unix", "end_unix", "service_id", "service_status")),
        *(runs.c[name] for name in ("plan_seal", "approved_by", "approved_note", "lists")),
        sa.type_coerce(runs.c.approved_at, sa.String).label("approved_at"),
        results.c.status.label("result"),
        results.c.conversation_id,
        calendars.c.zones,
        calendars.c.evidence,
        _is_claimed(person).label("claimed"),
    )
    everything = rows.join(runs, rows.c.run_id == runs.c.id).join(campaigns, runs.c.campaign_id == campaigns.c.id)
    everything = everything.outerjoin(batches, rows.c.batch_id == batches.c.id)
    everything = everything.outerjoin(results, (results.c.run_id == rows.c.run_id) & (results.c.row == rows.c.row))
    hours = (calendars.c.run_id == rows.c.run_id) & (calendars.c.number == rows.c.calendar)
    everything = everything.outerjoin(calendars, hours)
    statement = sa.select(*columns).select_from(everything).where(_is(person))
    return statement.order_by(rows.c.run_id.desc(), rows.c.row)


def _is(person: Person) -> sa.ColumnElement[bool]:
    match person.kind:
        case Kind.ID:
            return rows.c.recipient_id == person.address
        case Kind.WHATSAPP:
            return rows.c.whatsapp == person.address
        case Kind.HASH:
            return sa.false()
        case Kind.PHONE:
            number = f"+{person.address}"
            return (rows.c.phone == number) | rows.c.whatsapp.in_([person.address, number])


def _is_claimed(person: Person) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        claims.c.campaign_id == runs.c.campaign_id,
        claims.c.kind == person.kind.value,
        claims.c.address == person.address,
        claims.c.batch_id == rows.c.batch_id,
    )


def _appearance(connection: sa.Connection, line: sa.RowMapping) -> Appearance:
    known = {name: value for name, value in line.items() if name not in ("batch_id", "position", "claimed")}
    batch_id = line["batch_id"]
    return Appearance(
        **known
        | {
            "attempt": line["attempt"] or 1,
            "lists": tuple(each["name"] for each in line["lists"]),
            "codes": tuple(line["codes"].split(",")) if line["codes"] else (),
            "remembered": bool(line["claimed"]) and line["state"] not in NOT_CALLED,
            "attempts": () if batch_id is None else _attempts(connection, batch_id),
            "words": None if batch_id is None else _words(connection, batch_id, line["position"]),
            "source": source_row(connection, line["run"], line["row"]),
        }
    )


def _attempts(connection: sa.Connection, batch_id: int) -> tuple[dict[str, Any], ...]:
    moments = (
        sa.type_coerce(attempts.c[name], sa.String).label(name) for name in ("begun_at", "ended_at", "settled_at")
    )
    answer = ("verdict", "http_status", "error_code", "message", "request_id")
    names = ("number", "call_name", *answer, "settled", "settled_by", "settled_note")
    statement = sa.select(*moments, *(attempts.c[name] for name in names)).where(attempts.c.batch_id == batch_id)
    return tuple(dict(line) for line in connection.execute(statement.order_by(attempts.c.number)).mappings())


def _words(connection: sa.Connection, batch_id: int, position: int) -> dict[str, Any] | None:
    texts = kept_words(connection, batch_id)
    if texts is None:
        return None
    words: dict[str, Any] = json.loads(texts.split(RECIPIENT_SEPARATOR)[position])
    return words


def called_by(connection: sa.Connection, people: Sequence[tuple[str, str]]) -> list[str]:
    """The campaigns that count these people (kind, address) as called, or as perhaps called."""
    joined = claims.join(batches, claims.c.batch_id == batches.c.id)
    joined = joined.join(runs, batches.c.run_id == runs.c.id).join(campaigns, runs.c.campaign_id == campaigns.c.id)
    of_them = sa.tuple_(claims.c.kind, claims.c.address).in_(people)
    asked = sa.select(campaigns.c.name).select_from(joined).where(of_them, batches.c.state.not_in(NOT_CALLED))
    return list(connection.execute(asked.distinct().order_by(campaigns.c.name)).scalars())
