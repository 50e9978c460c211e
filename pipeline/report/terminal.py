"""The report on a terminal: the same as the page, shorter."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from schemas.codes import Weight
from schemas.report import Report, Told
from schemas.states import BatchState

_TITLES = {Weight.TO_FIX: "To fix", Weight.LEFT_OUT: "Left out", Weight.SAID: "Worth knowing"}
#: So many kinds of fault fit on a screen; the report has all.
_KINDS = 8
_NAMES = 4


def show(report: Report, written: Sequence[Path], *, as_json: bool) -> None:
    """Print the report on stdout, as a summary or as its JSON document."""
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(report.verdict, style="bold green" if report.went_well else "bold red"))
    for line in (*_who(report), *_batches(report), *_told(report), *_notes(report, written)):
        console.print(line)


def _who(report: Report) -> Iterator[str | Text]:
    caller = f" from {report.agent_phone_number_id}" if report.agent_phone_number_id else ""
    yield Text(f"Campaign {report.campaign}, agent {report.agent_id}{caller}, start {report.start}.")
    counts = report.counts
    parts = [f"{counts.planned:,} to call", f"{counts.to_fix:,} to fix", f"{counts.left_out:,} left out"]
    parts += [f"{counts.called_before:,} called before"] if counts.called_before else []
    yield Text(f"{counts.rows:,} rows = {' + '.join(parts)}.")


def _batches(report: Report) -> Iterator[Text]:
    for line in report.batches:
        if line.state not in (None, BatchState.ACCEPTED):
            yield Text(
                f"Batch {line.number} ({line.recipients:,} people): {line.state}. {line.said or ''}", style="red"
            )


def _told(report: Report) -> Iterator[str | Text]:
    for weight, title in _TITLES.items():
        told = [each for each in report.findings if each.weight is weight]
        if told:
            yield ""
            yield Text(title, style="bold")
        for each in told[:_KINDS]:
            yield from _kind(each)
        if len(told) > _KINDS:
            yield f"       … and {len(told) - _KINDS} more kinds; all of them are in the report"


def _kind(told: Told) -> Iterator[Text]:
    yield Text(f"{told.rows:6,} × {told.meaning} ({told.code}): {told.remedy}")
    example = told.examples[0]
    parts = (example.column, None if example.value is None else repr(example.value), example.detail)
    yield Text(f"         row {example.row}: {', '.join(part for part in parts if part)}".rstrip(": "), style="dim")


def _notes(report: Report, written: Sequence[Path]) -> Iterator[str | Text]:
    if report.notes or written:
        yield ""
    for note in report.notes:
        yield Text(f"Assumed: {note}")
    if written:
        yield Text(f"Written: {_files(written)}")


def _files(written: Sequence[Path]) -> str:
    folders: dict[Path, list[str]] = {}
    for path in written:
        folders.setdefault(path.parent, []).append(path.name)
    return "; ".join(
        f"{folder}/ ({', '.join(names) if len(names) <= _NAMES else f'{names[0]} … {names[-1]}'})"
        for folder, names in folders.items()
    )
