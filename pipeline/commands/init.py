"""`campaign init`: a campaign file for an export."""

from pathlib import Path

import click

from pipeline.commands.options import Common, common_options


@click.command("init")
@common_options
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask: take the best guess for everything.")
def command(common: Common, file: Path, *, yes: bool) -> None:
    """Propose a campaign file for FILE: look at its columns, and write campaign.toml with a reason beside each guess.

    On a terminal it asks what no export tells; with a key in the environment, agent and phone number are chosen from the
    service's lists. An existing campaign file is never overwritten. Nothing is sent.
    """
    from pipeline.commands.proposing import propose_file

    propose_file(common, file, yes=yes)
