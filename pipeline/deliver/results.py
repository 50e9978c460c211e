"""Results: ask the service how the calls of a run went, and write it down row by row."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pipeline.deliver.asking import Services
from pipeline.deliver.match import is_final, matched
from pipeline.ledger.results import PlacedBatch, keep, sent_people, unfinished, unfinished_of
from pipeline.ledger.store import Ledger
from pipeline.service.client import Service
from schemas.errors import CampaignError
from schemas.receipts import BatchDetail

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


async def watch_results(
    ledger: Ledger,
    services: Services,
    run_id: int,
    *,
    seconds: float,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    say: Callable[[int], None],
) -> list[Missing]:
    """Ask every so many seconds until all batches of the run are final, or none of those left can be had any more.

    `say` hears before each wait how many are not final.
    """
    missing = await ask_results(ledger, services, run_id)
    while (left := len(_unfinished(ledger, run_id))) > len(missing):
        say(left)
        await sleep(seconds)
        missing = await ask_results(ledger, services, run_id)
    return missing


async def _asked(ledger: Ledger, services: Services, waiting: Sequence[PlacedBatch]) -> list[Missing]:
    asked = await services.each(waiting, lambda service, batch: _ask(ledger, service, batch))
    return [(batch, told) for batch, told in asked if isinstance(told, CampaignError)]


async def _ask(ledger: Ledger, service: Service, batch: PlacedBatch) -> None:
    detail: BatchDetail = await service.batch(batch.service_id)
    with ledger.transaction() as connection:
        joined = matched(sent_people(connection, batch.id), detail.recipients)
        keep(connection, batch.id, detail, joined, final=is_final(detail))


def _unfinished(ledger: Ledger, run_id: int) -> Sequence[PlacedBatch]:
    with ledger.transaction(reading=True) as connection:
        return unfinished(connection, run_id)
