"""Preflight, as `check --online` and `run` do it: the service is asked, and the plan refused for what does not suit."""

import asyncio
from dataclasses import replace

from pipeline.commands.sending import Access
from pipeline.deliver.preflight import voices
from pipeline.plan.preflight import misses
from schemas.agents import Check, Voice
from schemas.errors import CampaignError
from schemas.plan import Plan


def preflighted(access: Access, plan: Plan, skip: str | None) -> Plan:
    """The plan with who would speak, refused for whatever of the service's agents and numbers does not suit it.

    Raises CampaignError where the service cannot be asked (exit 3 if that may pass).
    """
    skipped = Check(skip) if skip else None

    async def ask() -> tuple[Voice, ...]:
        async with access.service() as service:
            return await voices(service, plan.heads, skipped)

    try:
        found = asyncio.run(ask())
    except CampaignError as error:
        raise CampaignError(f"nothing was sent: {error}", exit_code=error.exit_code) from None
    note = (f"the check {skipped} of what the service has was left out",) if skipped else ()
    refusals = (*plan.refusals, *misses(plan, found, skipped))
    return replace(plan, voices=found, refusals=refusals, notes=(*plan.notes, *note))
