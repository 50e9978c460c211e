"""`run` in order: the lock, the plan, the question, the sending, the report."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.commands.messages import log
from pipeline.commands.options import Common
from pipeline.commands.sending import Sender, ask, ledger_of, refuse_stopped, send, sender_of
from pipeline.deliver.adopt import ClaimConflict
from pipeline.flow import plan
from pipeline.ledger.store import Ledger
from pipeline.report.make import after, report_of
from pipeline.report.terminal import show
from pipeline.report.write import write_report
from schemas.errors import CampaignError, Exit
from schemas.plan import Plan
from schemas.report import Report

#: How often a plan is made anew because somebody else claimed one of its people meanwhile.
_PLANS = 3


@dataclass(frozen=True)
class Asked:
    """The options of `run`. `folder` None: no report."""

    file: Path
    folder: Path | None
    limit: int | None
    yes: bool
    create_ledger: bool
    show_numbers: bool


def run(common: Common, asked: Asked) -> Exit:
    """Run the campaign; raises CampaignError where nothing was sent."""
    sender = sender_of(common)
    with ledger_of(common, create=asked.create_ledger) as ledger:
        log.info("Ledger: %s", ledger.path)
        with ledger.lock(sender.name):
            refuse_stopped(ledger, sender.name)
            ledger.orphans(sender.name, time.time())
            report, folder, code, made = _planned_anew(sender, ledger, asked)
    show(report, _written(made, report, folder), as_json=common.as_json)
    return code


def _written(made: Plan, report: Report, folder: Path | None) -> list[Path]:
    """The files of the report; that they cannot be written changes nothing about what was sent."""
    try:
        return write_report(made, report, folder) if folder else []
    except CampaignError as error:
        log.warning("the report is missing: %s", error)
        return []


def _planned_anew(sender: Sender, ledger: Ledger, asked: Asked) -> tuple[Report, Path | None, Exit, Plan]:
    for _ in range(_PLANS):
        made = plan(sender.campaign, asked.file, ledger.memory(sender.name), datetime.now(UTC), limit=asked.limit)
        try:
            return (*_carried_out(sender, ledger, asked, made), made)
        except ClaimConflict as conflict:
            log.warning("%s; planning again", conflict)
    raise CampaignError("another run keeps claiming the same people; run again when it has ended", exit_code=Exit.BUSY)


def _carried_out(sender: Sender, ledger: Ledger, asked: Asked, made: Plan) -> tuple[Report, Path | None, Exit]:
    """Send the plan unless there is a reason not to: the report, where it belongs, and the exit code."""
    report = report_of(made, show_numbers=asked.show_numbers)
    if made.refusals:
        return report, asked.folder, Exit.STOPPED
    if not made.batches:
        return report, asked.folder, _earlier(sender, ledger, Exit.DONE)
    people = report.counts.planned
    ask(str(people), f"{report.verdict} Type {people} to call {people:,} people:", yes=asked.yes)
    delivered, code = send(sender, ledger, made, "run")
    folder = asked.folder and asked.folder / f"run-{delivered.run_id}"
    return after(report, delivered.run_id, delivered.batches, delivered.reason), folder, _earlier(sender, ledger, code)


def _earlier(sender: Sender, ledger: Ledger, code: Exit) -> Exit:
    """Exit 4 as long as the campaign has unconfirmed batches, whichever run they are of."""
    lost = ledger.unconfirmed(sender.name)
    for batch in lost:
        log.warning(
            "run %d, batch %d (%d people) is unconfirmed: its calls may have been placed; look at the service for %r",
            batch.run_id,
            batch.number,
            batch.recipients,
            batch.call_name,
        )
    return Exit.UNCONFIRMED if lost and code in (Exit.DONE, Exit.STOPPED, Exit.NOT_SENT) else code
