"""`stop` and `start` in order, and how a stop is told."""

import asyncio
import getpass
import json
import socket
import sys
import time

from pipeline.commands.messages import log
from pipeline.commands.naming import campaign_of, services
from pipeline.commands.options import Common
from pipeline.deliver.stop import Halted, halt
from pipeline.ledger import stops
from pipeline.ledger.store import Ledger
from schemas.errors import CampaignError, Exit

#: For the answers that a sender is waiting for, in seconds: longer than one deadline.
_PATIENCE = 90.0


def stop(common: Common, ledger: Ledger, name: str | None) -> tuple[str, Halted]:
    """Stop the campaign; its name, and what that came to. The ledger has the stop even if the service cannot be asked."""
    campaign = campaign_of(common, ledger, name)
    by = _who()
    with ledger.transaction() as connection:
        made = stops.stop(connection, campaign, by, time.time())
    log.info("%s is stopped, %s; cancelling what is open at the service.", campaign, made)
    try:
        return campaign, asyncio.run(_halted(ledger, campaign, by))
    except CampaignError as error:
        raise CampaignError(
            f"{error}; {campaign} is stopped, but its batches at the service are not cancelled: run `campaign stop` again",
            exit_code=Exit.NOT_SENT,
        ) from None


def start(common: Common, ledger: Ledger, name: str | None) -> None:
    """Take the stop away, and say so."""
    campaign = campaign_of(common, ledger, name)
    with ledger.transaction() as connection:
        before = stops.halted(connection, campaign)
        stops.start(connection, campaign)
    if common.as_json:
        told = {"campaign": campaign, "was_stopped": before is not None}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    said = f"{campaign} was stopped {before}; it may be run again." if before else f"{campaign} was not stopped."
    sys.stdout.write(said + "\n")


def show(campaign: str, told: Halted, *, as_json: bool) -> Exit:
    """Print what the stop came to on stdout; the exit code."""
    going_on, at_most = sum(told.going_on.values()), sum(told.going_on.values()) + told.not_known
    if as_json:
        document = {
            "campaign": campaign,
            "stopped_at_unix": told.halt.at,
            "stopped_by": told.halt.by,
            "batches_cancelled": len(told.cancelled),
            "people_freed": told.freed,
            "calls_going_on": None if told.not_known else going_on,
            "calls_going_on_at_most": at_most,
            "not_cancelled": told.failures,
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        known = f"not known, up to {at_most:,}" if told.not_known else f"{going_on:,}"
        sys.stdout.write(
            f"{campaign} is stopped, {told.halt}. Batches cancelled: {len(told.cancelled):,}; people whose phone never "
            f"rang, free again: {told.freed:,}; calls that go on regardless: {known}.\n"
            "Nothing is sent until `campaign start`.\n"
        )
    for failure in told.failures:
        log.warning("%s", failure)
    if told.failures:
        first = "mend the key, then " if told.is_denied else ""
        log.warning("not everything could be cancelled; %srun `campaign stop` again", first)
    if told.failures and told.is_denied:
        return Exit.REFUSED
    return Exit.NOT_SENT if told.failures else Exit.DONE


async def _halted(ledger: Ledger, campaign: str, by: str) -> Halted:
    async with services() as clients:
        return await halt(ledger, clients, campaign, by, clock=time.time, patience=_PATIENCE)


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"
