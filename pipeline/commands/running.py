"""`run` in order: the lock, what earlier runs left open, the plan, the question, the sending, the report."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.commands.messages import log
from pipeline.commands.options import Common
from pipeline.commands.reconciling import earlier, reconciled, refuse_unknown, tell
from pipeline.commands.reporting import show
from pipeline.commands.sending import Sender, ask, ledger_of, refuse_stopped, send, sender_of
from pipeline.deliver.adopt import ClaimConflict
from pipeline.flow import plan
from pipeline.ledger import aging
from pipeline.ledger.store import Ledger
from pipeline.report.files import unused
from pipeline.report.make import after, report_of
from pipeline.report.terminal import what
from pipeline.report.write import write_report
from schemas.days import SECONDS
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


@dataclass(frozen=True)
class _Ended:
    """What a run came to: its report, where that belongs (None: nowhere), and the exit code."""

    report: Report
    folder: Path | None
    code: Exit


def run(common: Common, asked: Asked) -> Exit:
    """Run the campaign; raises CampaignError where nothing was sent."""
    sender = sender_of(common)
    with ledger_of(common, create=asked.create_ledger) as ledger:
        log.info("Ledger: %s", ledger.path)
        with ledger.lock(sender.name):
            refuse_stopped(ledger, sender.name)
            ledger.orphans(sender.name, time.time())
            tell(reconciled(ledger, sender.access, sender.name))
            _drop_old_words(ledger, sender)
            made, ended = _planned_anew(sender, ledger, asked)
    _tell(made, ended, as_json=common.as_json)
    return ended.code


def _drop_old_words(ledger: Ledger, sender: Sender) -> None:
    """Delete what was said in runs of the campaign that are over for longer than `[ledger] keep`, and say so."""
    days = sender.campaign.ledger.keep
    with ledger.transaction() as connection:
        old = aging.aged(connection, time.time() - days * SECONDS, sender.name)
        dropped = aging.drop_words(connection, old.over)
    if dropped:
        log.info("The words of %d batches are older than [ledger] keep, %d days, and were deleted.", dropped, days)


def _tell(made: Plan, ended: _Ended, *, as_json: bool) -> None:
    """Write and print the report; that this cannot be done changes nothing about what was sent."""
    written: list[Path] = []
    try:
        written = write_report(made, ended.report, ended.folder) if ended.folder else []
    except CampaignError as error:
        log.warning("the report is missing: %s", error)
    try:
        show(ended.report, written, as_json=as_json)
    except CampaignError as error:
        log.warning("%s; %s", error, ended.report.verdict)


def _planned_anew(sender: Sender, ledger: Ledger, asked: Asked) -> tuple[Plan, _Ended]:
    for _ in range(_PLANS):
        made = plan(sender.campaign, asked.file, ledger.memory(sender.name), datetime.now(UTC), limit=asked.limit)
        try:
            return made, _carried_out(sender, ledger, asked, made)
        except ClaimConflict as conflict:
            log.warning("%s; planning again", conflict)
    raise CampaignError("another run keeps claiming the same people; run again when it has ended", exit_code=Exit.BUSY)


def _carried_out(sender: Sender, ledger: Ledger, asked: Asked, made: Plan) -> _Ended:
    """Send the plan unless there is a reason not to."""
    report = report_of(made, show_numbers=asked.show_numbers)
    if not made.source.rows:
        log.warning("%s holds a header and no rows", made.source.path)
    if made.refusals:
        return _Ended(report, asked.folder, Exit.STOPPED)
    if not made.batches:
        return _Ended(report, asked.folder, earlier(ledger, sender.name, Exit.DONE))
    refuse_unknown(ledger, sender.access, sender.name, {made.head.agent_id})
    people = report.counts.planned
    ask(str(people), _question(sender, report), yes=asked.yes)
    delivered, code = send(sender, ledger, made, "run")
    code = earlier(ledger, sender.name, code)
    ledger.end_run(delivered.run_id, code, time.time())
    folder = asked.folder and unused(asked.folder / f"run-{delivered.run_id}")
    return _Ended(after(report, delivered.run_id, delivered.batches, delivered.reason), folder, code)


def _question(sender: Sender, report: Report) -> str:
    """All that must be known before anybody's phone rings, and the question."""
    people = report.counts.planned
    lines = [report.verdict, *(line.plain for line in what(report)), f"The service is {sender.base_url}."]
    return "\n".join([*lines, f"Type {people} to call {people:,} people:"])
