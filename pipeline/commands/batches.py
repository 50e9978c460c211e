"""`batch show` and `batch reconcile`."""

import json
import os
import sys
import time
from dataclasses import asdict, replace

import click

from pipeline.commands.naming import campaign_of
from pipeline.commands.options import Common
from pipeline.commands.reconciling import reconciled
from pipeline.commands.resuming import access_to
from pipeline.commands.standing import minutes, settled_words
from pipeline.deliver.reconcile import Reconciled
from pipeline.ledger.opening import open_ledger
from pipeline.ledger.shown import ShownBatch, shown_batch
from pipeline.ledger.store import Ledger
from pipeline.service.key import read_key
from schemas.errors import Exit
from schemas.masking import masked_text


def show(common: Common, run: int, batch: int) -> None:
    """Print a batch; raises CampaignError where there is none."""
    with open_ledger(common.ledger, reading=True) as ledger, ledger.transaction(reading=True) as connection:
        found = _discreet(shown_batch(connection, run, batch))
    if common.as_json:
        sys.stdout.write(json.dumps(asdict(found), ensure_ascii=False, indent=2) + "\n")
        return
    for line in _lines(found):
        click.echo(line)


def _discreet(found: ShownBatch) -> ShownBatch:
    """A message of the service may repeat numbers that it was sent."""
    masked = (replace(each, said=each.said and masked_text(each.said)) for each in found.attempts)
    return replace(found, attempts=tuple(masked))


def _lines(found: ShownBatch) -> list[str]:
    there = f", at the service {found.service_id} ({found.service_status or 'not checked'})" if found.service_id else ""
    first = f"Run {found.run}, batch {found.batch} of {found.campaign}: {found.recipients:,} people"
    lines = [f"{first}, {found.state} since {minutes(found.state_at)}{there}."]
    for each in found.attempts:
        lines.append(
            f"Attempt {each.number}, {minutes(each.begun_at)}, {each.call_name!r}: {each.verdict or 'no answer'}"
        )
        lines += [f"    {each.said}"] if each.said else []
        if each.settled:
            lines.append(f"    {settled_words(asdict(each))}")
    return lines


def reconcile(common: Common, name: str | None) -> Exit:
    """Say what came of each unconfirmed batch; raises CampaignError where the service cannot be asked."""
    with open_ledger(common.ledger) as ledger:
        campaign = campaign_of(common, ledger, name)
        with ledger.lock(campaign):
            ledger.orphans(campaign, time.time())
            found = _reconciled(ledger, campaign)
            code = Exit.UNCONFIRMED if ledger.unconfirmed(campaign) else Exit.DONE
    if common.as_json:
        told = {"campaign": campaign, "exit_code": int(code), "reconciled": [asdict(each) for each in found]}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return code
    for each in found:
        click.echo(f"{each}.")
    if not found:
        click.echo(f"Nothing of {campaign} is unconfirmed.")
    return code


def _reconciled(ledger: Ledger, campaign: str) -> list[Reconciled]:
    runs = [trace.run for trace in ledger.traces(campaign) if trace.is_open or trace.is_watched]
    return reconciled(ledger, access_to(ledger, max(runs), read_key(os.environ)), campaign) if runs else []
