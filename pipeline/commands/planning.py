"""From what was asked to a plan: the campaign file, the memory of the ledger if there is one, and the file."""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.campaign_file import load
from pipeline.commands.messages import log
from pipeline.commands.options import Common
from pipeline.flow import plan
from pipeline.ledger.opening import LedgerMissing, open_ledger
from pipeline.ledger.stops import halted
from schemas.campaign import Campaign
from schemas.plan import Memory, Plan


def planned(common: Common, files: Sequence[Path], *, limit: int | None) -> tuple[Plan, str]:
    """The plan of a dry run, and the text of its campaign file: a ledger is read if it exists, and none is made."""
    campaign, text = load(common.campaign_file)
    _check_base_url(campaign.delivery.base_url)
    remembered, refusals = _remembered(common.ledger, campaign)
    made = plan(campaign, files, remembered, datetime.now(UTC), limit=limit)
    return replace(made, refusals=(*refusals, *made.refusals)), text


def _check_base_url(written: str | None) -> None:
    """Refuse what `run` would refuse; where nothing is said there is nothing to load for it."""
    if written is not None or "ELEVENLABS_BASE_URL" in os.environ:
        from pipeline.service.base_url import chosen_base_url

        chosen_base_url(os.environ, written)


def _remembered(ledger: str | None, campaign: Campaign) -> tuple[Memory, tuple[str, ...]]:
    """What the ledger knows of the campaign, and that it is stopped, if it is."""
    name, since = campaign.campaign.name, campaign.rules.calls_since(time.time())
    try:
        with open_ledger(ledger, reading=True) as opened:
            with opened.transaction(reading=True) as connection:
                halt = halted(connection, name)
            remembered = opened.memory(name, recall=campaign.recall, calls_since=since)
            return remembered, (halt.refusal(name),) if halt else ()
    except LedgerMissing as missing:
        if ledger is None:
            log.info("There is no ledger at %s yet: nobody counts as called before.", missing.place)
        else:  # perhaps it is misspelt
            log.warning("there is no ledger at %s: nobody counts as called before", missing.place)
        return Memory(), ()
