"""`campaign who`: everything about one person."""

import click

from pipeline.commands.options import Common, common_options


@click.command("who")
@common_options
@click.argument("person", required=False)
@click.option("--id", "recipient_id", help="Look for a mapped id instead of a number.")
@click.option(
    "--show-numbers", is_flag=True, help="Do not mask phone numbers, and show the row as it stood in the file."
)
def command(common: Common, person: str | None, recipient_id: str | None, *, show_numbers: bool) -> None:
    """Show every run that PERSON is in, what became of it, and the words that were sent.

    PERSON is a number with + and country code, or a WhatsApp id. Moments are in UTC.
    """
    from pipeline.commands.person import kept, refuse_other, show
    from pipeline.ledger.opening import open_ledger
    from pipeline.ledger.who import Person, appearances, person_of
    from schemas.addresses import Kind

    if (person is None) == (recipient_id is None):
        raise click.UsageError("name one person: a number or a WhatsApp id, or --id")
    wanted = person_of(person) if person is not None else Person(Kind.ID, recipient_id or "")
    with open_ledger(common.ledger, reading=True) as ledger, ledger.transaction(reading=True) as connection:
        found, (wishes, forgotten) = appearances(connection, wanted), kept(connection, wanted)
    if person is not None and not (found or wishes or forgotten):
        refuse_other(person, wanted)
    show(wanted, found, wishes, forgotten, as_json=common.as_json, show_numbers=show_numbers)
