"""`campaign test`: one's own telephone rings with the words of a few rows."""

from pathlib import Path

import click

from pipeline.commands.options import Common, common_options, source_files


def _row_numbers(context: click.Context, parameter: click.Parameter, given: str | None) -> tuple[int, ...]:
    del context, parameter
    if given is None:
        return ()
    parts = given.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise click.BadParameter("write row numbers such as 2,15")
    return tuple(dict.fromkeys(int(part) for part in parts))


@click.command("test")
@common_options
@source_files
@click.option("--to", "to", required=True, help="Your own number, such as +14155552671.")
@click.option(
    "--rows", callback=_row_numbers, help="Rows whose words you want to hear, such as 2,15.  [default: the first]"
)
@click.option("--sample", type=click.IntRange(min=1), help="So many rows drawn at random instead.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
@click.option("--create-ledger", is_flag=True, help="Begin a ledger where there is none.")
def command(
    common: Common,
    files: tuple[Path, ...],
    to: str,
    rows: tuple[int, ...],
    sample: int | None,
    *,
    yes: bool,
    create_ledger: bool,
) -> int:
    """Call your own number with the real words of a few rows of FILE, at once.

    The batch is called TEST …, and nobody counts as called because of it. Exit codes are those of `run`.
    """
    from pipeline.commands.rehearsing import Asked, rehearse

    if rows and sample:
        raise click.UsageError("--rows and --sample exclude each other")
    return rehearse(common, Asked(files, to, rows, sample, yes=yes, create_ledger=create_ledger))
