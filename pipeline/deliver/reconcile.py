"""Reconcile: what became of batches whose answer was lost, by the tokens in the service's list."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pipeline.campaign_file.kept import delivery_of
from pipeline.ledger.reconciling import Trace
from pipeline.ledger.store import Ledger
from schemas.errors import CampaignError
from schemas.receipts import Receipt

#: At the service these have ended: there is nothing to cancel.
_ENDED = frozenset({"cancelled", "completed", "failed"})


class Lists(Protocol):
    """What is asked of the service; both raise ServiceError."""

    def batches(self, agent_id: str) -> AsyncIterator[Receipt]:
        """Yield every batch of an agent."""

    async def cancel(self, batch_id: str) -> Receipt:
        """End every call of a batch that has not ended."""


@dataclass(frozen=True)
class Place:
    """Where one asks, and with which key."""

    base_url: str
    key_fingerprint: str


class Finding(StrEnum):
    """What reconciling came to for a batch."""

    ACCEPTED = "accepted"  # it is at the service
    PLANNED = "planned"  # by all rules it is not there, and may be sent again
    UNCONFIRMED = "unconfirmed"  # nobody can tell yet
    CANCELLED = "cancelled"  # it turned up after it had been given up, and was cancelled at the service


@dataclass(frozen=True)
class Reconciled:
    """What came of a batch, and why, in one line for people."""

    run: int
    batch: int
    recipients: int
    finding: Finding
    said: str
    twice: int = 0  #: so many people may have been called a second time

    def __str__(self) -> str:
        return f"run {self.run}, batch {self.batch} ({self.recipients:,} people): {self.finding.value}; {self.said}"


async def reconcile(
    ledger: Ledger, service: Lists, campaign: str, place: Place, clock: Callable[[], float]
) -> list[Reconciled]:
    """Settle what the service's list can settle, of whatever run; the campaign's lock is held and nothing is sending.

    Nothing is asked where nothing is open. Raises ServiceError when a list cannot be had or a batch not be cancelled.
    """
    traces = ledger.traces(campaign)
    asked = [trace for trace in traces if (trace.is_open or trace.is_watched) and trace.token]
    agents = {trace.agent_id for trace in asked if trace.base_url == place.base_url}
    now = clock()  # before the list is asked for: only what was old enough by then can be missing in it
    look = _Look(ledger, campaign, place, await _listed(service, ledger.mark(campaign), agents), now)
    told, lates = look.found(traces)
    told += look.not_found()
    for trace, receipt in lates:
        told.append(await look.cancelled(service, trace, receipt))
    return sorted(told, key=lambda each: (each.run, each.batch))


async def refuse_unknown(ledger: Ledger, service: Lists, campaign: str, agents: Collection[str]) -> None:
    """Raise CampaignError when the service has batches with the campaign's mark that this ledger has not sent.

    That is so when an older copy of the ledger was put back, or another is in use: it does not know whom it has called.
    """
    listed = await _listed(service, ledger.mark(campaign), agents)
    known = ledger.tokens(campaign)
    if unknown := [receipt for token, receipt in listed.items() if token not in known]:
        count = "1 batch is" if len(unknown) == 1 else f"{len(unknown)} batches are"
        raise CampaignError(
            f"{count} at the service but not in this ledger (such as {unknown[0].name!r}, {unknown[0].id});"
            " use the ledger that sent them, or give the campaign a new name if those people may be called again"
        )


def token_of(call_name: str, mark: str) -> str | None:
    """The token in a call name with this mark, whatever it looks like; None without the mark."""
    _, found, token = call_name.rpartition(f" [{mark}-")
    return token.removesuffix("]") if found else None


async def _listed(service: Lists, mark: str, agents: Collection[str]) -> dict[str, Receipt]:
    """The batches with the mark, by token, over all pages of each agent's list."""
    receipts = [receipt for agent in sorted(agents) async for receipt in service.batches(agent)]
    by_token = ((token_of(receipt.name, mark), receipt) for receipt in receipts)
    return {token: receipt for token, receipt in by_token if token is not None}


