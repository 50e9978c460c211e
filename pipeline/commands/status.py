"""`campaign status`: runs and their batches."""

import click

from pipeline.commands.options import Common, common_options


@click.command("status")
@common_options
@click.option("--run", "run_id", type=click.IntRange(min=1), help="Show the batches of this run.  [default: the last]")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="Show so many runs.")
@click.option("--all", "every", is_flag=True, help="Runs of every campaign, not only of the campaign file's.")
def command(common: Common, run_id: int | None, last: int, *, every: bool) -> None:
    """Show the runs in the ledger, and what became of the batches of one of them.

    Without a campaign file the runs of every campaign are shown. Moments are in UTC.
    """
    from pipeline.campaign_file import load
    from pipeline.commands.standing import show, standing
    from pipeline.ledger.opening import open_ledger

    campaign = load(common.campaign_file)[0].campaign.name if common.campaign_file.exists() and not every else None
    with open_ledger(common.ledger, reading=True) as ledger:
        found = standing(ledger, campaign, run_id=run_id, last=last)
    show(found, as_json=common.as_json)
