"""Rehearse: a few recipients of a plan, with their real words, sent to one's own number."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from schemas.errors import CampaignError
from schemas.outcomes import Outcome
from schemas.plan import ROWS_SCHEMA, Plan, PlannedBatch, Spilled, heads_by_route
from schemas.request import RECIPIENT_SEPARATOR, Overheads

#: What the call name of a rehearsal begins with.
TITLE = "TEST "
#: One's own telephone rings this often at the most.
MOST = 10


@dataclass(frozen=True)
class _Redirected:
    """The recipient texts of some rows with one's own number in them, by row. Implements schemas.plan.Spilled."""

    texts: Mapping[int, bytes]
    sources: Spilled

    def payloads(self, rows: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
        """Yield the batches of these rows, in order."""
        for part in rows.sort("batch", "row").partition_by("batch", maintain_order=True):
            yield part["batch"][0], RECIPIENT_SEPARATOR.join(self.texts[row] for row in part["row"])

    def source_columns(self, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield as the plan itself does."""
        return self.sources.source_columns(rows)


def rehearsal(plan: Plan, numbers: Sequence[int], to: int) -> Plan:
    """The plan of one batch a route, at once and at any hour, that calls `to` (E.164 without plus) with the words of these rows.

    Raises CampaignError for a row that would not be called, and for too many of them.
    """
    if len(numbers) > MOST:
        raise CampaignError(f"{len(numbers)} test calls are too many; ask for {MOST} at the most")
    rows = _only(_chosen(plan, numbers), to)
    spilled = _Redirected(dict(_texts(plan, rows, to)), plan.spilled)
    head = replace(plan.head, call_name=TITLE + plan.head.call_name, start=None)
    hours = plan.campaign.rules.model_copy(update={"hours": "any"})
    return replace(
        plan,
        campaign=plan.campaign.model_copy(update={"rules": hours}),
        head=head,
        start=None,
        rows=rows,
        findings=plan.findings.clear(),
        repairs=plan.repairs.clear(),
        calendars=(),
        batches=tuple(
            _batches(rows, spilled, Overheads(heads_by_route(head, plan.campaign), plan.campaign.delivery.token))
        ),
        refusals=(),
        spilled=spilled,
    )


def _chosen(plan: Plan, numbers: Sequence[int]) -> pl.DataFrame:
    rows = plan.rows.filter((pl.col("outcome") == Outcome.PLANNED) & pl.col("row").is_in(list(numbers)))
    if missing := sorted(set(numbers) - set(rows["row"])):
        raise CampaignError(
            f"row {missing[0]} is not among those that would be called; choose another, or see what `campaign check` says about it"
        )
    return rows


def _texts(plan: Plan, rows: pl.DataFrame, to: int) -> Iterator[tuple[int, bytes]]:
    """The texts of the rows, in file order."""
    for _, texts in plan.spilled.payloads(rows.with_columns(batch=pl.lit(1, pl.UInt32))):
        redirected = (_redirected(text, to) for text in texts.split(RECIPIENT_SEPARATOR))
        yield from zip(rows["row"], redirected, strict=True)


def _batches(rows: pl.DataFrame, spilled: Spilled, overhead: Overheads) -> Iterator[PlannedBatch]:
    routes = dict(rows.select("batch", pl.col("route").fill_null(0)).unique("batch").iter_rows())
    for number, texts in spilled.payloads(rows):
        people = texts.count(RECIPIENT_SEPARATOR) + 1
        yield PlannedBatch(number, people, len(texts) + overhead(routes[number], None), route=routes[number])


def _redirected(text: bytes, to: int) -> bytes:
    recipient = json.loads(text)
    own = {"phone_number": f"+{to}", "whatsapp_user_id": str(to)}
    redirected = {key: own.get(key, value) for key, value in recipient.items()}
    return json.dumps(redirected, ensure_ascii=False, separators=(",", ":")).encode()


def _only(rows: pl.DataFrame, to: int) -> pl.DataFrame:
    """The rows as a batch a route to one number; the id is left out, for nobody with that id is called."""
    own = pl.lit(str(to), pl.String)
    batch = pl.col("route").fill_null(0).rank("dense").cast(pl.UInt32)
    return rows.with_columns(
        batch=batch,
        position=pl.int_range(pl.len(), dtype=pl.UInt32).over(batch),
        e164=pl.when(pl.col("e164").is_not_null()).then(pl.lit(to, pl.Int64)),
        whatsapp=pl.when(pl.col("whatsapp").is_not_null()).then(own),
        id=pl.lit(None, pl.String),
        calendar=pl.lit(None, ROWS_SCHEMA["calendar"]),
    )
