"""`check --save-plan`: the plan as a file, and that the ledger knows of it."""

import time
from pathlib import Path

from pipeline.commands.messages import log
from pipeline.commands.options import Common
from pipeline.ledger.opening import LedgerMissing, open_ledger
from pipeline.ledger.plans import note_plan
from pipeline.ledger.store import Ledger
from schemas.campaign import PLACEHOLDER, Campaign
from schemas.errors import CampaignError
from schemas.plan import Plan
from schemas.sealed import expiry, short


def refuse_existing(path: Path) -> None:
    """Raise CampaignError where a file is there: it may be a plan that somebody has approved."""
    if path.exists():
        raise CampaignError(f"{path}: there is a file already; name another, or delete it if nobody needs that plan")


def refuse_unfilled(campaign: Campaign, path: Path) -> None:
    """Raise CampaignError where the campaign file still says what `campaign init` could not know."""
    if campaign.unfilled:
        raise CampaignError(f"{path}: {' and '.join(campaign.unfilled)}: still {PLACEHOLDER}; fill it in")


def saved(common: Common, plan: Plan, campaign_text: str, path: Path) -> list[Path]:
    """Save the plan, if it is one that would be sent; the file, or none. Raises CampaignError where it cannot be written."""
    from pipeline.plan.saving import save_plan

    refuse_unfilled(plan.campaign, common.campaign_file)
    if plan.refusals or not plan.batches:
        log.warning("no plan was saved: nothing would be sent")
        return []
    seal = save_plan(plan, campaign_text, path)
    noted_if_any(common.ledger, path, seal)
    until = expiry(plan.planned_at, plan.campaign.rules.plan_valid)
    log.info("Plan %s may be run until %s UTC.", short(seal), f"{until:%Y-%m-%d %H:%M}")
    return [path]


def noted(ledger: Ledger, path: Path, seal: str) -> None:
    """Let the ledger know of the plan's file, which whoever forgets somebody must delete."""
    with ledger.transaction() as connection:
        note_plan(connection, path, seal, time.time())


def noted_if_any(ledger: str | None, path: Path, seal: str) -> None:
    """The same with the ledger that there may be; that it cannot is said, and is no reason not to go on."""
    try:
        with open_ledger(ledger) as opened:
            noted(opened, path, seal)
    except LedgerMissing:
        log.info(
            "There is no ledger yet that could remember this file: delete it yourself when its people are to be forgotten."
        )
    except CampaignError as error:
        log.warning("%s; so the ledger does not know of %s, which holds people", error, path)
