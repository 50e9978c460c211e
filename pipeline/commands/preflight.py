"""Preflight, as `check --online` and `run` do it: the option, the asking, and how it fails."""

import asyncio

from pipeline import flow
from pipeline.commands.sending import Access
from schemas.agents import Check
from schemas.errors import CampaignError
from schemas.plan import Plan


def preflighted(access: Access, plan: Plan, skipped: str | None) -> Plan:
    """The plan, refused for what does not suit the service's agents and numbers.

    Raises CampaignError where the service cannot be asked (exit 3 if that may pass).
    """

    async def ask() -> Plan:
        async with access.service() as service:
            return await flow.preflight(plan, service, Check(skipped) if skipped else None)

    try:
        return asyncio.run(ask())
    except CampaignError as error:
        raise CampaignError(f"nothing was sent: {error}", exit_code=error.exit_code) from None
