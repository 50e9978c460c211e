"""A report on stdout: as a summary or as its document."""

import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.commands.answer import answer, stdout
from pipeline.report.terminal import summary
from schemas.report import Report


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
