"""Plans made by hand, for tests of what becomes of a plan."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipeline.ledger.runs import RunContext
from schemas.campaign import Campaign
from schemas.fields import Binding
from schemas.findings import no_findings
from schemas.outcomes import Outcome
from schemas.plan import ROWS_SCHEMA, Plan, PlannedBatch, Slot, Source
from schemas.request import RECIPIENT_SEPARATOR, Head

NOW = 1_711_976_400.0  # 2024-04-01 13:00 UTC
HEADERS = ("Record ID", "First Name", "Phone Number")


@dataclass(frozen=True)
class Person:
    """A row, its fields as in ROWS_SCHEMA."""

    row: int
    e164: int | None = None
    whatsapp: str | None = None
    id: str | None = None
    outcome: Outcome = Outcome.PLANNED
    codes: str | None = None


def number(row: int) -> int:
    return 14_155_550_000 + row


def people(first: int = 2, count: int = 3) -> list[Person]:
    return [Person(row, number(row), id=f"hs-{row}") for row in range(first, first + count)]


@dataclass(frozen=True)
class Spilled:
    """What a plan put aside, made up from its rows."""

    columns: int = len(HEADERS)

    def payloads(self, rows: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
        said = ('{"phone_number":"+', pl.col("e164").fill_null(0), '","user_id":"Zoë ', pl.col("row"), '"}')
        text = pl.concat_str(*(pl.lit(part) if isinstance(part, str) else part for part in said)).cast(pl.Binary)
        planned = rows.filter(pl.col("outcome") == Outcome.PLANNED).select("batch", text=text)
        for part in planned.partition_by("batch", maintain_order=True):
            yield part["batch"][0], RECIPIENT_SEPARATOR.join(part["text"].to_list())

    def source_columns(self, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        cells = [pl.concat_str(pl.lit(f"cell {index} of "), "row").alias(f"c{index}") for index in range(self.columns)]
        for part in rows.iter_slices(250_000):
            yield part.select("row", *cells)


def rows_of(persons: Sequence[Person], per_batch: int) -> pl.DataFrame:
    schema = {each.name: ROWS_SCHEMA[each.name] for each in fields(Person)}
    return placed(pl.DataFrame([asdict(person) for person in persons], schema=schema), per_batch)


def placed(rows: pl.DataFrame, per_batch: int) -> pl.DataFrame:
    """ROWS_SCHEMA, with planned rows dealt out to batches in order."""
    is_planned = pl.col("outcome") == Outcome.PLANNED
    place = is_planned.cum_sum() - 1
    full = rows.with_columns(
        batch=pl.when(is_planned).then(place // per_batch + 1),
        position=pl.when(is_planned).then(place % per_batch),
        phone_from=pl.lit(0),
        size=pl.lit(100),
    )
    return full.select(
        (pl.col(name) if name in full.columns else pl.lit(None).alias(name)).cast(dtype)
        for name, dtype in ROWS_SCHEMA.items()
    )


def plan_of(
    rows: Sequence[Person] | pl.DataFrame,
    *,
    name: str = "survey",
    per_batch: int = 2,
    headers: tuple[str, ...] = HEADERS,
    start: datetime | None = None,
) -> Plan:
    frame = rows if isinstance(rows, pl.DataFrame) else rows_of(rows, per_batch)
    slot = Slot(None if start is None else int(start.timestamp()))
    sizes = frame.filter(pl.col("batch").is_not_null()).group_by("batch").len().sort("batch")
    return Plan(
        campaign=campaign(name),
        source=Source(Path("people.csv"), "ab" * 32, headers, frame.height),
        binding=Binding(id=None, whatsapp=None, phones=(), country=None, carried=()),
        head=Head("Survey April", "agent_1", "phone_1", start=None if start is None else int(start.timestamp())),
        start=start,
        planned_at=datetime.fromtimestamp(NOW, UTC),
        rows=frame,
        findings=no_findings(),
        batches=tuple(PlannedBatch(batch, people, 100 * people, slot) for batch, people in sizes.iter_rows()),
        refusals=(),
        notes=(),
        spilled=Spilled(len(headers)),
    )


def campaign(name: str) -> Campaign:
    return Campaign.model_validate(
        {
            "campaign": {"name": name, "agent_id": "agent_1", "agent_phone_number_id": "phone_1"},
            "schedule": {"start": "now", "timezone": "America/New_York"},
            "columns": {"phone_number": "{Phone Number}"},
            "rules": {"max_calls": 10},
        }
    )


def context(kind: str = "run") -> RunContext:
    return RunContext(
        base_url="https://api.example",
        key_fingerprint="f1ng3r",
        campaign_text='[campaign]\nname = "survey"\n',
        program_version="1.2.3",
        host="box",
        pid=4711,
        kind=kind,
        inputs={"people.csv": "ab" * 32, "prompt.md": "cd" * 32},
    )
