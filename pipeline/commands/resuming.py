"""`resume` in order: the campaign, the lock, what is unconfirmed, the sending, the report."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

import click

from pipeline import flow
from pipeline.campaign_file.kept import delivery_of
from pipeline.commands.messages import log
from pipeline.commands.naming import campaign_of
from pipeline.commands.options import Common
from pipeline.commands.progress import progress_of
from pipeline.commands.reconciling import earlier, reconciled, refuse_unknown
from pipeline.commands.reporting import warn_why
from pipeline.commands.sending import Access, refuse_stopped
from pipeline.commands.signals import Signals
from pipeline.deliver.gate import StopKind
from pipeline.deliver.outcome import exit_code
from pipeline.deliver.reconcile import Reconciled
from pipeline.flow import Delivered, Effects
from pipeline.ledger.opening import open_ledger
from pipeline.ledger.reconciling import RunLeft
from pipeline.ledger.store import Ledger
from pipeline.report.make import outcome_of, subtracted
from pipeline.report.terminal import named
from pipeline.service.base_url import chosen_base_url
from pipeline.service.key import Key, read_key
from schemas.errors import CampaignError, Exit
from schemas.masking import masked_text


def resume(common: Common, name: str | None) -> Exit:
    """Finish what the campaign's runs left; raises CampaignError where nothing was sent."""
    key = read_key(os.environ)
    with open_ledger(common.ledger) as ledger:
        log.info("Ledger: %s", ledger.place)
        campaign = campaign_of(common, ledger, name)
        with ledger.lock(campaign):
            refuse_stopped(ledger, campaign)
            ledger.orphans(campaign, time.time())
            found, delivered, code = _resumed(ledger, campaign, key, quiet=common.as_json)
            code = earlier(ledger, campaign, code, found)
    _show(campaign, found, delivered, code, as_json=common.as_json)
    return code


def access_to(ledger: Ledger, run: int, key: Key) -> Access:
    """The service as the environment, or else a run's campaign file, names it."""
    delivery = delivery_of(ledger.campaign_text(run))
    return Access(chosen_base_url(os.environ, delivery.base_url), key, delivery)


def _resumed(ledger: Ledger, campaign: str, key: Key, *, quiet: bool) -> tuple[list[Reconciled], list[Delivered], Exit]:
    """Reconcile, saying at once what came of it unless `quiet`, then send what is left. The newest of the runs that left something says where the service is."""
    concerned = {left.run for left in ledger.runs_left(campaign)}
    concerned |= {trace.run for trace in ledger.traces(campaign) if trace.is_open or trace.is_watched}
    if not concerned:
        return [], [], Exit.DONE
    access = access_to(ledger, max(concerned), key)
    _refuse_elsewhere(ledger.runs_left(campaign), access.base_url)
    found = reconciled(ledger, access, campaign)
    for each in () if quiet else found:
        click.echo(f"Reconciled: {each}.")
    runs = ledger.runs_left(campaign)
    _refuse_elsewhere(runs, access.base_url)
    if not runs:
        return found, [], Exit.DONE
    refuse_unknown(ledger, access, campaign, {each.head.agent_id for left in runs for each in ledger.ready(left.run)})
    for left in runs:
        ledger.use_key(left, access.key.fingerprint)
    return found, *_send(ledger, access, runs)


def _refuse_elsewhere(runs: Sequence[RunLeft], base_url: str) -> None:
    """A campaign that was confirmed for one service, a sandbox perhaps, is not sent to another."""
    for left in runs:
        if left.base_url != base_url:
            raise CampaignError(
                f"run {left.run} was sent to {left.base_url}, and this would send to {base_url}; set ELEVENLABS_BASE_URL"
                " to the run's, or plan anew with `campaign run`"
            )


def _send(ledger: Ledger, access: Access, runs: Sequence[RunLeft]) -> tuple[list[Delivered], Exit]:
    signals = Signals()
    delivered = asyncio.run(_delivered(ledger, access, runs, signals))
    for each in delivered:
        code = signals.exit_code or exit_code(each.batches, each.stopped)
        with flow.being_sent(each.run_id):
            ledger.end_run(each.run_id, code, time.time())
    stops = [each.stopped for each in delivered if each.stopped]
    together = exit_code([batch for each in delivered for batch in each.batches], stops[-1] if stops else None)
    return delivered, signals.exit_code or together


async def _delivered(ledger: Ledger, access: Access, runs: Sequence[RunLeft], signals: Signals) -> list[Delivered]:
    """One run after the other; the first that ends early is the last, unless it only waits for its hours."""
    delivered: list[Delivered] = []
    people = sum(batch.recipients for left in runs for batch in ledger.ready(left.run))
    with signals.caught(), progress_of(people) as progress:
        async with access.service() as service:
            for left in runs:
                effects = Effects(stop=signals.stop, progress=progress)
                delivered.append(await flow.resume(left, ledger, service, effects))
                if (stopped := delivered[-1].stopped) and stopped.kind is not StopKind.WINDOW:
                    break
    return delivered


def _show(
    campaign: str, found: Sequence[Reconciled], delivered: Sequence[Delivered], code: Exit, *, as_json: bool
) -> None:
    if as_json:
        runs = [
            {
                "run": each.run_id,
                "stopped": each.reason,
                "subtracted": each.subtracted,
                "batches": [asdict(batch) for batch in each.batches],
            }
            for each in delivered
        ]
        told = {
            "campaign": campaign,
            "exit_code": int(code),
            "reconciled": [asdict(each) for each in found],
            "runs": runs,
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        warn_why(" ".join(map(_verdict, delivered)), code)
        return
    for each in delivered:
        click.echo(_verdict(each))
        for batch in each.batches:
            if batch.named_rows:
                said = masked_text(batch.said or "")
                click.echo(f"Batch {batch.number} is {batch.state.value}: {said}{named(batch.named_rows)}")
    if not found and not delivered:
        click.echo(f"Nothing of {campaign} is left to be done.")


def _verdict(each: Delivered) -> str:
    stopped = f" Sending ended early: {each.reason}." if each.stopped else ""
    return f"Run {each.run_id}: {outcome_of(each.batches)}{subtracted(each.subtracted)}{stopped}"
