"""`campaign people block|release|forget`: what people want of us, kept in the ledger."""

from pathlib import Path

import click

from pipeline.commands.options import Common, common_options


@click.group("people")
def command() -> None:
    """Never call somebody again, show who is blocked, call them again after all, or forget them."""


@command.command("block")
@common_options
@click.argument("people", nargs=-1)
@click.option("--id", "ids", multiple=True, help="Block whoever has this mapped id; may be repeated.")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    help="Block every number of a CSV file, or of a text file of numbers.",
)
@click.option("--column", "columns", multiple=True, help="The column of numbers.  [default: the one that holds them]")
@click.option("--sheet", help="The sheet of a workbook.  [default: the first that holds anything]")
@click.option("--default-region", "region", help="Country of numbers that are written without +, such as US.")
@click.option("--reason", required=True, help="Why; the ledger keeps it.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
@click.option("--create-ledger", is_flag=True, help="Begin a ledger where there is none.")
def block_command(
    common: Common,
    people: tuple[str, ...],
    ids: tuple[str, ...],
    *,
    file: Path | None,
    columns: tuple[str, ...],
    sheet: str | None,
    region: str | None,
    reason: str,
    yes: bool,
    create_ledger: bool,
) -> int:
    """Never call PEOPLE again, in any campaign of the ledger. PEOPLE are numbers with +, or WhatsApp ids.

    It holds at once: runs that are being sent leave them out of every batch that is not at the service yet. Exit code 1:
    lines of --file are no number; all others are blocked.
    """
    from pipeline.commands.blocking import Asked, block

    if not (people or ids or file):
        raise click.UsageError("name somebody: a number or a WhatsApp id, --id, or --file")
    if (columns or sheet) and not file:
        raise click.UsageError("--column and --sheet need --file")
    return block(common, Asked(people, ids, file, columns, sheet, region, reason, yes=yes, create_ledger=create_ledger))


@command.command("list")
@common_options
@click.option("--show-numbers", is_flag=True, help="Do not mask phone numbers.")
def list_command(common: Common, *, show_numbers: bool) -> None:
    """Show who is blocked, since when, by whom it was written down, and why. Moments are in UTC."""
    from pipeline.commands.listing import show_blocked

    show_blocked(common, show_numbers=show_numbers)


@command.command("release")
@common_options
@click.argument("people", nargs=-1)
@click.option("--id", "ids", multiple=True, help="Release whoever has this mapped id; may be repeated.")
@click.option("--call-again", is_flag=True, help="Campaigns that have called them may do so once more.")
@click.option("--name", help="With --call-again: only this campaign.")
@click.option("--reason", help="Why; the ledger keeps it.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
def release_command(
    common: Common,
    people: tuple[str, ...],
    ids: tuple[str, ...],
    *,
    name: str | None,
    reason: str | None,
    call_again: bool,
    yes: bool,
) -> None:
    """Lift the block of PEOPLE. Who was called stays called, unless --call-again says otherwise.

    --call-again is refused while a call to them may still be under way.
    """
    from pipeline.commands.releasing import Asked, release

    if not (people or ids):
        raise click.UsageError("name somebody: a number or a WhatsApp id, or --id")
    if name and not call_again:
        raise click.UsageError("--name needs --call-again: a block holds for every campaign")
    release(common, Asked(people, ids, name, reason, call_again=call_again, yes=yes))


def _days(context: click.Context, parameter: click.Parameter, given: str | None) -> int | None:
    del context, parameter
    from schemas.days import parse_days

    try:
        return None if given is None else parse_days(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@command.command("forget")
@common_options
@click.argument("people", nargs=-1)
@click.option("--id", "ids", multiple=True, help="Forget whoever has this mapped id; may be repeated.")
@click.option("--older-than", "days", callback=_days, help="Everybody in runs that ended so long ago, such as 400d.")
@click.option("--reason", help="Why; the ledger keeps it.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
def forget_command(
    common: Common, people: tuple[str, ...], ids: tuple[str, ...], days: int | None, reason: str | None, *, yes: bool
) -> int:
    """Take PEOPLE out of the ledger: rows, words, source columns, results. It cannot be undone.

    That they were called, or are blocked, stays as a keyed hash, for which CAMPAIGN_HASH_KEY (or CAMPAIGN_HASH_KEY_FILE)
    is needed, here and for every later run. The ledger's file is written anew. Exit code 3: it could not be; run it again.
    """
    from pipeline.commands.forgetting import Asked, forget

    if not (people or ids) and days is None:
        raise click.UsageError("name somebody: a number or a WhatsApp id, --id, or --older-than")
    if (people or ids) and days is not None:
        raise click.UsageError("--older-than goes without names")
    return forget(common, Asked(people, ids, days, reason, yes=yes))
