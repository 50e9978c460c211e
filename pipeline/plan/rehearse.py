"""Rehearse: a few recipients of a plan, with their real words, sent to one's own number."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from schemas.codes import Outcome
from schemas.errors import CampaignError
from schemas.plan import ROWS_SCHEMA, Plan, PlannedBatch, Spilled
from schemas.request import RECIPIENT_SEPARATOR

#: What the call name of a rehearsal begins with.
TITLE = "TEST "
#: One's own telephone rings this often at the most.
MOST = 10


@dataclass(frozen=True)
class _Redirected:
    """The recipient texts of some rows with one's own number in them. Implements schemas.plan.Spilled."""

    texts: bytes
    sources: Spilled

    def payloads(self, rows: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
        """Yield the one batch."""
        del rows
        yield 1, self.texts

    def source_columns(self, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield as the plan itself does."""
        return self.sources.source_columns(rows)


def rehearsal(plan: Plan, numbers: Sequence[int], to: int) -> Plan:
    """The plan of one batch, at once and at any hour, that calls `to` (E.164 without plus) with the words of these rows.

    Raises CampaignError for a row that would not be called, and for too many of them.
    """
    if len(numbers) > MOST:
        raise CampaignError(f"{len(numbers)} test calls are too many; ask for {MOST} at the most")
    rows = _chosen(plan, numbers)
    texts = RECIPIENT_SEPARATOR.join(_redirected(text, to) for text in _texts(plan, rows))
    head = replace(plan.head, call_name=TITLE + plan.head.call_name, start=None)
    size = len(texts) + head.overhead(token=plan.campaign.delivery.token)
    hours = plan.campaign.rules.model_copy(update={"hours": "any"})
    return replace(
        plan,
        campaign=plan.campaign.model_copy(update={"rules": hours}),
        head=head,
        start=None,
        rows=_only(rows, to),
        findings=plan.findings.clear(),
        repairs=plan.repairs.clear(),
        calendars=(),
        batches=(PlannedBatch(1, rows.height, size),),
        refusals=(),
        spilled=_Redirected(texts, plan.spilled),
    )


def _chosen(plan: Plan, numbers: Sequence[int]) -> pl.DataFrame:
    rows = plan.rows.filter((pl.col("outcome") == Outcome.PLANNED) & pl.col("row").is_in(list(numbers)))
    if missing := sorted(set(numbers) - set(rows["row"])):
        raise CampaignError(
            f"row {missing[0]} is not among those that would be called; choose another, or see what `campaign check` says about it"
        )
    return rows


def _texts(plan: Plan, rows: pl.DataFrame) -> Iterator[bytes]:
    for _, texts in plan.spilled.payloads(rows):
        yield from texts.split(RECIPIENT_SEPARATOR)


def _redirected(text: bytes, to: int) -> bytes:
    recipient = json.loads(text)
    own = {"phone_number": f"+{to}", "whatsapp_user_id": str(to)}
    redirected = {key: own.get(key, value) for key, value in recipient.items()}
    return json.dumps(redirected, ensure_ascii=False, separators=(",", ":")).encode()


def _only(rows: pl.DataFrame, to: int) -> pl.DataFrame:
    """The rows as one batch to one number; the id is left out, for nobody with that id is called."""
    own = pl.lit(str(to), pl.String)
    return rows.with_columns(
        batch=pl.lit(1, pl.UInt32),
        position=pl.int_range(pl.len(), dtype=pl.UInt32),
        e164=pl.when(pl.col("e164").is_not_null()).then(pl.lit(to, pl.Int64)),
        whatsapp=pl.when(pl.col("whatsapp").is_not_null()).then(own),
        id=pl.lit(None, pl.String),
        calendar=pl.lit(None, ROWS_SCHEMA["calendar"]),
    )
