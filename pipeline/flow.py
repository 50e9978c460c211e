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
from pipeline.deliver.saved_starts import kept_in_time
from pipeline.deliver.submit import Progress, Submits, submit
from pipeline.deliver.window import OnTime, on_time
from pipeline.ledger.reconciling import RunLeft
from pipeline.ledger.stops import halted
from pipeline.ledger.store import Ledger
from pipeline.plan.bind import bind
from pipeline.plan.calendars import known_by
from pipeline.plan.dedupe import dedupe, remember, screen_blocked, screen_forgotten, still_to_mend
from pipeline.plan.frequency import cap, frequency_notes
from pipeline.plan.ingest import Export
from pipeline.plan.judge import Judge, Judged, screens_of
from pipeline.plan.lasting import Lasting, last_start
from pipeline.plan.leave import limited
from pipeline.plan.reach import within_reach
from pipeline.plan.recall import recall, recall_notes
from pipeline.plan.refuse import any_hour, notes_of, refusals_of
from pipeline.plan.route import unused
from pipeline.plan.schedule import head_of, start_of, timing_of, zone_of
from pipeline.plan.screen import hold, hold_mended
from pipeline.plan.since import less
from pipeline.plan.spill import Spill
from pipeline.plan.split import ANY_START, split
from pipeline.plan.starts import appoint
from pipeline.plan.suppress import outdated
from pipeline.stopwatch import Stopwatch
from schemas.campaign import Campaign, Delivery, Rules, ScheduleTable
from schemas.errors import CampaignError, Exit
from schemas.findings import gathered
from schemas.plan import Memory, Plan, Slot, heads_by_route, is_mended
from schemas.ready import ReadyBatch, SentBatch
from schemas.request import Overheads
from schemas.states import BatchState
from schemas.timing import Timing
from schemas.token import new_token

#: A file, or several that are read as one.
Paths = Path | Sequence[Path]


def plan(campaign: Campaign, path: Paths, memory: Memory, now: datetime, *, limit: int | None = None) -> Plan:
    """All that a run of this file, or of several, would do; raises CampaignError where the file or the campaign forbids a plan.

    `memory` is whom the campaign's name has called before, `now` is aware, `limit` the most people to call.
    """
    watch, spill, start = Stopwatch(), Spill(), start_of(campaign.schedule, now)
    overhead = Overheads(heads_by_route(head := head_of(campaign, start), campaign), campaign.delivery.token)
    with watch("screen"):
        screens = screens_of(campaign, (start or now).astimezone(zone_of(campaign.schedule, now)), now)
    with Export(path, campaign.source) as export:
        judge = Judge(campaign, bind(campaign, export.headers), memory, screens, overhead.most(ANY_START), watch)
        judged = judge.all_of(export, spill)
    with watch("dedupe"):
        countries = screens.reach.whole(judged.named["named"])
        rows, found = _each_once(*_as_a_whole(judged, countries, memory, export), memory, campaign, start or now)
    with watch("split"):
        timing = timing_of(campaign.schedule, campaign.rules, start, now, memory.under_way)
        rows, slots, late, old = _in_time(limited(rows, limit), judge, judged, spill, timing)
        rows, batches = split(rows, slots, campaign.limits, overhead)
    refused = refusals_of(campaign, export.headers, rows, start, now, late=late.height)
    return Plan(
        campaign=campaign,
        source=export.source,
        binding=judge.binding,
        head=head,
        start=start,
        planned_at=now,
        rows=rows,
        findings=export.source.placed(gathered([found, late, old])),
        batches=batches,
        refusals=(*outdated(screens.told, last_start(batches, screens.begin)), *refused),
        notes=(*export.source.said, *_assumed(judge, judged, rows, countries)),
        spilled=spill,
        repairs=judged.repairs,
        calendars=judged.calendars,
        lists=screens.told,
        countries=None if countries is None else tuple(sorted(countries)),
        seconds=dict(watch.seconds),
        last_run=memory.calls.last_run if memory.calls else None,
    )


