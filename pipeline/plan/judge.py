"""Judge: the stages that see one chunk of the file at a time, in order; what becomes of its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from pipeline.plan.calendars import in_one, with_calendars
from pipeline.plan.ingest import Chunk, Export
from pipeline.plan.leave import leave
from pipeline.plan.locate import locate
from pipeline.plan.map_columns import map_columns
from pipeline.plan.normalize import normalize
from pipeline.plan.reach import (
    Reach,
    abroad,
    countries_named,
    disagreeing,
    no_country,
    nowhere,
    reach_of,
    refused_types,
)
from pipeline.plan.route import route
from pipeline.plan.screen import barred, no_numbers, nobody, screen
from pipeline.plan.spill import Packed, Spill, packed
from pipeline.plan.split import oversized
from pipeline.plan.suppress import Listed, reached_by, read_lists, said_of, suppressed
from pipeline.plan.texts import text_of
from pipeline.plan.validate import validate
from pipeline.side_by_side import side_by_side
from pipeline.stopwatch import Stopwatch
from schemas.addresses import whatsapp_number
from schemas.calendars import Calendar
from schemas.campaign import Campaign
from schemas.fields import Binding
from schemas.findings import gathered, no_findings, no_repairs
from schemas.outcomes import Outcome
from schemas.plan import Memory, no_rows, row_text
from schemas.suppression import SuppressionList

#: Of a row's numbers so many may be called: the number and the WhatsApp id.
_CALLED = 2


@dataclass(frozen=True)
class Judged:
    """The rows of a chunk or of the file (ROWS_SCHEMA), their calendars, what is said about them, and repaired in them.

    What concerns others, too: `barred` are the numbers of who said no, `further` (row, e164) numbers of rows that would not
    be called, where one may say no, `abroad` numbers of other countries than those that are named in `named`.
    """

    rows: pl.DataFrame
    calendars: tuple[Calendar, ...]
    findings: pl.DataFrame
    repairs: pl.DataFrame
    barred: pl.DataFrame
    further: pl.DataFrame
    abroad: pl.DataFrame
    named: pl.DataFrame


def together(parts: Sequence[Judged]) -> Judged:
    """The chunks of a file as one."""
    rows, calendars = in_one([(no_rows(), ()), *((each.rows, each.calendars) for each in parts)])
    none = (no_findings(), no_repairs(), nobody(), no_numbers(), nowhere(), no_country())
    found = ((each.findings, each.repairs, each.barred, each.further, each.abroad, each.named) for each in parts)
    return Judged(rows, calendars, *(pl.concat(frames) for frames in zip(none, *found, strict=True)))


@dataclass(frozen=True)
class Screens:
    """What rows are screened with, beside their own cells; `begin` (aware) is when the calls begin, in the campaign's zone.

    `today` is the day of planning there.
    """

    lists: tuple[Listed, ...]
    reach: Reach
    begin: datetime
    today: date

    @property
    def days(self) -> tuple[date, date]:
        """Today, and the day on which the calls begin."""
        return self.today, self.begin.date()

    @property
    def told(self) -> tuple[SuppressionList, ...]:
        """The lists as a plan keeps them."""
        return tuple(each.told for each in self.lists)

    def said(self, countries: frozenset[str] | None) -> Iterator[str]:
        """What they assume, in sentences; `countries` are those whose numbers are called, None for all."""
        yield from map(said_of, self.told)
        yield from self.reach.said(countries)


def screens_of(campaign: Campaign, begin: datetime, now: datetime) -> Screens:
    """Read what the rules name; `begin` is when the calls begin, in the campaign's zone. Raises CampaignError."""
    lists = read_lists(campaign.rules.suppression, campaign.phone.default_region, begin)
    return Screens(lists, reach_of(campaign), begin, now.astimezone(begin.tzinfo).date())


