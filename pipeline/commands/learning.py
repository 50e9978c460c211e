"""Learning: how earlier calls of the campaign went, before `[recall]` decides whom to call a further time."""

import asyncio

from pipeline.commands.messages import log
from pipeline.commands.naming import services
from pipeline.deliver.results import Missing, ask_all_results
from pipeline.ledger.store import Ledger
from schemas.masking import masked_text


def learn_results(ledger: Ledger, campaign: str) -> None:
    """Ask for the results that are not final yet. What cannot be had is said: nobody in it is called a further time."""

    async def ask() -> list[Missing]:
        async with services() as clients:
            return await ask_all_results(ledger, clients, campaign)

    for batch, error in asyncio.run(ask()):
        log.warning("the results of run %d, batch %d: %s", batch.run_id, batch.number, masked_text(str(error)))
