"""The plan: all that a run would do, as values; and what a run remembers of earlier ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from schemas.agents import Voice
from schemas.calendars import Calendar
from schemas.calls import Calls, Recalls
from schemas.campaign import Campaign
from schemas.dialect import Dialect
from schemas.fields import Binding
from schemas.findings import no_repairs
from schemas.hashing import Forgotten
from schemas.outcomes import Outcome
from schemas.request import Head
from schemas.suppression import SuppressionList

#: What the row files add to a row that is to be mended; such columns are left away when the file is read again.
OWN_COLUMNS = ("campaign_row", "campaign_codes", "campaign_reasons")


def is_mended(headers: Iterable[str]) -> bool:
    """Whether a file is one to fix, come back."""
    return set(OWN_COLUMNS) <= {header.strip() for header in headers}


#: One line a row of the file. `batch` counts from 1, `position` from 0 inside the batch, in file order.
ROWS_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.UInt32,
    "outcome": pl.Enum([outcome.value for outcome in Outcome]),
    "batch": pl.UInt32,  # null unless planned
    "position": pl.UInt32,  # null unless planned
    "e164": pl.Int64,  # the number without its plus; null where there is none
    "whatsapp": pl.String,  # as sent; claimed as a number where it is all digits
    "id": pl.String,  # as sent; null where none is mapped
    "phone_from": pl.UInt8,  # which of [columns] phone_number it was, from 0
    "route": pl.UInt8,  # which [[route]] it takes, from 1; 0, or null where there are none: that of [campaign]
    "size": pl.UInt32,  # bytes of its recipient text; null unless ready to be called
    "codes": pl.Categorical,  # comma-separated, sorted; null for planned rows
    "calendar": pl.UInt32,  # which of the plan's calendars; null where there is none: any hour
    "slot": pl.UInt32,  # which of the plan's slots it starts in; null unless planned
    "told": pl.Boolean,  # to fix, and one of the campaign's last runs has said so
    "attempt": pl.UInt8,  # which of the campaign's calls to this person it would be; null is the first
}


def no_rows() -> pl.DataFrame:
    """An empty frame of ROWS_SCHEMA."""
    return pl.DataFrame(schema=ROWS_SCHEMA)


def of_planned(rows: pl.DataFrame, values: pl.Series) -> pl.Series:
    """A column named as `values`, which has the n-th of them in the n-th planned row, and null in all others."""
    planned = rows["outcome"] == Outcome.PLANNED
    nth = planned.cum_sum().cast(pl.Int64) - 1
    return values.gather(pl.select(pl.when(planned).then(nth)).to_series()).cast(ROWS_SCHEMA[values.name])


def row_text(columns: Sequence[str]) -> pl.Expr:
    """All cells of a row as one text, to know the row again when it comes with the next export."""
    return pl.concat_str([pl.col(column).fill_null("") for column in columns], separator="\x1f")


@dataclass(frozen=True)
class Known:
    """People by what they are known by.

    `phones` (Int64): E.164 and all-digit WhatsApp ids; `whatsapp` (String): other WhatsApp ids; `ids` (String).
    """

    phones: pl.Series = field(default_factory=lambda: pl.Series("phone", [], pl.Int64))
    whatsapp: pl.Series = field(default_factory=lambda: pl.Series("whatsapp", [], pl.String))
    ids: pl.Series = field(default_factory=lambda: pl.Series("id", [], pl.String))

    def is_empty(self) -> bool:
        """Whether nobody is known."""
        return all(known.is_empty() for known in (self.phones, self.whatsapp, self.ids))


#: Calls that the service has already, and may still make: start (Unix seconds) and people of each batch.
UnderWay = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Memory(Known):
    """Whom this campaign's name has called before, and which rows to fix its last runs have told of.

    `told` (String): rows as `row_text` gives them. `blocked` are not called by any campaign. `said_no` (Int64) are
    the numbers of rows that said no in the exports of its runs. `forgotten` were called by
    this one, or are blocked, and are known by hashes only; None where the ledger has forgotten nobody. `recalls` are those
    who may be called a further time, and then are not among the called; `calls` are those of all campaigns. Both are None
    where no rule asks for them.
    """

    blocked: Known = field(default_factory=Known)
    forgotten: Forgotten | None = None
    said_no: pl.Series = field(default_factory=lambda: pl.Series("said_no", [], pl.Int64))
    told: pl.Series = field(default_factory=lambda: pl.Series("told", [], pl.String))
    recalls: Recalls | None = None
    calls: Calls | None = None
    under_way: UnderWay = ()


@dataclass(frozen=True)
class Part:
    """One of several files that were read as one: its row n is row `offset` + n of the plan."""

    path: Path
    offset: int


@dataclass(frozen=True)
class Source:
    """The file as it was read: its path, its SHA-256 (hex), its headers as written, its records below the header.

    `said` tells in sentences how it was read, wherever that was no matter of course. `parts` are the files, where there
    are several: `path` is then the first, and `sha256` is of all.
    """

    path: Path
    sha256: str
    headers: tuple[str, ...]
    rows: int
    dialect: Dialect = field(default_factory=Dialect)
    said: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def name(self) -> str:
        """What it is called for people."""
        return str(self.path) if len(self.parts) < 2 else f"{self.path} and {len(self.parts) - 1} more"  # noqa: PLR2004

    def placed(self, found: pl.DataFrame) -> pl.DataFrame:
        """Findings whose detail says in which of several files a row stands, and where there."""
        if not self.parts:
            return found
        place = pl.lit(None, pl.String)
        for part in self.parts:
            here = pl.format("{} row {}", pl.lit(part.path.name), pl.col("row") - pl.lit(part.offset, pl.UInt32))
            place = pl.when(pl.col("row") > part.offset).then(here).otherwise(place)
        return found.with_columns(detail=pl.concat_str(place, "detail", separator=": ", ignore_nulls=True))


@dataclass(frozen=True)
class Slot:
    """People whose calls start together, in Unix seconds. `start` None: now.

    `until` is when the last of their calls is estimated to be over (None: not estimated), `end` the first moment that is
    too late for them (None: no moment is).
    """

    start: int | None
    until: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class PlannedBatch:
    """The manifest of one request: its number (from 1), people in it, bytes of the whole body, when it starts.

    `calendars` are the distinct ones of its people, as indices into the plan's; `route` is theirs, as in ROWS_SCHEMA.
    """

    number: int
    recipients: int
    body_bytes: int
    slot: Slot = Slot(None)
    calendars: tuple[int, ...] = ()
    route: int = 0


def heads_by_route(head: Head, campaign: Campaign) -> Mapping[int, Head]:
    """The heads of all routes, made from one of them; 0 is that of [campaign], if it has an agent."""
    table = campaign.campaign
    own = {0: head} if table.agent_id else {}
    return own | {
        route: replace(
            head,
            agent_id=each.agent_id,
            agent_phone_number_id=each.agent_phone_number_id or table.agent_phone_number_id,
        )
        for route, each in enumerate(campaign.route, 1)
    }


class Spilled(Protocol):
    """What the plan put aside on disk; gone when the program ends, however it ends.

    `rows` have the columns of ROWS_SCHEMA that are needed, `row` among them, in file order.
    """

    def payloads(self, rows: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
        """Yield (batch number, recipient texts joined by RECIPIENT_SEPARATOR, not compressed), each as soon as it is whole."""

    def source_columns(self, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield the given rows in chunks, with the source's columns c0…cN (String) after their own columns."""


