"""Judge: the stages that see one chunk of the file at a time, in order; what becomes of its rows."""

from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from pipeline.plan.calendars import in_one, with_calendars
from pipeline.plan.ingest import Chunk, Export
from pipeline.plan.leave import leave
from pipeline.plan.locate import locate
from pipeline.plan.map_columns import map_columns
from pipeline.plan.normalize import normalize
from pipeline.plan.route import route
from pipeline.plan.screen import barred, nobody, screen
from pipeline.plan.spill import Packed, Spill, packed
from pipeline.plan.split import oversized
from pipeline.plan.suppress import Listed, suppressed
from pipeline.plan.texts import text_of
from pipeline.plan.validate import validate
from pipeline.side_by_side import side_by_side
from pipeline.stopwatch import Stopwatch
from schemas.addresses import whatsapp_number
from schemas.calendars import Calendar
from schemas.campaign import Campaign
from schemas.codes import Outcome
from schemas.fields import Binding
from schemas.findings import gathered, no_findings, no_repairs
from schemas.plan import Memory, no_rows, row_text
from schemas.suppression import SuppressionList


@dataclass(frozen=True)
class Judged:
    """A chunk's rows (ROWS_SCHEMA), their calendars, what is said about them, repaired in them, who said no, and what is put aside."""

    rows: pl.DataFrame
    calendars: tuple[Calendar, ...]
    findings: pl.DataFrame
    repairs: pl.DataFrame
    barred: pl.DataFrame
    source: Packed
    recipients: Packed


@dataclass(frozen=True)
class Judge:
    """The stages that see one chunk at a time. `begin` (aware) is the campaign's start, in its zone."""

    campaign: Campaign
    binding: Binding
    memory: Memory
    lists: tuple[Listed, ...]
    begin: datetime
    overhead: int
    watch: Stopwatch

    @property
    def told(self) -> tuple[SuppressionList, ...]:
        """What is told of the lists."""
        return tuple(each.told for each in self.lists)

    def all_of(
        self, export: Export, spill: Spill
    ) -> tuple[pl.DataFrame, tuple[Calendar, ...], pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """The file's rows, their calendars, what is said about them, repaired in them, and who said no; the rest is put aside."""
        timed: list[tuple[pl.DataFrame, tuple[Calendar, ...]]] = [(no_rows(), ())]
        told = [(no_findings(), no_repairs(), nobody())]
        for each in side_by_side(self, self.watch.over("ingest", export.chunks())):
            spill.add(each.source, each.recipients)
            timed.append((each.rows, each.calendars))
            told.append((each.findings, each.repairs, each.barred))
        found, repairs, numbers = (pl.concat(parts) for parts in zip(*told, strict=True))
        return *in_one(timed), found, repairs, numbers

    def __call__(self, chunk: Chunk) -> Judged:
        """What becomes of the chunk's rows."""
        with self.watch("validate"):
            frame, misfits = validate(chunk.frame, self.binding)
        with self.watch("normalize"):
            frame, unreached, repairs = normalize(frame, self.binding, self.campaign.phone)
        with self.watch("screen"):
            frame = locate(frame, self.campaign.rules.facts)
            frame, unwanted = screen(frame, self.binding, self.campaign.rules, self.begin.date())
            listed = suppressed(self._numbers(frame) if self.lists else [], self.lists)
            unwanted = self._of_whole_rows(gathered([unwanted, listed]), chunk)
            numbers = barred(self._numbers(frame.join(unwanted, on="row", how="semi")), unwanted)
            frame, calendars, untimely = self._with_calendars(frame)
            frame, astray = route(frame, self.binding, self.campaign)
        with self.watch("map"):
            recipients = map_columns(frame, self.binding)
            sizes = frame.with_columns(size=recipients["recipient"].str.len_bytes(), id=self._id())
            large = oversized(sizes, self.campaign.limits, self.overhead)
            told = [misfits, unreached, unwanted, untimely, astray, large]
            found = gathered([chunk.findings, *(self._of_whole_rows(each, chunk) for each in told)])
            rows = leave(sizes.with_columns(told=self._is_told(chunk)), found)
        with self.watch("spill"):
            ready = recipients.filter(rows["outcome"] == Outcome.PLANNED)
            mended = self._of_whole_rows(repairs, chunk)
            return Judged(rows, calendars, found, mended, numbers, packed(chunk.frame), packed(ready))

    def _with_calendars(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Calendar, ...], pl.DataFrame]:
        hours = self.campaign.rules.hours
        return (frame, (), no_findings()) if hours == "any" else with_calendars(frame, self.binding, hours, self.begin)

    def _numbers(self, rows: pl.DataFrame) -> list[pl.DataFrame]:
        """Every number of these rows (row and e164), not only the one that would be called."""
        known = [rows.select("row", "e164"), rows.select("row", e164=whatsapp_number())]
        if len(self.binding.phones) < 2:  # noqa: PLR2004 -- the one column's number is known
            return known
        filled = pl.sum_horizontal(text_of(field).is_not_null() for field in self.binding.phones)
        several = rows.filter(filled > 1).drop("e164", "phone_from", "whatsapp")
        alone = (replace(self.binding, phones=(field,), whatsapp=None) for field in self.binding.phones)
        return [*known, *(normalize(several, binding, self.campaign.phone)[0] for binding in alone)]

    def _of_whole_rows(self, found: pl.DataFrame, chunk: Chunk) -> pl.DataFrame:
        """Without what is said about rows that are not whole: their cells stand in the wrong columns."""
        return found.join(chunk.findings, on="row", how="anti", maintain_order="left")

    def _is_told(self, chunk: Chunk) -> pl.Expr:
        if self.memory.told.is_empty():
            return pl.lit(value=False)
        return row_text(chunk.frame.columns[1:]).is_in(self.memory.told.implode())

    def _id(self) -> pl.Expr:
        return pl.col(self.binding.id.frame) if self.binding.id else pl.lit(None, pl.String)
