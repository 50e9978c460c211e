"""The report on a terminal: the same as the page, shorter."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.codes import Weight
from schemas.report import Report, Told
from schemas.states import BatchState

_TITLES = {Weight.TO_FIX: "To fix", Weight.LEFT_OUT: "Left out", Weight.SAID: "Worth knowing"}


def show(report: Report, written: Sequence[Path], *, as_json: bool) -> None:
    """Print the report on stdout, as a summary or as its JSON document."""
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(report.verdict, style="bold green" if report.went_well else "bold red"))
    console.print(_who(report))
    console.print(_counts(report))
    for line in report.batches:
        if line.state not in (None, BatchState.ACCEPTED):
            console.print(Text(f"Batch {line.number} ({line.recipients:,} people): {line.state}. {line.said or ''}"))
    for weight, title in _TITLES.items():
        if told := [each for each in report.findings if each.weight is weight]:
            console.print(_table(title, told))
    for note in report.notes:
        console.print(Text(f"Assumed: {note}"))
    if written:
        console.print(Text(f"Written: {_files(written)}"))


def _who(report: Report) -> Text:
    caller = f" from {report.agent_phone_number_id}" if report.agent_phone_number_id else ""
    return Text(f"Agent {report.agent_id}{caller}, start {report.start}, campaign name {report.campaign}.")


def _counts(report: Report) -> Text:
    counts = report.counts
    return Text(
        f"{counts.rows:,} rows = {counts.planned:,} to call + {counts.to_fix:,} to fix + {counts.left_out:,} left out"
        f" + {counts.called_before:,} called before"
    )


def _table(title: str, told: list[Told]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("rows", justify="right")
    table.add_column("code")
    table.add_column("this row …")
    table.add_column("for example")
    for each in told:
        table.add_row(f"{each.rows:,}", each.code, f"{each.meaning}; {each.remedy}", Text(_for_example(each)))
    return table


def _for_example(told: Told) -> str:
    example = told.examples[0]
    parts = (example.column, None if example.value is None else repr(example.value), example.detail)
    return f"row {example.row}: " + ", ".join(part for part in parts if part)


def _files(written: Sequence[Path]) -> str:
    folders: dict[Path, list[str]] = {}
    for path in written:
        folders.setdefault(path.parent, []).append(path.name)
    return "; ".join(
        f"{folder}/: {', '.join(names) if len(names) <= 4 else f'{names[0]} … {names[-1]}'}"  # noqa: PLR2004 -- a line's worth
        for folder, names in folders.items()
    )
