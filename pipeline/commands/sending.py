"""Sending, as `run` and `test` do it: who asks, with which key, into which ledger, and how it is told."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import click

from pipeline.campaign_file import load
from pipeline.commands.options import Common
from pipeline.commands.progress import progress_of
from pipeline.commands.saving import refuse_unfilled
from pipeline.commands.signals import Signals
from pipeline.deliver.adopt import RunContext
from pipeline.deliver.outcome import exit_code
from pipeline.deliver.reconcile import Place
from pipeline.flow import Delivered, Effects, deliver
from pipeline.ledger import stops
from pipeline.ledger.opening import LedgerMissing, open_ledger
from pipeline.ledger.store import Ledger
from pipeline.service.base_url import chosen_base_url
from pipeline.service.client import Service
from pipeline.service.key import Key, read_key
from schemas.campaign import Campaign, Delivery
from schemas.errors import CampaignError, Exit
from schemas.plan import Plan
from schemas.sealed import RunFrom


@dataclass(frozen=True)
class Access:
    """Which service, with which key, and how patiently."""

    base_url: str
    key: Key
    delivery: Delivery

    def service(self) -> Service:
        """A client, to be entered."""
        return Service(self.base_url, self.key, timeout=self.delivery.timeout, attempts=self.delivery.attempts)

    @property
    def place(self) -> Place:
        """What the ledger knows of it."""
        return Place(self.base_url, self.key.fingerprint)


@dataclass(frozen=True)
class Sender:
    """Who sends: a campaign file, a key and a service."""

    campaign: Campaign
    campaign_text: str
    campaign_path: Path
    key: Key
    base_url: str

    @property
    def name(self) -> str:
        """The campaign's name."""
        return self.campaign.campaign.name

    @property
    def access(self) -> Access:
        """The service."""
        return Access(self.base_url, self.key, self.campaign.delivery)


def sender_of(common: Common) -> Sender:
    """Read the campaign file and the environment; raises CampaignError where one of them does not do."""
    campaign, text = load(common.campaign_file)
    refuse_unfilled(campaign, common.campaign_file)
    base_url = chosen_base_url(os.environ, campaign.delivery.base_url)
    return Sender(campaign, text, common.campaign_file, read_key(os.environ), base_url)


def ledger_of(common: Common, *, create: bool) -> Ledger:
    """The ledger, made if that was asked for or a person at a terminal agrees."""
    try:
        return open_ledger(common.ledger, create=create)
    except LedgerMissing as missing:
        if not sys.stdin.isatty():
            raise
        click.echo(f"{missing}.", err=True)
        with interruptible():
            if not click.confirm("Begin one there? Then nobody counts as called before", err=True):
                raise
        return open_ledger(common.ledger, create=True)


def refuse_stopped(ledger: Ledger, campaign: str) -> None:
    """Raise CampaignError (exit 2) if the campaign is stopped; says since when and by whom."""
    with ledger.transaction(reading=True) as connection:
        stops.refuse_stopped(connection, campaign)


def ask(word: str, question: str, *, yes: bool, done: str = "sent") -> None:
    """Let a person type `word`, unless `yes`; raises CampaignError (exit 1) for anything else: nothing was `done`."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CampaignError(f"there is no terminal to ask on, so nothing was {done}; --yes goes without a question")
    with interruptible():
        typed = click.prompt(question, err=True, prompt_suffix=" ", default="", show_default=False)
    if typed.strip() != word:
        raise CampaignError(f"not confirmed: nothing was {done}", exit_code=Exit.STOPPED)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end a question: the handler that polars puts in Python's place does not interrupt a read."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def send(
    sender: Sender, ledger: Ledger, plan: Plan, kind: Literal["run", "test"], of: RunFrom | None = None
) -> tuple[Delivered, Exit]:
    """Deliver a plan with a bar on the terminal and Ctrl-C in its place; what came of it, and the exit code.

    `of` is the saved plan that it comes from, if it does.

    The run is still to be ended in the ledger, with the code that the process ends with.
    """
    signals = Signals()
    context = _context(sender, plan, kind, of)
    delivered = asyncio.run(_delivered(sender, ledger, plan, context, signals))
    return delivered, signals.exit_code or exit_code(delivered.batches, delivered.stopped)


async def _delivered(sender: Sender, ledger: Ledger, plan: Plan, context: RunContext, signals: Signals) -> Delivered:
    people = sum(batch.recipients for batch in plan.batches)
    with signals.caught(), progress_of(people) as progress:
        async with sender.access.service() as service:
            effects = Effects(stop=signals.stop, progress=progress)
            return await deliver(plan, ledger, service, context, effects)


def _context(sender: Sender, plan: Plan, kind: Literal["run", "test"], of: RunFrom | None) -> RunContext:
    return RunContext(
        base_url=sender.base_url,
        key_fingerprint=sender.key.fingerprint,
        campaign_text=sender.campaign_text,
        program_version=version("campaign"),
        host=socket.gethostname(),
        pid=os.getpid(),
        kind=kind,
        inputs=_inputs(sender, plan),
        plan=of,
    )


def _inputs(sender: Sender, plan: Plan) -> Mapping[str, str]:
    """SHA-256 of what the run was made from. The texts of files that the campaign file names are in the requests."""
    return {
        str(sender.campaign_path): sha256(sender.campaign_text.encode()).hexdigest(),
        plan.source.name: plan.source.sha256,
    }
