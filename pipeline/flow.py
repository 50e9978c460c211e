"""The run in order: `plan` decides and does nothing, `deliver` does what was planned."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipeline.campaign_file.kept import delivery_of, rules_of, schedule_of
from pipeline.deliver.adopt import RunContext, adopt
from pipeline.deliver.gate import StopKind, Stopped
from pipeline.deliver.outcome import subtracted
from pipeline.deliver.submit import Progress, Submits, submit
from pipeline.deliver.window import on_time
from pipeline.ledger.reconciling import RunLeft
from pipeline.ledger.stops import halted
from pipeline.ledger.store import Ledger
from pipeline.plan.bind import bind
from pipeline.plan.calendars import in_one, with_calendars
from pipeline.plan.dedupe import dedupe, remember, screen_blocked
from pipeline.plan.ingest import Chunk, Export
from pipeline.plan.leave import leave, limited
from pipeline.plan.locate import locate
from pipeline.plan.map_columns import map_columns
from pipeline.plan.normalize import normalize
from pipeline.plan.refuse import notes_of, refusals_of
from pipeline.plan.route import route, unused
from pipeline.plan.schedule import head_of, start_of, timing_of
from pipeline.plan.screen import barred, hold, nobody, screen
from pipeline.plan.spill import Packed, Spill, packed
from pipeline.plan.split import ANY_START, oversized, split
from pipeline.plan.starts import appoint
from pipeline.plan.validate import validate
from pipeline.side_by_side import side_by_side
from pipeline.stopwatch import Stopwatch
from schemas.addresses import whatsapp_number
from schemas.calendars import Calendar
from schemas.campaign import Campaign, Delivery, Rules, ScheduleTable
from schemas.codes import Outcome
from schemas.errors import CampaignError, Exit
from schemas.fields import Binding
from schemas.findings import gathered, no_findings, no_repairs
from schemas.plan import Memory, Plan, heads_by_route, no_rows, row_text
from schemas.ready import ReadyBatch, SentBatch
from schemas.request import Overheads
from schemas.states import BatchState
from schemas.timing import Timing
from schemas.token import new_token


def plan(
    campaign: Campaign, path: Path | Sequence[Path], memory: Memory, now: datetime, *, limit: int | None = None
) -> Plan:
    """All that a run of this file, or of several, would do; raises CampaignError where the file or the campaign forbids a plan.

    `memory` is whom the campaign's name has called before, `now` is aware, `limit` the most people to call.
    """
    watch = Stopwatch()
    start = start_of(campaign.schedule, now)
    head, spill = head_of(campaign, start), Spill()
    overhead = Overheads(heads_by_route(head, campaign), campaign.delivery.token)
    with Export(path, campaign.source) as export:
        judge = _Judge(campaign, bind(campaign, export.headers), memory, overhead.most(ANY_START), start or now, watch)
        rows, calendars, found, repairs, numbers = _judged(judge, export, spill)
    with watch("dedupe"):
        rows, held = hold(rows, numbers)
        rows, repeats = dedupe(rows)
        rows, blocked = screen_blocked(remember(rows, memory), memory.blocked)
    with watch("split"):
        timing = timing_of(campaign.schedule, campaign.rules, start, now)
        rows, slots, late = appoint(limited(rows, limit), calendars, timing)
        rows, batches = split(rows, slots, campaign.limits, overhead)
    return Plan(
        campaign=campaign,
        source=export.source,
        binding=judge.binding,
        head=head,
        start=start,
        planned_at=now,
        rows=rows,
        findings=export.source.placed(gathered([found, held, repeats, blocked, late])),
        batches=batches,
        refusals=refusals_of(campaign, export.headers, rows, start, now, late.height),
        notes=(*export.source.said, *notes_of(campaign, judge.binding), *unused(campaign, rows)),
        spilled=spill,
        repairs=repairs,
        calendars=calendars,
        seconds=dict(watch.seconds),
    )


@dataclass(frozen=True)
class Effects:
    """The world outside. `clock` gives Unix seconds; once `stop` is set no batch is begun."""

    stop: asyncio.Event
    progress: Progress = lambda *_: None
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    token: Callable[[], str] = new_token


@dataclass(frozen=True)
class Delivered:
    """What became of a plan: its run in the ledger, its batches, and why sending ended early, if it did.

    `subtracted` people were blocked, or forgotten, since they were planned, and are in no batch any more.
    """

    run_id: int
    batches: tuple[SentBatch, ...]
    stopped: Stopped | None
    subtracted: int = 0

    @property
    def reason(self) -> str | None:
        """Why sending ended early, for people."""
        return self.stopped.reason if self.stopped else None


async def deliver(plan: Plan, ledger: Ledger, service: Submits, context: RunContext, effects: Effects) -> Delivered:
    """Adopt the plan, then submit its batches; the campaign's lock is held. Raises ClaimConflict: plan again.

    Cancelling it ends the sending at once; what was in flight is unconfirmed then.
    """
    adopted = await asyncio.to_thread(adopt, plan, ledger, context, effects.clock())
    campaign = plan.campaign
    name = campaign.campaign.name
    manner = Manner(name, campaign.delivery, ledger.mark(name), campaign.schedule, campaign.rules)
    return await _sent(adopted.run_id, adopted.batches, ledger, service, manner=manner, effects=effects)


async def resume(left: RunLeft, ledger: Ledger, service: Submits, effects: Effects) -> Delivered:
    """Submit what a run has left, in its own manner; otherwise as `deliver`. Only its batches that were left are told."""
    text = left.campaign_text
    manner = Manner(left.campaign, delivery_of(text), ledger.mark(left.campaign), schedule_of(text), rules_of(text))
    batches = ledger.ready(left.run)
    over = {batch.number for batch in ledger.sent(left.run) if batch.state is not BatchState.PLANNED}
    delivered = await _sent(left.run, batches, ledger, service, manner=manner, effects=effects)
    return replace(delivered, batches=tuple(batch for batch in delivered.batches if batch.number not in over))


@dataclass(frozen=True)
class Manner:
    """How a run's batches are sent: of which campaign, how patiently, with which mark, and when."""

    name: str
    delivery: Delivery
    mark: str
    schedule: ScheduleTable
    rules: Rules

    def timing(self, now: float) -> Timing:
        """When calls may be made, from now on."""
        moment = datetime.fromtimestamp(math.ceil(now), UTC)
        return timing_of(self.schedule, self.rules, None, moment)


