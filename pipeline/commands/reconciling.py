"""Reconciling, as `run`, `resume` and `batch reconcile` do it, and how it is told."""

import asyncio
import time
from collections.abc import Collection, Sequence

from pipeline.commands.messages import log
from pipeline.commands.sending import Access
from pipeline.deliver import reconcile
from pipeline.deliver.reconcile import Finding, Reconciled
from pipeline.ledger.store import Ledger
from pipeline.service.client import ServiceError
from schemas.errors import CampaignError, Exit


def reconciled(ledger: Ledger, access: Access, campaign: str) -> list[Reconciled]:
    """What came of the campaign's open batches; raises CampaignError where the service cannot be asked."""
    if not any(trace.is_open or trace.is_watched for trace in ledger.traces(campaign)):
        return []  # a client costs its certificates, every night

    async def ask() -> list[Reconciled]:
        async with access.service() as service:
            return await reconcile.reconcile(ledger, service, campaign, access.place, time.time)

    try:
        return asyncio.run(ask())
    except ServiceError as error:
        raise _without_list(error) from None


def tell(found: Sequence[Reconciled]) -> None:
    """Say on stderr what came of each; of what is still unconfirmed `earlier` tells."""
    for each in found:
        if each.finding is not Finding.UNCONFIRMED:
            (log.warning if each.finding is Finding.CANCELLED else log.info)("%s", each)


def refuse_unknown(ledger: Ledger, access: Access, campaign: str, agents: Collection[str]) -> None:
    """Raise CampaignError where the service has batches of ours that the ledger does not know, or cannot be asked.

    Without tokens there is no mark to look for.
    """
    if not access.delivery.token:
        return

    async def ask() -> None:
        async with access.service() as service:
            await reconcile.refuse_unknown(ledger, service, campaign, agents)

    try:
        asyncio.run(ask())
    except ServiceError as error:
        raise _without_list(error) from None
    except CampaignError as error:
        raise CampaignError(f"nothing was sent: {error}", exit_code=error.exit_code) from None


def _without_list(error: ServiceError) -> CampaignError:
    said = f"nothing was sent: the service was asked for its list of batches, and did not give it: {error}"
    return CampaignError(said, exit_code=error.exit_code)


def earlier(ledger: Ledger, campaign: str, code: Exit, found: Sequence[Reconciled]) -> Exit:
    """Exit 4 as long as the campaign has unconfirmed batches, whichever run they are of; each is told, with why it is.

    Exit 1, so that a person looks, where all went well but for calls that were made twice after all.
    """
    lost = ledger.unconfirmed(campaign)
    why = {(each.run, each.batch): f"; {each.said}" for each in found}
    for batch in lost:
        log.warning(
            "run %d, batch %d (%d people) is unconfirmed: its calls may have been placed; look at the service for %r%s",
            batch.run_id,
            batch.number,
            batch.recipients,
            batch.call_name,
            why.get((batch.run_id, batch.number), ""),
        )
    if lost and code in (Exit.DONE, Exit.STOPPED, Exit.NOT_SENT):
        return Exit.UNCONFIRMED
    return Exit.STOPPED if code is Exit.DONE and any(each.twice for each in found) else code
