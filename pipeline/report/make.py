"""The report of a plan, as a value."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from schemas.codes import CODES, Outcome, Weight
from schemas.masking import masked, masked_text
from schemas.plan import Plan
from schemas.ready import SentBatch
from schemas.report import BatchLine, Counts, Example, PhoneUse, Report, Told, Use
from schemas.request import RECIPIENT_SEPARATOR
from schemas.states import BatchState

#: How many rows each code shows, and how many recipients are shown as they would hear it.
EXAMPLES = 3
#: A longer cell is cut, with `…`.
MAX_SHOWN = 80


def report_of(plan: Plan, *, show_numbers: bool = False) -> Report:
    """What a plan comes to, for people and for programs."""
    table = plan.campaign.campaign
    counts = Counts(rows=plan.rows.height, **{each.value: plan.count(each) for each in Outcome})
    return Report(
        campaign=table.name,
        source=str(plan.source.path),
        source_sha256=plan.source.sha256,
        planned_at=plan.planned_at.isoformat(timespec="seconds"),
        went_well=not plan.refusals,
        verdict=_verdict(plan, counts),
        refusals=plan.refusals,
        start="now" if plan.start is None else plan.start.isoformat(timespec="minutes"),
        agent_id=table.agent_id,
        agent_phone_number_id=table.agent_phone_number_id,
        channel=table.channel,
        counts=counts,
        findings=tuple(_told(plan, show_numbers=show_numbers)),
        notes=plan.notes,
        phones=tuple(_phone_uses(plan)),
        uses=tuple(_uses(plan)),
        unused_columns=_unused(plan),
        first=tuple(_first(plan, show_numbers=show_numbers)),
        batches=tuple(
            BatchLine(number=batch.number, recipients=batch.recipients, body_bytes=batch.body_bytes)
            for batch in plan.batches
        ),
        seconds={stage: round(seconds, 3) for stage, seconds in plan.seconds.items()},
    )


def after(report: Report, run_id: int, sent: Sequence[SentBatch], stopped: str | None) -> Report:
    """The report of a plan once it was delivered; `stopped` is why sending ended early."""
    found = {batch.number: batch for batch in sent}
    lines = tuple(
        line.model_copy(
            update={
                "recipients": batch.recipients,
                "state": batch.state,
                "service_id": batch.service_id,
                "said": batch.said,
                "named_rows": batch.named_rows,
            }
        )
        for line in report.batches
        for batch in (found[line.number],)
    )
    gone = report.counts.planned - sum(batch.recipients for batch in sent)
    counts = report.counts.model_copy(
        update={"planned": report.counts.planned - gone, "left_out": report.counts.left_out + gone}
    )
    early = f" Sending ended early: {stopped}." if stopped else ""
    verdict = outcome_of(sent) + subtracted(gone) + early
    went_well = all(batch.state is BatchState.ACCEPTED for batch in sent if batch.recipients)
    told = {"run": run_id, "batches": lines, "verdict": verdict, "went_well": went_well, "counts": counts}
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
    when = "at once" if plan.start is None else f"from {plan.start:%Y-%m-%d %H:%M} ({plan.start.tzname()})"
    return f"{people} would be called {when}, in {batches}."


def _told(plan: Plan, *, show_numbers: bool) -> Iterator[Told]:
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
            examples=tuple(_example(each, show_numbers=show_numbers) for each in line["examples"]),
        )


def _example(line: dict[str, Any], *, show_numbers: bool) -> Example:
    shown = {
        name: text if text is None or show_numbers else masked_text(text)
        for name, text in ((name, _cut(line[name])) for name in ("value", "detail"))
    }
    return Example(row=line["row"], column=line["column"], **shown)


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


def _phone_uses(plan: Plan) -> Iterator[PhoneUse]:
    planned = plan.rows.filter(pl.col("outcome") == Outcome.PLANNED)["phone_from"]
    for number, field in enumerate(plan.binding.phones):
        yield PhoneUse(column=field.header, rows=int((planned == number).sum()))


def _uses(plan: Plan) -> Iterator[Use]:
    for field in plan.binding.everything:
        yield Use(field=field.key, columns=tuple(field.columns))


def _unused(plan: Plan) -> tuple[str, ...]:
    used = {column for field in plan.binding.everything for column in field.columns.values()}
    return tuple(text for index, text in enumerate(plan.source.headers) if f"c{index}" not in used)


def _first(plan: Plan, *, show_numbers: bool) -> Iterator[Any]:
    for _, texts in plan.spilled.payloads(plan.rows.filter(pl.col("batch") == 1)):
        for text in texts.split(RECIPIENT_SEPARATOR, EXAMPLES)[:EXAMPLES]:
            recipient = json.loads(text)
            if not show_numbers:
                recipient |= {
                    name: masked(recipient[name]) for name in ("phone_number", "whatsapp_user_id") if name in recipient
                }
            yield recipient
