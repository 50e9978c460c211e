"""`campaign run`: plan, ask, submit."""

from pathlib import Path

import click

from pipeline.commands.options import Common, common_options, exit_codes, report_folder, skip_check, source_files


@click.command("run", epilog=exit_codes())
@common_options
@source_files
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
@click.option(
    "--limit", type=click.IntRange(min=1), help="Call this many people at the most; the next run calls the next."
)
@skip_check
@click.option("--create-ledger", is_flag=True, help="Begin a ledger where there is none.")
@click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path),
    help="Where the report goes, as run-N.  [default: FILE-report]",
)
@click.option("--no-report", is_flag=True, help="Write no report.")
@click.option("--show-numbers", is_flag=True, help="Do not mask phone numbers.")
def command(
    common: Common,
    files: tuple[Path, ...],
    folder: Path | None,
    limit: int | None,
    *,
    skip_check: str | None,
    yes: bool,
    create_ledger: bool,
    no_report: bool,
    show_numbers: bool,
) -> int:
    """Call the people in FILE whom the campaign has not called yet: plan, ask, submit each batch once."""
    from pipeline.commands.running import Asked, run

    folder = None if no_report else folder or report_folder(files)
    asked = Asked(files, folder, limit, skip_check, yes=yes, create_ledger=create_ledger, show_numbers=show_numbers)
    return run(common, asked)
