"""Lasting: consents that hold as the calls begin, and are too old on the day of the person's own call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import polars as pl

from pipeline.plan.cast import typed
from pipeline.plan.leave import told_too
from pipeline.plan.texts import text_of
from schemas.fields import Binding
from schemas.findings import findings, gathered, no_findings
from schemas.outcomes import Outcome
from schemas.plan import ROWS_SCHEMA, PlannedBatch, Slot, Spilled
from schemas.screening import Consent

_PLANNED = pl.col("outcome") == Outcome.PLANNED


@dataclass(frozen=True)
class Lasting:
    """What tells how long consents last. All of them hold on the day of `begin` (aware, in the campaign's zone)."""

    consent: Consent | None
    binding: Binding
    spilled: Spilled
    begin: datetime

    def screen(
        self, rows: pl.DataFrame, place: str, slots: Iterable[tuple[int, Slot]]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Leave out planned rows whose consent is too old when their call is made; and what is said. `rows`: ROWS_SCHEMA.

        `slots` are by the number that rows have as their `place`, a column.
        """
        if self.consent is None or self.consent.max_age_days is None:
            return rows, no_findings()
        days = [(number, _day(slot, self.begin)) for number, slot in slots]
        known = pl.DataFrame(days, schema={place: ROWS_SCHEMA[place], "day": pl.Date}, orient="row")
        called = rows.filter(_PLANNED).select("row", place).join(known, on=place, maintain_order="left")
        found = self._outlived(called.filter(pl.col("day") > self.begin.date()), self.consent.max_age_days)
        left_out = pl.lit(Outcome.LEFT_OUT, ROWS_SCHEMA["outcome"])
        told = found.select("row", pl.col("code").cast(pl.String), outcome=left_out)
        return told_too(rows, told).with_columns(slot=pl.when(_PLANNED).then("slot")), found

    def _outlived(self, called: pl.DataFrame, days: int) -> pl.DataFrame:
        """Findings about rows that are called on a `day` (Date) on which their consent is too old."""
        field = self.binding.consent["date"]
        found = []
        for frame in self.spilled.source_columns(called.select("row", "day")):
            read = frame.select("row", "day", text_of(field).alias(field.frame)).with_columns(given=typed(field))
            old = read.filter(pl.col("given") < pl.col("day") - timedelta(days=days))
            detail = pl.format("the call begins on {}", pl.col("day"))
            found.append(findings(old, "consent_too_old", field.header, pl.col(field.frame), detail))
        return gathered(found)


def last_start(batches: Iterable[PlannedBatch], begin: datetime) -> datetime:
    """When the last batches are to begin, in the zone of `begin` (aware), before which none do."""
    starts = (batch.slot.start for batch in batches)
    return max([begin, *(_moment(start, begin.tzinfo) for start in starts if start is not None)])


def _day(slot: Slot, begin: datetime) -> date:
    """The latest day on which a call of the slot is expected to begin."""
    moments = [at for at in (slot.start, slot.until and slot.until - 1) if at is not None]
    return max([begin, *(_moment(at, begin.tzinfo) for at in moments)]).date()


def _moment(at: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(at, zone)