@dataclass(frozen=True)
class Plan:
    """Everything a run would do. `refusals` are the reasons why `run` would not: empty means go.

    `start` is aware, None means now: nobody's call begins before it. `notes` are what was assumed, in sentences;
    `repairs` (REPAIRS_SCHEMA) the cells that were damaged and are read all the same. `calendars` tell when people may be
    called, none where that is at any hour. `lists` are those of people who must not be called, as they were read;
    `countries` those whose numbers are called, None where all are. `voices` are who would speak, a line a route, where the
    service was asked. `seconds` is the time of each stage. `last_run` is the newest run whose calls `[rules.frequency]` has
    counted; None where it counts none. `looked_at` is when a saved plan was looked at anew, to be run.
    """

    campaign: Campaign
    source: Source
    binding: Binding
    head: Head
    start: datetime | None
    planned_at: datetime
    rows: pl.DataFrame
    findings: pl.DataFrame
    batches: tuple[PlannedBatch, ...]
    refusals: tuple[str, ...]
    notes: tuple[str, ...]
    spilled: Spilled
    repairs: pl.DataFrame = field(default_factory=no_repairs)
    calendars: tuple[Calendar, ...] = ()
    lists: tuple[SuppressionList, ...] = ()
    countries: tuple[str, ...] | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    voices: tuple[Voice, ...] = ()
    last_run: int | None = None
    looked_at: datetime | None = None

    @property
    def now(self) -> datetime:
        """The moment that a start of None means."""
        return self.looked_at or self.planned_at

    @property
    def heads(self) -> Mapping[int, Head]:
        """The heads by route of those that people take; of all routes, where nobody is to be called."""
        heads = heads_by_route(self.head, self.campaign)
        return {route: heads[route] for route in sorted({batch.route for batch in self.batches})} or heads

    def head_of(self, batch: PlannedBatch) -> Head:
        """All of a batch's request but its recipients, as planned."""
        return replace(heads_by_route(self.head, self.campaign)[batch.route], start=batch.slot.start)

    def count(self, outcome: Outcome) -> int:
        """How many rows of the file have this outcome."""
        return int((self.rows["outcome"] == outcome).sum())