async def _sent(
    run_id: int,
    batches: Sequence[ReadyBatch],
    ledger: Ledger,
    service: Submits,
    *,
    manner: Manner,
    effects: Effects,
) -> Delivered:
    with being_sent(run_id):
        due = await asyncio.to_thread(on_time, batches, ledger, manner.timing(effects.clock()))
        try:
            stopped = await submit(
                due.ready,
                ledger,
                service,
                manner.delivery,
                mark=manner.mark,
                token=effects.token,
                clock=effects.clock,
                sleep=effects.sleep,
                stop=effects.stop,
                progress=effects.progress,
            )
        except asyncio.CancelledError:
            stopped = Stopped(StopKind.INTERRUPTED, "sending was given up")
        sent = ledger.sent(run_id)
        stopped = stopped or _halted(ledger, manner.name, sent) or due.stopped
        return Delivered(run_id, sent, stopped, subtracted(batches, sent))


@contextmanager
def being_sent(run_id: int) -> Iterator[None]:
    """Where a ledger that fails does not mean that nothing was sent: what was in flight may have been placed (exit 4)."""
    try:
        yield
    except CampaignError as error:
        raise CampaignError(f"{error} (run {run_id} was being sent)", exit_code=Exit.UNCONFIRMED) from None


def _halted(ledger: Ledger, campaign: str, batches: Sequence[SentBatch]) -> Stopped | None:
    """That the campaign was stopped while its batches were sent."""
    if not any(batch.state is BatchState.PLANNED for batch in batches):
        return None
    with ledger.transaction(reading=True) as connection:
        halt = halted(connection, campaign)
    return Stopped(StopKind.HALTED, f"the campaign is stopped, {halt}") if halt else None


@dataclass(frozen=True)
class _Judged:
    """A chunk's rows (ROWS_SCHEMA), their calendars, what is said about them, repaired in them, who said no, and what is put aside."""

    rows: pl.DataFrame
    calendars: tuple[Calendar, ...]
    findings: pl.DataFrame
    repairs: pl.DataFrame
    barred: pl.DataFrame
    source: Packed
    recipients: Packed


