"""`batch settle`: a person says what became of a batch, as far as it can be checked."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

import click

from pipeline.campaign_file.kept import delivery_of
from pipeline.commands.messages import log
from pipeline.commands.options import Common
from pipeline.commands.resuming import access_to
from pipeline.commands.sending import Access, ask
from pipeline.commands.user import user
from pipeline.deliver.reconcile import token_of
from pipeline.ledger.opening import open_ledger
from pipeline.ledger.reconciling import Trace, Word
from pipeline.ledger.shown import shown_batch
from pipeline.ledger.store import Ledger
from pipeline.service.client import Service, ServiceError
from pipeline.service.key import read_key
from schemas.errors import CampaignError, Exit
from schemas.receipts import Receipt
from schemas.states import BatchState


@dataclass(frozen=True)
class Asked:
    """What `batch settle` was told; `service_id` None: no calls were placed. `people` None: it is to be typed."""

    run: int
    batch: int
    service_id: str | None
    people: int | None
    unchecked: bool = False


def settle(common: Common, asked: Asked) -> None:
    """Write a person's word down; raises CampaignError where it is not confirmed, or the service says otherwise."""
    with open_ledger(common.ledger) as ledger:
        with ledger.transaction(reading=True) as connection:
            campaign = shown_batch(connection, asked.run, asked.batch).campaign
        with ledger.lock(campaign):
            ledger.orphans(campaign, time.time())
            trace = _open(ledger, campaign, asked)
            placed, note = _checked(ledger, campaign, trace, asked)
            _warn_early(ledger, trace, asked)
            _confirm(trace, asked)
            if not ledger.settle(trace, Word(user(), placed, note), time.time()):
                raise CampaignError(f"run {asked.run}, batch {asked.batch} is not unconfirmed any more")
    state = BatchState.PLANNED if asked.service_id is None else BatchState.ACCEPTED
    if common.as_json:
        told = {"run": asked.run, "batch": asked.batch, "recipients": trace.recipients, "state": state, "note": note}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    after = "is planned again; `campaign resume` sends it" if asked.service_id is None else "is accepted"
    checked = f" ({note})" if note else ""
    click.echo(f"Run {asked.run}, batch {asked.batch} ({trace.recipients:,} people) {after}{checked}.")


def _open(ledger: Ledger, campaign: str, asked: Asked) -> Trace:
    """The last attempt of the batch, which is unconfirmed."""
    mine = [each for each in ledger.traces(campaign) if (each.run, each.batch) == (asked.run, asked.batch)]
    if not mine or not mine[-1].is_open:
        raise CampaignError(f"run {asked.run}, batch {asked.batch} is not unconfirmed: there is nothing to settle")
    return mine[-1]


def _warn_early(ledger: Ledger, trace: Trace, asked: Asked) -> None:
    """Say that the calls may yet turn up, where the grace time is not over."""
    left = delivery_of(ledger.campaign_text(trace.run)).grace - (time.time() - trace.given_up_at)
    if asked.service_id is None and left > 0:
        log.warning(
            "the calls may still turn up at the service within %.0f s; whoever is called then is called twice", left
        )


def _confirm(trace: Trace, asked: Asked) -> None:
    if asked.people is not None and asked.people != trace.recipients:
        raise CampaignError(f"the batch has {trace.recipients} people, not {asked.people}; nothing was changed")
    if asked.people is None and not sys.stdin.isatty():
        raise CampaignError("there is no terminal to ask on; add --yes and --people, the number of people in the batch")
    people = str(trace.recipients)
    what = "were not called, and may be called again" if asked.service_id is None else "were called"
    ask(people, f"Type {people} to say that its {people} people {what}:", yes=asked.people is not None)


def _checked(ledger: Ledger, campaign: str, trace: Trace, asked: Asked) -> tuple[Receipt | str | None, str | None]:
    """What the service says of it, and what could not be checked; raises CampaignError where it says otherwise.

    That nothing was placed is believed without the service only by those who ask for that.
    """
    service_id = asked.service_id
    if service_id is not None and (other := ledger.batch_with(service_id)):
        raise CampaignError(f"{service_id} is batch {other[1]} of run {other[0]} already")
    mark = ledger.mark(campaign)
    try:
        access = _same_access(ledger, trace)
        if service_id is None:
            asyncio.run(_with(access, lambda service: _refuse_listed(service, trace, mark)))
            return None, None
        return asyncio.run(_with(access, lambda service: _receipt(service, trace, service_id, mark))), None
    except _Unchecked as why:
        note = f"not checked at the service: {why}"
        if service_id is None and not asked.unchecked:
            raise CampaignError(
                f"{note}; nothing was changed; try again, or add --unchecked if you know that nobody was called",
                exit_code=Exit.NOT_SENT,
            ) from None
        log.warning("%s", note)
        return service_id, note


class _Unchecked(Exception):  # noqa: N818 -- named as what happened
    """The service cannot be asked."""


def _same_access(ledger: Ledger, trace: Trace) -> Access:
    try:
        access = access_to(ledger, trace.run, read_key(os.environ))
    except CampaignError as error:
        raise _Unchecked(str(error)) from None
    if access.base_url != trace.base_url:
        raise _Unchecked(f"it was sent to {trace.base_url}, and this is {access.base_url}")
    return access


async def _with(access: Access, question: Callable[[Service], Awaitable[Receipt | None]]) -> Receipt | None:
    try:
        async with access.service() as service:
            return await question(service)
    except ServiceError as error:
        raise _Unchecked(str(error)) from None


async def _refuse_listed(service: Service, trace: Trace, mark: str) -> None:
    """Raise CampaignError when the attempt's token is at the service: its calls were placed."""
    async for receipt in service.batches(trace.agent_id):
        if trace.token is not None and token_of(receipt.name, mark) == trace.token:
            raise CampaignError(
                f"its calls were placed: the service has it as {receipt.id}; use `campaign batch reconcile`"
            )


async def _receipt(service: Service, trace: Trace, service_id: str, mark: str) -> Receipt:
    """The batch at the service; raises CampaignError when it is none, or cannot be this one."""
    try:
        there = await service.batch(service_id)
    except ServiceError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            raise CampaignError(f"the service has no batch {service_id}; nothing was changed") from None
        raise
    token = token_of(there.name, mark)
    people = len(there.recipients)
    if there.agent_id != trace.agent_id or people != trace.recipients or token not in (None, trace.token):
        raise CampaignError(
            f"{service_id} is another batch: {there.name!r}, {people} people, agent {there.agent_id}; nothing was changed"
        )
    return Receipt.model_validate(there.model_dump(exclude={"recipients"}))
