"""`campaign approve`: somebody's yes to a saved plan."""

from pathlib import Path

import click

from pipeline.commands.options import Common, common_options


@click.command("approve")
@common_options
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--report", "folder", type=click.Path(path_type=Path), help="Write the report into this folder first.")
@click.option("--note", help="What else is to be known of the approval; it stays with the plan.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
@click.option("--show-numbers", is_flag=True, help="Do not mask phone numbers.")
def command(
    common: Common, plan_file: Path, folder: Path | None, note: str | None, *, yes: bool, show_numbers: bool
) -> int:
    """Show what PLAN, a file of `check --save-plan`, would do; ask; and write into it who approved it, and when.

    It needs neither the export nor the campaign file: the plan holds both. No key, no network, nobody is called. With
    CAMPAIGN_APPROVAL_KEY (or CAMPAIGN_APPROVAL_KEY_FILE) the approval is signed with that key, which `run` then needs.
    """
    from pipeline.commands.approving import Asked, approve

    return approve(common, Asked(plan_file, folder, note, yes=yes, show_numbers=show_numbers))
