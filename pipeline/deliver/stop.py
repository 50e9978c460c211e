"""Stop: no batch of the campaign is begun any more, and those at the service are cancelled."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace

from pipeline.deliver.asking import Services
from pipeline.deliver.match import GOING_ON, is_final, matched, undialled
from pipeline.ledger.results import keep, sent_people
from pipeline.ledger.stops import Halt, OpenBatch, cancelled, open_batches, people_sending, places, sending, stop
from pipeline.ledger.store import Ledger
from pipeline.service.client import Service, ServiceError
from schemas.errors import CampaignError, Exit
from schemas.masking import masked_text
from schemas.receipts import BatchDetail, Receipt
from schemas.states import ENDED, BatchState

_LOOK_AGAIN = 0.2


@dataclass
class Halted:
    """What a stop came to: service ids of what was cancelled, people freed, calls that go on by service id.

    `not_known` are people of whom the service could not be asked: their calls may go on as well. `failures` are sentences:
    as long as there are any, it has to be run again. `is_denied`: the key is refused, which has to be mended first.
    """

    halt: Halt
    cancelled: set[str] = field(default_factory=set)
    freed: int = 0
    going_on: dict[str, int] = field(default_factory=dict)
    not_known: int = 0
    is_denied: bool = False
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Foreign:
    """A batch with the campaign's mark that the ledger does not know as accepted; `call_name` and `service_id` its own."""

    base_url: str
    service_id: str
    call_name: str
    recipients: int

    def __str__(self) -> str:
        return f"batch {self.service_id} ({self.call_name}), which is not in this ledger,"


async def halt(
    ledger: Ledger,
    services: Services,
    campaign: str,
    by: str,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    patience: float,
) -> Halted:
    """Stop the campaign. Senders, of other processes too, get `patience` seconds for the answers that are due.

    Cancels at once what the ledger knows, then, when nothing is on its way any more, what came to it since and what the
    service's list has with the campaign's mark.
    """
    with ledger.transaction() as connection:
        told = Halted(stop(connection, campaign, by, clock()))
    halting = _Halting(ledger, services, campaign, clock, told)
    await halting.cancel_known()
    if not await halting.senders_ended(sleep, clock() + patience):
        told.failures.append("a sender is still waiting for the service's answer")
    told.failures += await halting.cancel_known() + await halting.cancel_listed()
    told.not_known = halting.not_known()
    return told


async def cancel_at_service(service: Service, service_id: str) -> BatchDetail:
    """Cancel a batch; how it stands then. Raises ServiceError where that cannot be had, or the batch goes on."""
    refused: ServiceError | None = None
    try:
        await service.cancel(service_id)
    except ServiceError as error:  # perhaps it had ended before: the batch itself says so
        refused = error
    detail = await service.batch(service_id)
    if refused and detail.status not in ENDED:
        raise refused
    return detail


def write_cancelled(ledger: Ledger, batch_id: int, detail: BatchDetail, at: float) -> int | None:
    """Write down whom a batch had called that was to be cancelled; how many people are free again.

    None if it does not count as cancelled: people in it are still to be called, or it had called everybody before.
    """
    with ledger.transaction() as connection:
        joined = matched(sent_people(connection, batch_id), detail.recipients)
        keep(connection, batch_id, detail, joined, final=is_final(detail))
        if any(person.status == "pending" for person in detail.recipients):
            return None
        free = undialled(joined)
        if not free and detail.status in ("completed", "failed"):
            return None
        cancelled(connection, batch_id, detail, free, at)
        return len(free)