@dataclass(frozen=True)
class _Judge:
    """The stages that see one chunk at a time."""

    campaign: Campaign
    binding: Binding
    memory: Memory
    overhead: int
    since: datetime
    watch: Stopwatch

    def __call__(self, chunk: Chunk) -> _Judged:
        """What becomes of the chunk's rows."""
        with self.watch("validate"):
            frame, misfits = validate(chunk.frame, self.binding)
        with self.watch("normalize"):
            frame, unreached, repairs = normalize(frame, self.binding, self.campaign.phone)
        with self.watch("screen"):
            frame = locate(frame, self.campaign.rules.facts)
            frame, unwanted = screen(frame, self.binding, self.campaign.rules)
            unwanted = self._of_whole_rows(unwanted, chunk)
            numbers = barred(self._numbers(frame, unwanted), unwanted)
            frame, calendars, untimely = self._with_calendars(frame)
            frame, astray = route(frame, self.binding, self.campaign)
        with self.watch("map"):
            recipients = map_columns(frame, self.binding)
            sizes = frame.with_columns(size=recipients["recipient"].str.len_bytes(), id=self._id())
            told = [
                misfits,
                unreached,
                unwanted,
                untimely,
                astray,
                oversized(sizes, self.campaign.limits, self.overhead),
            ]
            found = gathered([chunk.findings, *(self._of_whole_rows(each, chunk) for each in told)])
            rows = leave(sizes.with_columns(told=self._is_told(chunk)), found)
        with self.watch("spill"):
            ready = recipients.filter(rows["outcome"] == Outcome.PLANNED)
            mended = self._of_whole_rows(repairs, chunk)
            return _Judged(rows, calendars, found, mended, numbers, packed(chunk.frame), packed(ready))

    def _with_calendars(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Calendar, ...], pl.DataFrame]:
        hours = self.campaign.rules.hours
        return (frame, (), no_findings()) if hours == "any" else with_calendars(frame, self.binding, hours, self.since)

    def _numbers(self, frame: pl.DataFrame, unwanted: pl.DataFrame) -> list[pl.DataFrame]:
        """Every number of the rows that are spoken of, not only the one that would be called."""
        rows = frame.join(unwanted, on="row", how="semi")
        if not rows.height:
            return []
        alone = (replace(self.binding, phones=(field,), whatsapp=None) for field in self.binding.phones)
        cells = rows.drop("e164", "phone_from", "whatsapp")
        numbers = [normalize(cells, binding, self.campaign.phone)[0] for binding in alone]
        return [*numbers, rows.select("row", e164=whatsapp_number())]

    def _of_whole_rows(self, found: pl.DataFrame, chunk: Chunk) -> pl.DataFrame:
        """Without what is said about rows that are not whole: their cells stand in the wrong columns."""
        return found.join(chunk.findings, on="row", how="anti", maintain_order="left")

    def _is_told(self, chunk: Chunk) -> pl.Expr:
        if self.memory.told.is_empty():
            return pl.lit(value=False)
        return row_text(chunk.frame.columns[1:]).is_in(self.memory.told.implode())

    def _id(self) -> pl.Expr:
        return pl.col(self.binding.id.frame) if self.binding.id else pl.lit(None, pl.String)


def _judged(
    judge: _Judge, export: Export, spill: Spill
) -> tuple[pl.DataFrame, tuple[Calendar, ...], pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """All rows (ROWS_SCHEMA) and their calendars, findings, repairs and who said no; what is to be put aside, is."""
    timed: list[tuple[pl.DataFrame, tuple[Calendar, ...]]] = [(no_rows(), ())]
    told = [(no_findings(), no_repairs(), nobody())]
    for each in side_by_side(judge, judge.watch.over("ingest", export.chunks())):
        spill.add(each.source, each.recipients)
        timed.append((each.rows, each.calendars))
        told.append((each.findings, each.repairs, each.barred))
    found, repairs, numbers = (pl.concat(parts) for parts in zip(*told, strict=True))
    return *in_one(timed), found, repairs, numbers
