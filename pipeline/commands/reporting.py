"""The report of a plan, and how it is shown on stdout: as a summary or as its document."""

import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipeline.commands.answer import answer, stdout
from pipeline.commands.messages import log
from pipeline.phone.regions import counted_regions
from pipeline.report.make import report_of
from pipeline.report.terminal import summary
from schemas.errors import Exit
from schemas.masking import masked_text
from schemas.outcomes import Outcome
from schemas.plan import Plan
from schemas.report import Report


def reported(plan: Plan, *, show_numbers: bool) -> Report:
    """The report of a plan, with where its people are."""
    called = plan.rows.filter(pl.col("outcome") == Outcome.PLANNED)["e164"]
    return report_of(plan, counted_regions(called), show_numbers=show_numbers)


def warn_why(said: str, code: Exit) -> None:
    """Say on stderr, too, why not all was sent: where stdout is a document for a program, a person reads no other line."""
    if code in (Exit.STOPPED, Exit.REFUSED, Exit.NOT_SENT):
        log.warning("%s", masked_text(said))


def show(report: Report, written: Sequence[Path], *, as_json: bool) -> None:
    """Print it; raises CampaignError where stdout cannot be written."""

    def write() -> None:
        if as_json:
            sys.stdout.write(report.model_dump_json(indent=2) + "\n")
            return
        console = stdout()
        for line in summary(report, written):
            console.print(line)

    answer(write)
