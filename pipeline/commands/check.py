"""`campaign check`: the dry run."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import Common, common_options, report_folder, source_files
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
@click.option("--limit", type=click.IntRange(min=1), help="Plan for this many people at the most.")
@click.option("--strict", is_flag=True, help="Exit with 1 if any row is to fix.")
@click.option("--show-numbers", is_flag=True, help="Do not mask phone numbers.")
def command(
    common: Common,
    files: tuple[Path, ...],
    folder: Path | None,
    requests: Path | None,
    limit: int | None,
    *,
    no_report: bool,
    strict: bool,
    show_numbers: bool,
) -> int:
    """Say what `run` would do with FILE, and which rows must be mended. No key, no network, nobody is called.

    Exit 0: run would go. 1: run would send nothing, and why is said (with --strict: or a row is to fix).
    """
    from pipeline.commands.messages import log
    from pipeline.commands.planning import planned
    from pipeline.commands.reporting import reported, show
    from pipeline.report.write import write_report, write_requests

    plan = planned(common, files, limit=limit)
    report = reported(plan, show_numbers=show_numbers)
    written = [] if no_report else write_report(plan, report, folder or report_folder(files))
    if requests:
        written += (bodies := write_requests(plan, requests))
        if not bodies:
            log.info("No request bodies were written into %s: nobody is to be called.", requests)
    show(report, written, as_json=common.as_json)
    return _exit_code(plan, strict=strict)


def _exit_code(plan: "Plan", *, strict: bool) -> Exit:
    from schemas.codes import Outcome

    stopped = bool(plan.refusals) or (strict and plan.count(Outcome.TO_FIX) > 0)
    return Exit.STOPPED if stopped else Exit.DONE
