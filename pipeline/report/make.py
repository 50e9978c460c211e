"""The report of a plan, as a value."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from babel import Locale

from pipeline.report.first import first_of
from pipeline.report.next_steps import earlier_step, next_steps
from pipeline.report.timeline import starts_of, timeline, written, zone_of
from pipeline.report.voices import with_voices
from schemas.codes import CODES
from schemas.masking import masked, masked_text
from schemas.outcomes import Outcome, Weight
from schemas.plan import Plan
from schemas.ready import SentBatch
from schemas.report import (
    BatchLine,
    Counts,
    Example,
    ListLine,
    PhoneUse,
    Region,
    Repair,
    Repaired,
    Report,
    Rules,
    Told,
    Use,
)
from schemas.states import BatchState

#: How many rows each code shows.
EXAMPLES = 3
#: A longer cell is cut, and says so.
MAX_SHOWN = 80

#: What is shown of a text that may hold numbers.
_Shown = Callable[[str], str]


def report_of(plan: Plan, regions: Mapping[str, int] | None = None, *, show_numbers: bool = False) -> Report:
    """What a plan comes to, for people and for programs; `regions` are the people to call by region, the most first."""
    table = plan.campaign.campaign
    counts = Counts(rows=plan.rows.height, **{each.value: plan.count(each) for each in Outcome})
    shown = str if show_numbers else masked_text
    first = first_of(plan, show_numbers=show_numbers)
    report = Report(
        campaign=table.name,
        source=plan.source.name,
        source_sha256=plan.source.sha256,
        planned_at=plan.planned_at.isoformat(timespec="seconds"),
        went_well=not plan.refusals,
        verdict=_verdict(plan, counts),
        refusals=plan.refusals,
        call_name=plan.head.call_name,
        start=_start(plan),
        timezone=plan.campaign.schedule.timezone,
        agent_id=plan.head.agent_id,
        agent_phone_number_id=plan.head.agent_phone_number_id,
        whatsapp_phone_number_id=(plan.head.whatsapp_params or {}).get("whatsapp_phone_number_id"),
        channel=table.channel,
        rules=_rules(plan),
        counts=counts,
        findings=tuple(_told(plan, shown)),
        notes=plan.notes,
        repairs=tuple(_repaired(plan, show_numbers=show_numbers)),
        phones=tuple(_phone_uses(plan, shown)),
        regions=tuple(_regions(regions or {})),
        uses=tuple(_uses(plan, shown)),
        unused_columns=tuple(map(shown, _unused(plan))),
        first=tuple(first.values()),
        first_rows=tuple(first),
        numbers_shown=show_numbers,
        batches=tuple(_batches(plan)),
        timeline=tuple(timeline(plan)),
        seconds={stage: round(seconds, 3) for stage, seconds in plan.seconds.items()},
    )
    return with_voices(report.model_copy(update={"next_steps": tuple(next_steps(report))}), plan, shown)


def after(
    report: Report, run_id: int, sent: Sequence[SentBatch], stopped: str | None, gone: int = 0, *, halted: bool = False
) -> Report:
    """The report of a plan once it was delivered; `stopped` is why sending ended early, `gone` who was taken out before.

    `halted`: the campaign itself was stopped meanwhile.
    """
    kept = ("number", "recipients", "body_bytes", "state", "service_id", "rest_of", "named_rows")
    lines = tuple(
        BatchLine(
            **{name: getattr(batch, name) for name in kept},
            start=written(batch.start_unix, ZoneInfo(report.timezone) if report.timezone else UTC),
            said=batch.said and masked_text(batch.said),
        )
        for batch in sent
    )
    counts = report.counts.model_copy(
        update={"planned": report.counts.planned - gone, "left_out": report.counts.left_out + gone}
    )
    early = f" Sending ended early: {stopped}." if stopped else ""
    verdict = outcome_of(sent) + subtracted(gone) + early
    went_well = all(batch.state is BatchState.ACCEPTED for batch in sent if batch.recipients)
    told = {"run": run_id, "batches": lines, "verdict": verdict, "went_well": went_well, "counts": counts}
    ended = report.model_copy(update=told)
    return ended.model_copy(update={"next_steps": tuple(next_steps(ended, halted=halted))})


def with_earlier(report: Report, lost: Sequence[SentBatch]) -> Report:
    """The report beside what is still unconfirmed, `lost`: of other runs than its own, nothing went well as long as it is."""
    if not (earlier := [batch for batch in lost if batch.run_id != report.run]):
        return report
    people = _counted(sum(batch.recipients for batch in earlier), "person", "people")
    batches = tuple((batch.run_id, batch.number) for batch in earlier)
    where = ", ".join(f"run {run}, batch {number}" for run, number in batches[:EXAMPLES])
    more = f" and {len(batches) - EXAMPLES:,} more batches" if len(batches) > EXAMPLES else ""
    told = {
        "went_well": False,
        "verdict": f"{report.verdict} Of earlier runs unconfirmed: {people} ({where}{more}).",
        "next_steps": (earlier_step(*batches[0]), *report.next_steps),
    }
    return report.model_copy(update=told)


def subtracted(people: int) -> str:
    """A sentence, after a space, about people who were taken out of batches before those were sent; empty for none."""
    were = "was" if people == 1 else "were"
    return f" {_counted(people, 'person', 'people')} {were} blocked or forgotten since and left out." if people else ""


def outcome_of(sent: Sequence[SentBatch]) -> str:
    """How many people are in which state: `1,412 people: 1,000 accepted in 1 batch, 412 unconfirmed in 1 batch.`."""
    parts = []
    for state in BatchState:
        if mine := [batch.recipients for batch in sent if batch.state is state and batch.recipients]:
            word = "not sent" if state is BatchState.PLANNED else state.value
            parts.append(f"{sum(mine):,} {word} in {_counted(len(mine), 'batch', 'batches')}")
    people = _counted(sum(batch.recipients for batch in sent), "person", "people")
    return f"{people}: {', '.join(parts)}." if parts else f"{people}."


def _counted(count: int, one: str, many: str) -> str:
    return f"1 {one}" if count == 1 else f"{count:,} {many}"


def _verdict(plan: Plan, counts: Counts) -> str:
    if plan.refusals:
        return "Nothing would be sent: " + "; ".join(plan.refusals) + "."
    if not counts.planned:
        return "Nobody new is to be called."
    people = _counted(counts.planned, "person", "people")
    batches = _counted(len(plan.batches), "batch", "batches")
    return f"{people} would be called {_when(starts_of(plan))}, in {batches}.{_late(plan)}"


def _when(starts: Sequence[datetime | None]) -> str:
    first = starts[0]
    when = "at once" if first is None else f"from {first:%Y-%m-%d %H:%M} ({first.tzname()})"
    if len(starts) == 1:
        return when
    return f"{f'{when} on' if first else 'from now on'}, starting at {len(starts):,} different times"


def _late(plan: Plan) -> str:
    """A sentence, after a space, about people who cannot be called in time; empty for none."""
    late = int((plan.findings["code"] == "not_in_time").sum())
    return f" {late:,} more cannot be called in time and are left out." if late else ""


def _start(plan: Plan) -> str:
    """When the first calls begin."""
    starts = starts_of(plan) or [plan.start]
    return "now" if starts[0] is None else starts[0].isoformat(timespec="minutes")


def _rules(plan: Plan) -> Rules:
    rules, limits = plan.campaign.rules, plan.campaign.limits
    return Rules(
        max_calls=rules.max_calls,
        max_to_fix=str(rules.max_to_fix),
        hours=str(rules.hours),
        max_recipients=limits.max_recipients,
        max_bytes=limits.max_bytes,
        approval=rules.approval,
        suppression=tuple(ListLine(**each.as_json, said=each.said, unread=each.unread) for each in plan.lists),
        countries=plan.countries,
        refused_types=rules.refuse_types,
        needs_consent=rules.consent is not None,
        consent_days=rules.consent.max_age_days if rules.consent else None,
    )


def _batches(plan: Plan) -> Iterator[BatchLine]:
    for batch in plan.batches:
        start = written(batch.slot.start, zone_of(plan))
        yield BatchLine(number=batch.number, recipients=batch.recipients, body_bytes=batch.body_bytes, start=start)


def _regions(people: Mapping[str, int]) -> Iterator[Region]:
    names = Locale("en").territories
    for code, count in people.items():
        yield Region(code=code, name=names.get(code, code), people=count)


def _told(plan: Plan, shown: _Shown) -> Iterator[Told]:
    """Codes, those to fix first, the most frequent first."""
    counted = plan.findings.group_by("code").agg(
        pl.col("row").n_unique().alias("rows"),
        pl.struct("row", "column", "value", "detail").head(EXAMPLES).alias("examples"),
    )
    order = list(Weight)
    lines = sorted(counted.to_dicts(), key=lambda line: (-line["rows"], line["code"]))
    for line in sorted(lines, key=lambda line: order.index(CODES[line["code"]].weight)):
        code = CODES[line["code"]]
        yield Told(
            code=code.name,
            weight=code.weight,
            rows=line["rows"],
            meaning=code.meaning,
            remedy=code.remedy,
            examples=tuple(_example(each, shown) for each in line["examples"]),
        )


def _example(line: dict[str, Any], shown: _Shown) -> Example:
    texts = {name: line[name] and shown(_cut(line[name])) for name in ("column", "value", "detail")}
    return Example(row=line["row"], **texts)


def _repaired(plan: Plan, *, show_numbers: bool) -> Iterator[Repaired]:
    """Kinds of damage that were repaired, the most frequent first."""
    first = pl.struct("row", "column", "before", "after").head(EXAMPLES).alias("examples")
    counted = plan.repairs.group_by("code").agg(pl.len().alias("count"), first)
    for line in counted.sort("count", "code", descending=[True, False]).iter_rows(named=True):
        examples = tuple(_repair(each, show_numbers=show_numbers) for each in line["examples"])
        meaning = CODES[line["code"]].repaired
        yield Repaired(code=line["code"], count=line["count"], meaning=meaning, examples=examples)


def _repair(line: dict[str, Any], *, show_numbers: bool) -> Repair:
    """A damaged number is not grouped as numbers are, so all of it is masked, unless it has no digit to hide."""
    before, after = _cut(line["before"]), line["after"]
    if not show_numbers and any(map(str.isdecimal, before.replace("0", ""))):
        before = masked(before)
    if not show_numbers and after:
        after = masked(after)
    return Repair(row=line["row"], column=line["column"], before=before, after=after)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}… ({len(text):,} characters)"


def _phone_uses(plan: Plan, shown: _Shown) -> Iterator[PhoneUse]:
    planned = plan.rows.filter(pl.col("outcome") == Outcome.PLANNED)["phone_from"]
    for number, field in enumerate(plan.binding.phones):
        yield PhoneUse(column=shown(field.header), rows=int((planned == number).sum()))


def _uses(plan: Plan, shown: _Shown) -> Iterator[Use]:
    for field in plan.binding.everything:
        yield Use(field=field.key, columns=tuple(map(shown, field.columns)))


def _unused(plan: Plan) -> tuple[str, ...]:
    used = {column for field in plan.binding.everything for column in field.columns.values()}
    return tuple(text for index, text in enumerate(plan.source.headers) if f"c{index}" not in used)
