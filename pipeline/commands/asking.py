"""`results` in order: ask the service, write the file, say how things stand."""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.campaign_file.kept import rules_of
from pipeline.commands.messages import log
from pipeline.commands.naming import campaign_of, services
from pipeline.commands.options import Common
from pipeline.deliver.results import Watch, ask_results, watch_results
from pipeline.ledger.aging import holding
from pipeline.ledger.results import never_known, run_of, source_parts, told_people, unfinished, unfinished_of
from pipeline.ledger.store import Ledger
from pipeline.report.results_file import Part, refuse_other, write_for_crm, write_results
from pipeline.service.client import ServiceError
from schemas.errors import CampaignError, Exit
from schemas.masking import masked_text


@dataclass(frozen=True)
class Asked:
    """The options of `results`; `interval` is in seconds."""

    name: str | None
    run_id: int | None
    out: Path | None
    interval: float
    for_crm: bool
    watch: bool

    def file(self, run_id: int) -> Path:
        """Where to write: by default beside the campaign, and over no other run's results."""
        return self.out or Path(f"results-run-{run_id}{'-for-crm' if self.for_crm else ''}.csv")


def results(common: Common, ledger: Ledger, asked: Asked) -> Exit:
    """Ask, write and tell; raises CampaignError where there is no such run, or the file cannot be written."""
    campaign = campaign_of(common, ledger, asked.name)
    with ledger.transaction(reading=True) as connection:
        run_id = run_of(connection, campaign, asked.run_id)
        waiting = unfinished(connection, run_id)
    refuse_other(out := asked.file(run_id))
    code = asyncio.run(_asked(ledger, run_id, asked)) if waiting else Exit.DONE
    with ledger.transaction(reading=True) as connection:
        told = told_people(connection, run_id)
        is_forgotten = not holding(connection, [run_id])
        lost = never_known(connection, run_id)
        left = len(unfinished(connection, run_id))
        others = sorted({batch.run_id for batch in unfinished_of(connection, campaign)} - {run_id})
        if not asked.for_crm:
            emptied: list[Part] = [([], told.select("row"))]
            write_results(out, told, emptied if is_forgotten else source_parts(connection, run_id))
    if asked.for_crm:
        _write_for_crm(out, told, is_forgotten=is_forgotten)
    _show(common, run_id, out, told, left)
    if is_forgotten:
        log.info("Everybody in run %d is forgotten: how they were called is not known any more.", run_id)
    elif lost:
        log.warning("the words of %d batches are not kept any more: how their calls went will not be known", lost)
    if others:
        log.info(
            "Of earlier runs results are missing, too: %s.", ", ".join(f"`campaign results --run {n}`" for n in others)
        )
    return code


async def _asked(ledger: Ledger, run_id: int, asked: Asked) -> Exit:
    """Ask once, or until all is final; exit 3 where batches could not be had, 2 where asking again would not help."""
    async with services() as clients:
        if asked.watch:
            cancel = rules_of(ledger.campaign_text(run_id)).on_window_end == "cancel"
            missing = await watch_results(ledger, clients, run_id, Watch(asked.interval, cancel, _say_left))
        else:
            missing = await ask_results(ledger, clients, run_id)
    for batch, error in missing:
        log.warning("batch %d: %s", batch.number, masked_text(str(error)))
    if any(isinstance(error, ServiceError) and error.is_denied for _, error in missing):
        return Exit.REFUSED
    return Exit.NOT_SENT if missing else Exit.DONE


def _say_left(batches: int) -> None:
    log.info("%s not final yet.", _counted(batches))


def _counted(batches: int) -> str:
    return "1 batch is" if batches == 1 else f"{batches} batches are"


def _write_for_crm(path: Path, told: pl.DataFrame, *, is_forgotten: bool) -> None:
    if not is_forgotten and told["recipient_id"].null_count() == told.height:
        raise CampaignError("no row of this run has a mapped id, by which a CRM knows people; leave --for-crm away")
    write_for_crm(path, told)


def _show(common: Common, run_id: int, path: Path, told: pl.DataFrame, left: int) -> None:
    """Print how things stand on stdout. What could not be joined is named by its row."""
    counted = told["status"].drop_nulls().value_counts(sort=True)
    statuses = dict(counted.rows())
    unclear = told.filter(pl.col("problem").is_not_null())["row", "problem"]
    if common.as_json:
        problems = [{"row": row, "problem": problem} for row, problem in unclear.rows()]
        document = {"run": run_id, "file": str(path), "batches_not_final": left, "statuses": statuses,
                    "ambiguous": problems}  # fmt: skip
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    said = ", ".join(f"{count:,} {status}" for status, count in statuses.items()) or "no results yet"
    more = f" {_counted(left)} not final yet." if left else " All are final."
    sys.stdout.write(f"Run {run_id}: {said}.{more}\n{path}\n")
    if unclear.height:
        first = ", ".join(map(str, unclear["row"].head(10)))
        sys.stdout.write(f"{unclear.height:,} rows are ambiguous, see campaign_problem (rows {first} …).\n")
