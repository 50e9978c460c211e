"""Results: ask the service how the calls of a run went, and write it down row by row."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pipeline.deliver.asking import Services
from pipeline.deliver.match import is_final, matched
from pipeline.deliver.stop import cancel_at_service, write_cancelled
from pipeline.ledger.results import PlacedBatch, keep, sent_people, unfinished, unfinished_of
from pipeline.ledger.store import Ledger
from pipeline.service.client import Service
from schemas.errors import CampaignError
from schemas.masking import masked_text
from schemas.receipts import BatchDetail
from schemas.states import BatchState

_log = logging.getLogger("campaign")

#: A batch whose results could not be had, and why.
Missing = tuple[PlacedBatch, CampaignError]


async def ask_results(ledger: Ledger, services: Services, run_id: int) -> list[Missing]:
    """Ask once for each batch of the run that is not final yet."""
    return await _asked(ledger, services, _unfinished(ledger, run_id))


async def ask_all_results(ledger: Ledger, services: Services, campaign: str) -> list[Missing]:
    """As `ask_results`, of all runs of a campaign."""
    with ledger.transaction(reading=True) as connection:
        waiting = unfinished_of(connection, campaign)
    return await _asked(ledger, services, waiting)


@dataclass(frozen=True)
class Watch:
    """How results are watched: with so many `seconds` between two times of asking.

    `cancel`: batches that are still open when the hours of their people end are cancelled. `say` hears before each wait how
    many are not final.
    """

    seconds: float
    cancel: bool
    say: Callable[[int], None]
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


async def watch_results(ledger: Ledger, services: Services, run_id: int, watch: Watch) -> list[Missing]:
    """Ask until all batches of the run are final, or none of those left can be had any more."""
    missing = await _look(ledger, services, run_id, watch)
    while len(left := _unfinished(ledger, run_id)) > len(missing):
        watch.say(len(left))
        await watch.sleep(_wait(left, watch))
        missing = await _look(ledger, services, run_id, watch)
    return missing


async def _asked(ledger: Ledger, services: Services, waiting: Sequence[PlacedBatch]) -> list[Missing]:
    asked = await services.each(waiting, lambda service, batch: _ask(ledger, service, batch))
    return [(batch, told) for batch, told in asked if isinstance(told, CampaignError)]


async def _look(ledger: Ledger, services: Services, run_id: int, watch: Watch) -> list[Missing]:
    """Cancel what is open longer than it may, then ask."""
    now = watch.clock()
    late = [each for each in _unfinished(ledger, run_id) if _may_end(each, watch) and (each.end_unix or 0) <= now]
    for batch, told in await services.each(late, lambda service, each: _cancel(ledger, service, each, now)):
        if isinstance(told, CampaignError):
            _log.warning("batch %d is not cancelled at the end of its hours: %s", batch.number, masked_text(str(told)))
    return await ask_results(ledger, services, run_id)


def _may_end(batch: PlacedBatch, watch: Watch) -> bool:
    return watch.cancel and batch.state is BatchState.ACCEPTED and batch.end_unix is not None


def _wait(left: Sequence[PlacedBatch], watch: Watch) -> float:
    """Until it is time to ask again, or for hours to end."""
    now = watch.clock()
    ends = (
        batch.end_unix - now for batch in left if batch.end_unix and _may_end(batch, watch) and batch.end_unix > now
    )
    return min(watch.seconds, *ends, watch.seconds)


async def _cancel(ledger: Ledger, service: Service, batch: PlacedBatch, at: float) -> None:
    """Cancel a batch at the end of its hours; people whose phone never rang are free."""
    detail = await cancel_at_service(service, batch.service_id)
    freed = write_cancelled(ledger, batch.id, detail, at)
    if freed is not None:
        _log.info(
            "Batch %d: the hours of its people have ended; it is cancelled, %d are free again.", batch.number, freed
        )


async def _ask(ledger: Ledger, service: Service, batch: PlacedBatch) -> None:
    detail: BatchDetail = await service.batch(batch.service_id)
    with ledger.transaction() as connection:
        joined = matched(sent_people(connection, batch.id), detail.recipients)
        keep(connection, batch.id, detail, joined, final=is_final(detail))


def _unfinished(ledger: Ledger, run_id: int) -> Sequence[PlacedBatch]:
    with ledger.transaction(reading=True) as connection:
        return unfinished(connection, run_id)