def plan_again(saved: Plan, memory: Memory, now: datetime) -> Plan:
    """What a run of a saved plan would do: the same, less the people who were called, blocked or forgotten since.

    A start that has passed becomes now, or the beginning of the next hours of its people. Arguments are those of `plan`.
    """
    begin, zone = max(saved.start or now, now), zone_of(saved.campaign.schedule, now)
    rows, known = _known(saved.rows, memory, saved.campaign, begin)
    timing = timing_of(saved.campaign.schedule, saved.campaign.rules, None, now, memory.under_way)
    left = kept_in_time(less(saved, rows), timing)
    held = (saved.start or saved.planned_at).astimezone(zone)
    slots = [(batch.number, replace(batch.slot, start=batch.slot.start or timing.begin)) for batch in left.batches]
    rows, old = Lasting(saved.campaign.rules.consent, saved.binding, saved.spilled, held).screen(
        left.rows, "batch", slots
    )
    left = less(left, rows, "without a consent that is young enough on the day of the call")
    return replace(
        left,
        findings=gathered([left.findings, saved.source.placed(gathered([known, old]))]),
        refusals=(*left.refusals, *outdated(left.lists, last_start(left.batches, begin))),
        last_run=memory.calls.last_run if memory.calls else None,
        looked_at=now,
    )


def _in_time(
    rows: pl.DataFrame, judge: Judge, judged: Judged, spill: Spill, timing: Timing
) -> tuple[pl.DataFrame, tuple[Slot, ...], pl.DataFrame, pl.DataFrame]:
    """Rows (ROWS_SCHEMA) with their slots, the slots, and findings: who cannot be called in time, whose consent is over then."""
    rows, slots, late = appoint(rows, judged.calendars, timing)
    lasting = Lasting(judge.campaign.rules.consent, judge.binding, spill, judge.screens.begin)
    rows, old = lasting.screen(rows, "slot", enumerate(slots))
    return rows, slots, late, old


def _as_a_whole(
    judged: Judged, countries: frozenset[str] | None, memory: Memory, export: Export
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What only the whole file, or the one it came from, tells: the rows (ROWS_SCHEMA) anew, and all that is said about them."""
    rows, held = hold(judged.rows, judged.barred, judged.further)
    is_back = is_mended(export.headers.texts)
    rows, held_too = hold_mended(rows, memory.said_no, judged.further) if is_back else (rows, held.clear())
    rows, unreachable = within_reach(rows, judged.abroad, countries)
    return rows, gathered([judged.findings, held, held_too, unreachable])


def _each_once(
    rows: pl.DataFrame, told: pl.DataFrame, memory: Memory, campaign: Campaign, start: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Nobody twice, and nobody whom the ledger knows; and what is said, after what was `told` already."""
    rows, repeats = dedupe(rows)
    rows, known = _known(rows, memory, campaign, start)
    return rows, gathered([still_to_mend(told, rows), repeats, known])


def _known(
    rows: pl.DataFrame, memory: Memory, campaign: Campaign, start: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Nobody who was called before, was forgotten, is blocked, or has been called too often; and what is said."""
    rows, gone = screen_forgotten(remember(rows, memory), memory.forgotten)
    rows = recall(rows, memory.recalls, campaign.recall, start)
    rows, blocked = screen_blocked(rows, memory.blocked)
    rows, often = cap(rows, memory.calls, campaign.rules.frequency, start, memory.forgotten)
    return rows, gathered([gone, blocked, often])


def _assumed(judge: Judge, judged: Judged, rows: pl.DataFrame, countries: frozenset[str] | None) -> Iterator[str]:
    """What the plan assumes of people, in sentences."""
    yield from any_hour(judge.campaign)
    yield from notes_of(judge.campaign, judge.binding)
    yield from judge.screens.said(countries)
    yield from unused(judge.campaign, rows)
    yield from known_by(rows, judged.calendars)
    yield from frequency_notes(judge.campaign.rules.frequency)
    yield from recall_notes(rows, judge.memory.recalls)


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

    @property
    def is_halted(self) -> bool:
        """Whether the campaign was stopped meanwhile: nothing is sent before `campaign start`."""
        return self.stopped is not None and self.stopped.kind is StopKind.HALTED


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

    def on_time(self, batches: Sequence[ReadyBatch], ledger: Ledger, now: float) -> OnTime:
        """The batches with starts that can be kept from now on."""
        moment = datetime.fromtimestamp(math.ceil(now), UTC)
        timing = timing_of(self.schedule, self.rules, None, moment, ledger.under_way(now))
        return on_time(batches, ledger, timing)


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
        due = await asyncio.to_thread(manner.on_time, batches, ledger, effects.clock())
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
    return Stopped(StopKind.HALTED, halt.refusal("the campaign")) if halt else None
