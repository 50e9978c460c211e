"""`campaign stop`: nothing is sent any more, and what is open at the service is cancelled."""

import click

from pipeline.commands.options import Common, common_options


@click.command("stop")
@common_options
@click.option("--name", help="The campaign.  [default: the campaign file's, or the only one in the ledger]")
@click.option("--yes", is_flag=True, expose_value=False, help="Changes nothing: it never asks.")
def command(common: Common, name: str | None) -> int:
    """Stop the campaign: running senders halt, its open batches are cancelled, later runs refuse.

    People whose phone never rang are free to be called after `campaign start`; the others stay called. Exit code 3: some
    batches could not be cancelled, run it again; 2: because the service refuses the key.
    """
    from pipeline.commands.halting import show, stop
    from pipeline.ledger.opening import open_ledger

    with open_ledger(common.ledger) as ledger:
        campaign, told = stop(common, ledger, name)
    return show(campaign, told, as_json=common.as_json)
