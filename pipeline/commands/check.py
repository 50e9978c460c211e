"""`campaign check`: the dry run."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import Common, common_options, report_folder, skip_check, source_files
from schemas.errors import Exit

if TYPE_CHECKING:
    from schemas.plan import Plan


@click.command("check")
@common_options
@source_files
@click.option(
    "--report", "folder", type=click.Path(path_type=Path), help="Where the report goes.  [default: FILE-report]"
)
@click.option("--no-report", is_flag=True, help="Write no report.")
@click.option("--requests", type=click.Path(path_type=Path), help="Write the exact request bodies into this folder.")
@click.option("--save-plan", "plan_file", type=click.Path(path_type=Path), help="Seal the plan into this new file.")
@click.option("--limit", type=click.IntRange(min=1), help="Plan for this many people at the most.")
@click.option(
    "--online", is_flag=True, help="Ask the service, too, whether its agents and numbers suit. Needs the key."
)
@skip_check
@click.option("--strict", is_flag=True, help="Exit with 1 if any row is to fix.")
@click.option("--show-numbers", is_flag=True, help="Do not mask phone numbers.")
def command(
    common: Common,
    files: tuple[Path, ...],
    folder: Path | None,
    requests: Path | None,
    plan_file: Path | None,
    *,
    limit: int | None,
    skip_check: str | None,
    online: bool,
    no_report: bool,
    strict: bool,
    show_numbers: bool,
) -> int:
    """Say what `run` would do with FILE, and which rows must be mended. No key, no network, nobody is called.

    Exit 0: run would go. 1: run would send nothing, and why is said (with --strict: or a row is to fix). With --online,
    2: the agents and numbers at the service do not suit.
    """
    from pipeline.commands.planning import planned
    from pipeline.commands.reporting import reported, show
    from pipeline.commands.saving import refuse_existing, saved
    from pipeline.report.write import write_report

    if skip_check and not online:
        raise click.UsageError("--skip-check is of use together with --online only")
    if plan_file:
        refuse_existing(plan_file)
    offline, text = planned(common, files, limit=limit)
    plan = _asked_online(common, offline, skip_check) if online else offline
    report = reported(plan, show_numbers=show_numbers)
    written = [] if no_report else write_report(plan, report, folder or report_folder(files))
    if requests:
        written += _bodies(plan, requests)
    if plan_file:
        written += saved(common, plan, text, plan_file)
    show(report, written, as_json=common.as_json)
    code = _exit_code(offline, strict=strict)
    return Exit.REFUSED if code is Exit.DONE and plan.refusals else code


def _bodies(plan: "Plan", folder: Path) -> list[Path]:
    from pipeline.commands.messages import log
    from pipeline.report.write import write_requests

    if not (written := write_requests(plan, folder)):
        log.info("No request bodies were written into %s: nobody is to be called.", folder)
    return written


def _asked_online(common: Common, plan: "Plan", skipped: str | None) -> "Plan":
    from pipeline.commands.preflight import preflighted
    from pipeline.commands.sending import sender_of

    return preflighted(sender_of(common).access, plan, skipped)


def _exit_code(plan: "Plan", *, strict: bool) -> Exit:
    from schemas.outcomes import Outcome

    stopped = bool(plan.refusals) or (strict and plan.count(Outcome.TO_FIX) > 0)
    return Exit.STOPPED if stopped else Exit.DONE
