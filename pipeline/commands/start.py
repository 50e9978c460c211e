"""`campaign start`: the stop is taken away."""

import click

from pipeline.commands.options import Common, common_options


@click.command("start")
@common_options
@click.option("--name", help="The campaign.  [default: the campaign file's, or the only one in the ledger]")
def command(common: Common, name: str | None) -> None:
    """Take away the campaign's stop: it may be run again. Nothing is sent by this."""
    from pipeline.commands.halting import start
    from pipeline.ledger.opening import open_ledger

    with open_ledger(common.ledger) as ledger:
        start(common, ledger, name)
