"""`run` in order: the lock, what earlier runs left open, the plan, the question, the sending, the report."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.commands.approved import FromFile, from_file, refuse_other_voices, refuse_unapproved
from pipeline.commands.learning import learn_results
from pipeline.commands.messages import log
from pipeline.commands.options import Common
from pipeline.commands.preflight import preflighted
from pipeline.commands.reconciling import earlier, reconciled, refuse_unknown, tell
from pipeline.commands.reporting import reported, show, warn_why
from pipeline.commands.saving import noted
from pipeline.commands.sending import Sender, ask, ledger_of, refuse_stopped, send, sender_of
from pipeline.deliver.adopt import ClaimConflict
from pipeline.deliver.reconcile import Reconciled
from pipeline.flow import being_sent, plan, plan_again
from pipeline.ledger import aging
from pipeline.ledger.store import Ledger
from pipeline.report.files import unused
from pipeline.report.make import after, with_earlier
from pipeline.report.refused import as_left, as_sent
from pipeline.report.terminal import what
from pipeline.report.write import write_report
from schemas.days import SECONDS
from schemas.errors import CampaignError, Exit
from schemas.plan import Memory, Plan
from schemas.report import ReconciledLine, Report

#: How often a plan is made anew because somebody else claimed one of its people meanwhile.
_PLANS = 3


@dataclass(frozen=True)
class Asked:
    """The options of `run`. `folder` None: no report. `plan` is the file of a saved plan."""

    files: tuple[Path, ...]
    folder: Path | None
    limit: int | None
    plan: Path | None
    skip_check: str | None
    yes: bool
    create_ledger: bool
    show_numbers: bool


@dataclass(frozen=True)
class _Ended:
    """What a run came to: its plan, the report, where that belongs (None: nowhere), and the exit code."""

    plan: Plan
    report: Report
    folder: Path | None
    code: Exit


def run(common: Common, asked: Asked) -> Exit:
    """Run the campaign; raises CampaignError where nothing was sent."""
    sender = sender_of(common)
    if asked.plan is None:
        refuse_unapproved(sender)
    saved = from_file(sender, asked.plan, asked.files) if asked.plan else None
    with ledger_of(common, create=asked.create_ledger) as ledger:
        log.info("Ledger: %s", ledger.place)
        with ledger.lock(sender.name):
            refuse_stopped(ledger, sender.name)
            ledger.orphans(sender.name, time.time())
            tell(found := reconciled(ledger, sender.access, sender.name))
            if sender.campaign.recall:
                learn_results(ledger, sender.name)
            _drop_old_words(ledger, sender)
            if saved:
                noted(ledger, saved.path, saved.of.seal)
            ended = _planned_anew(sender, ledger, asked, found, saved)
    _tell(ended, as_json=common.as_json)
    return ended.code


def _drop_old_words(ledger: Ledger, sender: Sender) -> None:
    """Delete what was said in runs of the campaign that are over for longer than `[ledger] keep`, and say so."""
    days = sender.campaign.ledger.keep
    with ledger.transaction() as connection:
        old = aging.aged(connection, time.time() - days * SECONDS, sender.name)
        dropped = aging.drop_words(connection, old.over)
    if dropped:
        log.info("The words of %d batches are older than [ledger] keep, %d days, and were deleted.", dropped, days)


def _tell(ended: _Ended, *, as_json: bool) -> None:
    """Write and print the report; that this cannot be done changes nothing about what was sent."""
    written: list[Path] = []
    try:
        written = write_report(ended.plan, ended.report, ended.folder) if ended.folder else []
    except CampaignError as error:
        log.warning("the report is missing: %s", error)
    try:
        show(ended.report, written, as_json=as_json)
    except CampaignError as error:
        log.warning("%s; %s", error, ended.report.verdict)
    if as_json:
        warn_why(ended.report.verdict, ended.code)


def _planned_anew(
    sender: Sender, ledger: Ledger, asked: Asked, found: Sequence[Reconciled], saved: FromFile | None
) -> _Ended:
    for _ in range(_PLANS):
        memory, now = _memory(ledger, sender), datetime.now(UTC)
        made = (
            plan_again(saved.plan, memory, now)
            if saved
            else plan(sender.campaign, asked.files, memory, now, limit=asked.limit)
        )
        try:
            return _carried_out(sender, ledger, asked, made, found, saved=saved)
        except ClaimConflict as conflict:
            log.warning("%s; planning again", conflict)
    raise CampaignError("another run keeps claiming the same people; run again when it has ended", exit_code=Exit.BUSY)


def _memory(ledger: Ledger, sender: Sender) -> Memory:
    campaign = sender.campaign
    return ledger.memory(sender.name, recall=campaign.recall, calls_since=campaign.rules.calls_since(time.time()))


def _carried_out(
    sender: Sender, ledger: Ledger, asked: Asked, made: Plan, found: Sequence[Reconciled], *, saved: FromFile | None
) -> _Ended:
    """Send the plan unless there is a reason not to; `found` is what came of earlier runs' batches before."""
    if not made.source.rows:
        log.warning("%s holds a header and no rows", made.source.path)
    if made.refusals:
        return _Ended(made, _report(made, asked, found), asked.folder, Exit.STOPPED)
    if not made.batches:
        code = earlier(ledger, sender.name, Exit.DONE, found)
        report = with_earlier(_report(made, asked, found), ledger.unconfirmed(sender.name))
        return _Ended(made, report, asked.folder, code)
    made = preflighted(sender.access, made, asked.skip_check)
    if saved:
        refuse_other_voices(saved, made)
    report = _report(made, asked, found)
    if made.refusals:
        return _Ended(made, report, asked.folder, Exit.REFUSED)
    refuse_unknown(ledger, sender.access, sender.name, made.campaign.agents)
    people = report.counts.planned
    ask(str(people), _question(sender, report, saved), yes=asked.yes)
    delivered, code = send(sender, ledger, made, "run", saved.of if saved else None)
    with being_sent(delivered.run_id):
        code = earlier(ledger, sender.name, code, found)
        ledger.end_run(delivered.run_id, code, time.time())
        left = as_left(as_sent(made, delivered.batches), ledger.refused_rows(delivered.run_id))
        lost = ledger.unconfirmed(sender.name)
    report = report if left is made else _report(left, asked, found)
    folder = asked.folder and unused(asked.folder / f"run-{delivered.run_id}")
    gone, halted = delivered.subtracted, delivered.is_halted
    ended = after(report, delivered.run_id, delivered.batches, delivered.reason, gone, halted=halted)
    return _Ended(left, with_earlier(ended, lost), folder, code)


def _report(made: Plan, asked: Asked, found: Sequence[Reconciled]) -> Report:
    lines = tuple(ReconciledLine(**asdict(each)) for each in found)
    return reported(made, show_numbers=asked.show_numbers).model_copy(update={"reconciled": lines})


def _question(sender: Sender, report: Report, saved: FromFile | None) -> str:
    """All that must be known before anybody's phone rings, and the question."""
    people = report.counts.planned
    lines = [report.verdict, *(line.plain for line in what(report)), f"The service is {sender.base_url}."]
    lines += [str(saved)] if saved else []
    return "\n".join([*lines, f"Type {people} to call {people:,} people:"])
