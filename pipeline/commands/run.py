"""`campaign run`: plan, ask, submit."""

from pathlib import Path

import click

from pipeline.commands.options import Common, common_options, exit_codes, files_if_any, report_folder, skip_check


@click.command("run", epilog=exit_codes())
@common_options
@files_if_any
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
@click.option(
    "--limit", type=click.IntRange(min=1), help="Call this many people at the most; the next run calls the next."
)
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path),
    help="Submit this saved plan; FILE is only needed if its export was moved.",
)
@skip_check
@click.option("--create-ledger", is_flag=True, help="Begin a ledger where there is none.")
@click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path),
    help="Where the report goes, as run-N.  [default: FILE-report or PLAN-report]",
)
@click.option("--no-report", is_flag=True, help="Write no report.")
@click.option("--show-numbers", is_flag=True, help="Do not mask phone numbers.")
def command(
    common: Common,
    files: tuple[Path, ...],
    plan_file: Path | None,
    folder: Path | None,
    limit: int | None,
    *,
    skip_check: str | None,
    yes: bool,
    create_ledger: bool,
    no_report: bool,
    show_numbers: bool,
) -> int:
    """Call the people in FILE whom the campaign has not called yet: plan, ask, submit each batch once.

    With --plan: those of a saved plan, with the words that were sealed, less who was called or blocked since.
    """
    from pipeline.commands.running import Asked, run

    if not (files or plan_file):
        raise click.UsageError("name a FILE, or a saved plan with --plan")
    if plan_file and limit:
        raise click.UsageError("--limit goes with a FILE: a saved plan is run as it was sealed")
    folder = None if no_report else folder or report_folder((plan_file,) if plan_file else files)
    given = {"yes": yes, "create_ledger": create_ledger, "show_numbers": show_numbers}
    return run(common, Asked(files, folder, limit, plan_file, skip_check, **given))
