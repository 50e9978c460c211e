"""`campaign results`: how the calls went, row by row."""

from pathlib import Path

import click

from pipeline.commands.options import Common, common_options

_WORKBOOKS = {".xlsx", ".xls", ".xlsb", ".ods"}


@click.command("results")
@common_options
@click.option("--name", help="The campaign.  [default: the campaign file's, or the only one in the ledger]")
@click.option("--run", "run_id", type=click.IntRange(min=1), help="Of this run.  [default: the last]")
@click.option("--out", type=click.Path(path_type=Path),
              help="Where to write; Parquet if the name ends in .parquet.  [default: results-run-N.csv]")  # fmt: skip
@click.option("--for-crm", is_flag=True, help="Write id, outcome, time and conversation_id only.")
@click.option("--watch", is_flag=True, help="Ask until all results are final, then write.")
@click.option("--interval", type=click.FloatRange(min=1), default=60, show_default=True,
              help="With --watch: seconds between two times of asking.")  # fmt: skip
def command(
    common: Common,
    name: str | None,
    run_id: int | None,
    out: Path | None,
    *,
    for_crm: bool,
    watch: bool,
    interval: float,
) -> int:
    """Ask the service how the calls of a run went, and write the export's rows with what became of each.

    Only batches whose results may still change are asked for. Without --watch this is how things stand now: exit code 0
    although some calls may go on; 3 if the service could not be asked for some batches, 2 if it refuses the key. With --watch and
    [rules] on_window_end = "cancel", batches that are still open when the hours of their people end are cancelled.
    """
    from pipeline.commands.asking import Asked, results
    from pipeline.ledger.opening import open_ledger
    from schemas.errors import CampaignError

    if out and out.suffix.lower() in _WORKBOOKS:
        raise CampaignError(f"--out {out}: results are written as CSV or Parquet; write {out.with_suffix('.csv')}")

    with open_ledger(common.ledger) as ledger:
        return results(common, ledger, Asked(name, run_id, out, interval, for_crm=for_crm, watch=watch))
