"""`campaign batch show|reconcile|settle`: one batch, and what became of it."""

import click

from pipeline.commands.options import Common, common_options


@click.group("batch")
def command() -> None:
    """Show a batch, find out what became of unconfirmed ones, or settle one by hand."""


@command.command("show")
@common_options
@click.argument("run", type=click.IntRange(min=1))
@click.argument("batch", type=click.IntRange(min=1))
def show_command(common: Common, run: int, batch: int) -> None:
    """Show BATCH of RUN: where it stands, and every attempt to send it. `campaign status` has the numbers."""
    from pipeline.commands.batches import show

    show(common, run, batch)


@command.command("reconcile")
@common_options
@click.option("--name", help="The campaign's name.  [default: the campaign file's, or the only one in the ledger]")
def reconcile_command(common: Common, name: str | None) -> int:
    """Look for unconfirmed batches in the service's list, and say what came of each. Nothing is sent.

    Exit 4 while a batch is unconfirmed.
    """
    from pipeline.commands.batches import reconcile

    return reconcile(common, name)


@command.command("settle")
@common_options
@click.argument("run", type=click.IntRange(min=1))
@click.argument("batch", type=click.IntRange(min=1))
@click.option(
    "--calls-placed", "service_id", metavar="SERVICE_ID", help="They were placed: the batch's id at the service."
)
@click.option("--no-calls-placed", "not_placed", is_flag=True, help="They were not: the batch may be sent again.")
@click.option("--yes", is_flag=True, help="Do not ask; only together with --people.")
@click.option("--people", type=click.IntRange(min=0), help="How many people are in the batch, instead of typing it.")
@click.option("--unchecked", is_flag=True, help="Believe --no-calls-placed though the service cannot be asked.")
def settle_command(
    common: Common,
    run: int,
    batch: int,
    service_id: str | None,
    people: int | None,
    *,
    not_placed: bool,
    yes: bool,
    unchecked: bool,
) -> None:
    """Say what became of BATCH of RUN, which is unconfirmed; the ledger keeps who said so, and when.

    Look in the service's own list first. With --no-calls-placed its people are called by the next `resume` or `run`:
    if that is wrong, they are called twice.
    """
    from pipeline.commands.settling import Asked, settle

    if (service_id is None) is not not_placed:
        raise click.UsageError("say one of --calls-placed SERVICE_ID and --no-calls-placed")
    if yes and people is None:
        raise click.UsageError("--yes needs --people, the number of people in the batch")
    settle(common, Asked(run, batch, service_id, people if yes else None, unchecked))