@dataclass(frozen=True)
class _Halting:
    ledger: Ledger
    services: Services
    campaign: str
    clock: Callable[[], float]
    told: Halted
    #: What was called so at the service has ended, or told how its people stand.
    known: set[str | None] = field(default_factory=set)
    foreign: dict[str, _Foreign] = field(default_factory=dict)

    async def cancel_known(self) -> list[str]:
        """Cancel what the ledger has as accepted; what could not be, in sentences."""
        return await self._cancel([batch for batch in self._open() if batch.state is BatchState.ACCEPTED])

    async def cancel_listed(self) -> list[str]:
        """Cancel what the service's list has with the campaign's mark; what is unconfirmed after it is told, too."""
        with self.ledger.transaction(reading=True) as connection:
            where = places(connection, self.campaign)
        failures: list[str] = []
        seen: set[str] = set()
        for base_url, agent_id in where:
            try:
                found = await self._listed(await self.services.at(base_url), agent_id)
            except CampaignError as error:
                self._note_denials([error])
                failures.append(f"the service's list of batches of {agent_id} cannot be had: {masked_text(str(error))}")
                continue
            seen |= {receipt.name for receipt in found}
            failures += await self._cancel(self._known_or_not(base_url, found))
        return failures + [
            f"{batch} is unconfirmed and not in the service's list: its calls may still be placed"
            for batch in self._open()
            if batch.state is BatchState.UNCONFIRMED and batch.call_name not in seen
        ]

    def not_known(self) -> int:
        """How many people are in batches that may go on, and did not say so."""
        with self.ledger.transaction(reading=True) as connection:
            coming = people_sending(connection, self.campaign)
        may_go_on: list[OpenBatch | _Foreign] = [*self._open(), *self.foreign.values()]
        return coming + sum(batch.recipients for batch in may_go_on if batch.call_name not in self.known)

    async def senders_ended(self, sleep: Callable[[float], Awaitable[None]], until: float) -> bool:
        """Wait until no batch is on its way; those whose sender is gone become unconfirmed."""
        while self._sending():
            if self._are_orphans():
                return True
            if self.clock() >= until:
                return False
            await sleep(_LOOK_AGAIN)
        return True

    def _are_orphans(self) -> bool:
        try:
            with self.ledger.lock(self.campaign):
                self.ledger.orphans(self.campaign, self.clock())
        except CampaignError as error:
            if error.exit_code is Exit.BUSY:
                return False
            raise
        return True

    async def _listed(self, service: Service, agent_id: str) -> list[Receipt]:
        mark = f" [{self.ledger.mark(self.campaign)}-"
        return [receipt async for receipt in service.batches(agent_id) if mark in receipt.name]

    def _known_or_not(self, base_url: str, found: Iterable[Receipt]) -> list[OpenBatch | _Foreign]:
        """The listed batches that have not ended: as the ledger's own where its last attempt was called so."""
        unconfirmed = {batch.call_name: batch for batch in self._open() if batch.state is BatchState.UNCONFIRMED}
        ours = {batch.service_id for batch in self._open()}
        listed: list[OpenBatch | _Foreign] = []
        for receipt in found:
            if receipt.status in ENDED:
                self.known.add(receipt.name)
            elif batch := unconfirmed.get(receipt.name):
                listed.append(replace(batch, service_id=receipt.id))
            elif receipt.id not in ours:
                foreign = _Foreign(base_url, receipt.id, receipt.name, receipt.total_calls_scheduled)
                self.foreign[receipt.id] = foreign
                listed.append(foreign)
        return listed

    async def _cancel(self, batches: Iterable[OpenBatch | _Foreign]) -> list[str]:
        answers = await self.services.each(batches, self._cancel_one)
        self._note_denials(said for _, said in answers)
        return [f"{batch} is not cancelled: {masked_text(str(said))}" for batch, said in answers if said is not None]

    def _note_denials(self, errors: Iterable[object]) -> None:
        self.told.is_denied |= any(isinstance(error, ServiceError) and error.is_denied for error in errors)

    async def _cancel_one(self, service: Service, batch: OpenBatch | _Foreign) -> str | None:
        """Cancel a batch, and write down whom it had called; why it is not over, if it is not."""
        detail = await cancel_at_service(service, batch.service_id or "")
        self.known.add(batch.call_name)
        self.told.going_on[detail.id] = sum(person.status in GOING_ON for person in detail.recipients)
        freed = 0 if isinstance(batch, _Foreign) else write_cancelled(self.ledger, batch.id, detail, self.clock())
        if freed is not None:
            self.told.cancelled.add(detail.id)
            self.told.freed += freed
        waiting = sum(person.status == "pending" for person in detail.recipients)
        return f"{waiting} people in it are still to be called" if waiting else None

    def _open(self) -> list[OpenBatch]:
        with self.ledger.transaction(reading=True) as connection:
            return open_batches(connection, self.campaign)

    def _sending(self) -> int:
        with self.ledger.transaction(reading=True) as connection:
            return sending(connection, self.campaign)