@dataclass(frozen=True)
class Judge:
    """The stages that see one chunk at a time."""

    campaign: Campaign
    binding: Binding
    memory: Memory
    screens: Screens
    overhead: int
    watch: Stopwatch

    def all_of(self, export: Export, spill: Spill) -> Judged:
        """What becomes of the file's rows; their columns and recipients go to `spill`."""
        parts = []
        for judged, source, recipients in side_by_side(self, self.watch.over("ingest", export.chunks())):
            spill.add(source, recipients)
            parts.append(judged)
        return together(parts)

    def __call__(self, chunk: Chunk) -> tuple[Judged, Packed, Packed]:
        """What becomes of the chunk's rows; their columns, and their recipients."""
        with self.watch("validate"):
            frame, misfits = validate(chunk.frame, self.binding)
        with self.watch("normalize"):
            frame, unreached, repairs = normalize(frame, self.binding, self.campaign.phone)
        with self.watch("screen"):
            frame, unwanted, numbers, further = self._screened(frame, chunk)
            unreachable, abroad, named = self._placed(frame, chunk)
            frame, calendars, untimely = self._with_calendars(frame)
            frame, astray = route(frame, self.binding, self.campaign)
        with self.watch("map"):
            recipients = map_columns(frame, self.binding)
            sizes = frame.with_columns(size=recipients["recipient"].str.len_bytes(), id=self._id())
            large = oversized(sizes, self.campaign.limits, self.overhead)
            told = [misfits, unreached, unwanted, *unreachable, untimely, astray, large]
            found = gathered([chunk.findings, *(self._of_whole_rows(each, chunk) for each in told)])
            rows = leave(sizes.with_columns(told=self._is_told(chunk)), found)
        with self.watch("spill"):
            ready = recipients.filter(rows["outcome"] == Outcome.PLANNED)
            repairs = self._of_whole_rows(repairs, chunk)
            judged = Judged(rows, calendars, found, repairs, numbers, further, abroad, named)
            return judged, packed(chunk.frame), packed(ready)

    def _screened(
        self, frame: pl.DataFrame, chunk: Chunk
    ) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """The frame with what its numbers tell, what rules say of the rows, the numbers of who said no, and further ones."""
        rules, lists = self.campaign.rules, self.screens.lists
        wanted = rules.facts | ({"region"} if self.binding.country else frozenset())
        frame, unwanted = screen(locate(frame, wanted), self.binding, rules, self.screens.days)
        blocked = self.memory.blocked.phones
        numbers = self._numbers(frame) if self._anybody_may_say_no else []
        beside = numbers[_CALLED:]
        unwanted = gathered([unwanted, suppressed(numbers, lists), reached_by(beside, blocked)])
        unwanted = self._of_whole_rows(unwanted, chunk)
        # Of rows that would be called on a blocked number itself all that the ledger knows says so, later.
        called = self._of_whole_rows(reached_by(numbers[:_CALLED], blocked), chunk)
        is_known = (pl.col("code") == "blocked") & pl.col("e164").is_in(blocked.implode())
        theirs = barred(numbers, gathered([unwanted, called])).filter(~is_known)
        return frame, unwanted, theirs, pl.concat([no_numbers(), *beside]).drop_nulls()

    @property
    def _anybody_may_say_no(self) -> bool:
        """Whether anything makes a no hold for other rows: only then every number of each row is read."""
        rules, memory = self.campaign.rules, self.memory
        asked = rules.do_not_call or rules.consent or self.screens.lists
        return bool(asked) or not (memory.blocked.phones.is_empty() and memory.said_no.is_empty())

    def _placed(self, frame: pl.DataFrame, chunk: Chunk) -> tuple[list[pl.DataFrame], pl.DataFrame, pl.DataFrame]:
        """What is said of where and what the numbers are, those abroad, and the countries that the rows name."""
        told = [refused_types(frame, self.campaign.rules.refuse_types)]
        reach, country = self.screens.reach, self.binding.country
        naming = self._of_whole_rows(countries_named(frame, self.binding), chunk)
        if country is not None:
            told.append(disagreeing(frame, naming, country.header))
        named = naming.select("named").unique()
        return told, self._of_whole_rows(abroad(frame, reach, named["named"]), chunk), named

    def _with_calendars(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Calendar, ...], pl.DataFrame]:
        hours = self.campaign.rules.hours
        return (
            (frame, (), no_findings())
            if hours == "any"
            else with_calendars(frame, self.binding, hours, self.screens.begin)
        )

    def _numbers(self, rows: pl.DataFrame) -> list[pl.DataFrame]:
        """Every number of these rows (row and e164): of the columns that are called, and then of those that are not."""
        found = [rows.select("row", "e164"), rows.select("row", e164=whatsapp_number())]
        for at, field in enumerate(self.binding.phones):
            # Of the columns before the one whose number is called each was tried, and refused.
            untried = rows.filter((pl.col("phone_from") < at) & text_of(field).is_not_null())
            if not untried.is_empty():
                alone = replace(self.binding, phones=(field,), whatsapp=None)
                bare = untried.drop("e164", "phone_from", "whatsapp")
                found.append(normalize(bare, alone, self.campaign.phone)[0].select("row", "e164"))
        return found

    def _of_whole_rows(self, found: pl.DataFrame, chunk: Chunk) -> pl.DataFrame:
        """Without what is said about rows that are not whole: their cells stand in the wrong columns."""
        return found.join(chunk.findings, on="row", how="anti", maintain_order="left")

    def _is_told(self, chunk: Chunk) -> pl.Expr:
        if self.memory.told.is_empty():
            return pl.lit(value=False)
        return row_text(chunk.frame.columns[1:]).is_in(self.memory.told.implode())

    def _id(self) -> pl.Expr:
        return pl.col(self.binding.id.frame) if self.binding.id else pl.lit(None, pl.String)
