"""`approve` in order: the plan as it was sealed, what it would do, the question, the approval in its file."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from pipeline.commands.answer import answer
from pipeline.commands.messages import log
from pipeline.commands.options import Common
from pipeline.commands.reporting import reported
from pipeline.commands.saving import noted_if_any
from pipeline.commands.sending import ask
from pipeline.commands.user import user
from pipeline.plan.approval import approval_key
from pipeline.plan.saved import SavedPlan, load_plan
from pipeline.plan.since import refuse_old
from pipeline.report.tame import tamed
from pipeline.report.terminal import summary
from pipeline.report.write import write_report
from schemas.errors import Exit
from schemas.plan import Plan
from schemas.report import Report
from schemas.sealed import Approval, expiry, short


@dataclass(frozen=True)
class Asked:
    """The options of `approve`. `folder` None: no report."""

    path: Path
    folder: Path | None
    note: str | None
    yes: bool
    show_numbers: bool


def approve(common: Common, asked: Asked) -> Exit:
    """Approve a plan; raises CampaignError where it is none, was changed, has expired, or the question is not confirmed."""
    key = approval_key(os.environ)
    saved = load_plan(asked.path)
    archive = saved.archive
    refuse_old(saved.plan, datetime.now(UTC))
    report = _report(saved.plan, asked)
    given = archive.approval
    is_new = given is None or not given.holds(archive.seal, key)
    if given is None or is_new:
        people = report.counts.planned
        ask(str(people), "\n".join(_question(saved, report)), yes=asked.yes, done="approved")
        now = datetime.now(UTC)
        note = " ".join((asked.note or "").split()) or None
        given = Approval(seal=archive.seal, by=user(), host=socket.gethostname(), at=now, note=note).signed(key)
        archive.approve(given)
        noted_if_any(common.ledger, asked.path, archive.seal)
    answer(lambda: _write(saved, given, report, is_new=is_new, asked=asked, as_json=common.as_json))
    return Exit.DONE


def _report(plan: Plan, asked: Asked) -> Report:
    """The report of the plan, written where that was asked for."""
    report = reported(plan, show_numbers=asked.show_numbers)
    report = report.model_copy(
        update={"next_steps": (f"Approved, it is run with `campaign run --plan {asked.path}`.",)}
    )
    for path in write_report(plan, report, asked.folder)[:1] if asked.folder else []:
        log.info("To look at: %s", path)
    return report


def _question(saved: SavedPlan, report: Report) -> Iterator[str]:
    """All that is approved, and the question."""
    yield from _told(saved, report)
    people = report.counts.planned
    yield f"Type {people} to approve calling {people:,} people:"


def _told(saved: SavedPlan, report: Report) -> Iterator[str]:
    plan = saved.plan
    until = expiry(plan.planned_at, plan.campaign.rules.plan_valid)
    yield from (line.plain for line in summary(report, []))
    yield ""
    yield tamed(
        f"Plan {short(saved.archive.seal)} of {plan.source.name}, made {plan.planned_at:%Y-%m-%d %H:%M} UTC, may be run"
        f" until {until:%Y-%m-%d %H:%M} UTC."
    )


def _write(saved: SavedPlan, given: Approval, report: Report, *, is_new: bool, asked: Asked, as_json: bool) -> None:
    if as_json:
        told = {"plan": str(asked.path), "approval": given.model_dump(mode="json", exclude={"mac"})}
        told["report"] = report.model_dump(mode="json")
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    if asked.yes or not is_new:  # else it was shown with the question
        for line in _told(saved, report):
            click.echo(line)
    note = f": {given.note}" if given.note else ""
    already = "" if is_new else "already "
    click.echo(f"The plan was {already}approved by {given.who}, {given.at:%Y-%m-%d %H:%M} UTC{note}.")
