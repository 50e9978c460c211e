"""`campaign resume`: finish what was left, without the export and without the campaign file."""

import click

from pipeline.commands.options import Common, common_options, exit_codes


@click.command("resume", epilog=exit_codes())
@common_options
@click.option("--name", help="The campaign's name.  [default: the campaign file's, or the only one in the ledger]")
@click.option("--yes", is_flag=True, help="Changes nothing: what is resumed was confirmed when it was run.")
def command(common: Common, name: str | None, *, yes: bool) -> int:
    """Find out what became of unconfirmed batches, and send what earlier runs planned and did not send.

    It needs neither the export nor the campaign file: the ledger has both. It calls nobody whom those runs were not to
    call, and asks nothing.
    """
    from pipeline.commands.resuming import resume

    del yes
    return resume(common, name)