@dataclass(frozen=True)
class _Look:
    """One look at the service: the batches with the campaign's mark by token, and when they were asked for."""

    ledger: Ledger
    campaign: str
    place: Place
    listed: Mapping[str, Receipt]
    now: float

    def found(self, traces: Collection[Trace]) -> tuple[list[Reconciled], list[tuple[Trace, Receipt]]]:
        """Accept each batch by the last of its tokens that is listed; also what must not be at the service any more."""
        told, lates = [], []
        for trace in sorted(traces, key=lambda each: each.attempt, reverse=True):
            receipt = self.listed.get(trace.token or "")
            if receipt is None:
                continue
            if self.ledger.found(trace, receipt, self.now):
                told.append(_told(trace, Finding.ACCEPTED, f"the service has it as {receipt.id}"))
            else:
                lates.append((trace, receipt))
        return told, lates

    def not_found(self) -> list[Reconciled]:
        """What comes of each batch that is still unconfirmed; its last attempt counts."""
        still = {trace.batch_id: trace for trace in self.ledger.traces(self.campaign) if trace.is_open}
        told = []
        for trace in still.values():
            if why := self._why_open(trace):
                told.append(_told(trace, Finding.UNCONFIRMED, f"{why} (`campaign batch settle` settles it by hand)"))
            elif self.ledger.absent(trace, self.now):
                told.append(_told(trace, Finding.PLANNED, "the service does not have it, so it may be sent again"))
        return told

    def _why_open(self, trace: Trace) -> str | None:
        """Why a batch that is not listed may have been placed all the same; None when all rules say that it was not."""
        if trace.token is None:
            return "it was sent without a token, so it cannot be told from others at the service"
        if trace.base_url != self.place.base_url:
            return f"it was sent to {trace.base_url}, and this is {self.place.base_url}"
        if trace.key_fingerprint != self.place.key_fingerprint:
            return "it was sent with another key, whose list may be another"
        if not self.ledger.has_echoed(trace.base_url):
            return "no answer has repeated a call name yet, so the service may not keep tokens"
        return self._why_too_early(trace)

    def _why_too_early(self, trace: Trace) -> str | None:
        if not self._is_shown_later(trace):
            return "the service's list shows no batch of ours from after it, so it may be behind"
        left = delivery_of(self.ledger.campaign_text(trace.run)).grace - (self.now - trace.given_up_at)
        return f"it may still turn up; look again in {left:,.0f} s" if left > 0 else None

    def _is_shown_later(self, trace: Trace) -> bool:
        """Whether a batch is listed that was begun after the attempt was given up, and was placed after it began.

        The first by our clock, the second by the service's, which counts whole seconds.
        """
        begun = self.ledger.tokens(self.campaign)
        return any(
            begun.get(token, 0.0) >= trace.given_up_at and receipt.created_at_unix >= int(trace.begun_at)
            for token, receipt in self.listed.items()
        )

    async def cancelled(self, service: Lists, trace: Trace, receipt: Receipt) -> Reconciled:
        """End a batch whose people belong to another one by now."""
        there = receipt if receipt.status in _ENDED else await service.cancel(receipt.id)
        self.ledger.late(trace, there, self.now)
        calls = f"{there.total_calls_dispatched} of its {there.total_calls_scheduled} calls had been dispatched"
        ended = "it had ended by itself" if there is receipt else "it was cancelled there"
        twice = there.total_calls_dispatched
        meant = f": as many people may have been called twice (`campaign batch show {trace.run} {trace.batch}`)"
        said = f"{there.id} turned up at the service after all; {ended}, {calls}{meant if twice else ''}"
        return _told(trace, Finding.CANCELLED, said, twice)


def _told(trace: Trace, finding: Finding, said: str, twice: int = 0) -> Reconciled:
    return Reconciled(trace.run, trace.batch, trace.recipients, finding, said, twice)
