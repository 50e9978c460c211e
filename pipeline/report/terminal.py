"""The report on a terminal: the same as the page, shorter."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from rich.text import Text

from pipeline.report.first import heard
from pipeline.report.tame import tamed
from pipeline.report.timeline import words
from schemas.outcomes import Weight
from schemas.report import BatchLine, Repaired, Report, Span, Told
from schemas.states import BatchState

_TITLES = {Weight.TO_FIX: "To fix", Weight.LEFT_OUT: "Left out", Weight.SAID: "Worth knowing"}
#: So many kinds of fault, or batches, fit on a screen; the report has all.
_MOST = 8
_NAMES = 6
#: So many characters of a text.
_WIDE = 200


def summary(report: Report, written: Sequence[Path]) -> Iterator[Text]:
    """The lines of the report, the verdict first."""
    yield from _verdict(report)
    yield from what(report)
    yield from _batches([line for line in report.batches if line.state not in (None, BatchState.ACCEPTED)])
    yield from _first(report)
    for weight, title in _TITLES.items():
        yield from _told(title, [each for each in report.findings if each.weight is weight])
    yield from _last(report, written)


def _verdict(report: Report) -> Iterator[Text]:
    """A sentence, or a line for each reason why nothing would be sent."""
    if len(report.refusals) < 2:  # noqa: PLR2004 -- several
        yield _line(report.verdict, style="bold green" if report.went_well else "bold red")
        return
    yield Text("Nothing would be sent:", style="bold red")
    for each in report.refusals[:_MOST]:
        yield _line(f"- {each}.", style="red")
    if len(report.refusals) > _MOST:
        yield Text(f"… and {len(report.refusals) - _MOST} more reasons; all of them are in the report", style="red")


def _line(text: str, style: str = "") -> Text:
    """A line that no text from a file can make look like another."""
    return Text(tamed(text), style=style)


def what(report: Report) -> Iterator[Text]:
    """Whom, as whom and when: what a person must know before anything is sent."""
    yield _line(f"Campaign {report.campaign}, {'; '.join(_speakers(report))}, start {report.start}.")
    counts = report.counts
    parts = [f"{counts.planned:,} to call", f"{counts.to_fix:,} to fix", f"{counts.left_out:,} left out"]
    before = {"called before": counts.called_before - report.forgotten, "forgotten": report.forgotten}
    parts += [f"{rows:,} {what}" for what, rows in before.items() if rows]
    yield from _times(report.timeline)
    yield _line(f"{counts.rows:,} {'row' if counts.rows == 1 else 'rows'} = {' + '.join(parts)}.")


def _speakers(report: Report) -> Iterator[str]:
    for voice in report.speakers:
        caller = f" from {voice.caller}" if voice.caller else ""
        people = f" to {voice.people:,} of them" if len(report.speakers) > 1 else ""
        yield f"agent {voice.agent}{caller}{people}"


def _times(timeline: Sequence[Span]) -> Iterator[Text]:
    """When whose calls start."""
    if timeline:
        yield Text("In the time of the people:")
    for span in timeline[:_MOST]:
        yield _line(f"  {span.zone}: {words(span)}")
    if len(timeline) > _MOST:
        people = sum(span.people for span in timeline[_MOST:])
        yield Text(f"  … and {people:,} people at {len(timeline) - _MOST:,} more times; all of them are in the report")


def _batches(unusual: Sequence[BatchLine]) -> Iterator[Text]:
    for line in unusual[:_MOST]:
        state = "not sent" if line.state is BatchState.PLANNED else line.state
        said = f": {line.said}" if line.said else ""
        people = "1 person" if line.recipients == 1 else f"{line.recipients:,} people"
        yield _line(f"Batch {line.number} ({people}) is {state}{said}{named(line.named_rows)}", style="red")
    if len(unusual) > _MOST:
        yield Text(f"… and {len(unusual) - _MOST:,} more batches; all of them are in the report", style="red")


def named(rows: Sequence[int]) -> str:
    """Rows of the export that the service named, as the end of a sentence; a list that is cut says so."""
    if not rows:
        return ""
    more = f" and {len(rows) - _MOST:,} more" if len(rows) > _MOST else ""
    return f" (rows {', '.join(map(str, rows[:_MOST]))}{more} of the file)"


def _told(title: str, told: Sequence[Told]) -> Iterator[Text]:
    if told:
        yield Text(f"\n{title}", style="bold")
    for each in told[:_MOST]:
        yield from _kind(each)
    if len(told) > _MOST:
        yield Text(f"       … and {len(told) - _MOST} more kinds; all of them are in the report")


def _kind(told: Told) -> Iterator[Text]:
    yield _line(f"{told.rows:6,} × {told.meaning} ({told.code}): {told.remedy}")
    example = told.examples[0]
    parts = (example.column, None if example.value is None else repr(example.value), example.detail)
    yield _line(f"         row {example.row}: {', '.join(part for part in parts if part)}".rstrip(": "), style="dim")


def _first(report: Report) -> Iterator[Text]:
    """The first words of the first call."""
    for recipient, row in islice(zip(report.first, report.first_rows, strict=True), 1):
        first = heard(recipient, row, report.voice(0))
        if said := " ".join("".join(part for part, _ in first.message).split()):
            yield _line(f"Row {row} would hear: “{said[:_WIDE]}{'…' if len(said) > _WIDE else ''}”")


def _last(report: Report, written: Sequence[Path]) -> Iterator[Text]:
    """What was assumed, what to do next, and where all of it stands."""
    if report.notes or report.repairs or report.next_steps or written:
        yield Text()
    for note in report.notes[:_MOST]:
        yield _line(f"Assumed: {note}")
    if len(report.notes) > _MOST:
        yield Text(f"… and {len(report.notes) - _MOST:,} more; all of them are in the report")
    for each in report.repairs:
        yield _line(f"Assumed: {_repair(each)}")
    for step in report.next_steps:
        yield _line(f"Next: {step}")
    for page in (path for path in written if path.suffix == ".html"):
        yield _line(f"To look at: {page}")
    if others := [path for path in written if path.suffix != ".html"]:
        yield _line(f"Written: {_files(others)}")


def _repair(repaired: Repaired) -> str:
    example = repaired.examples[0]
    after = f" → {example.after}" if example.after else ""
    return (
        f"{repaired.count:,} × {repaired.meaning} ({repaired.code}), as {example.before!r}{after} in row {example.row}."
    )


def _files(written: Sequence[Path]) -> str:
    folders: dict[Path, list[str]] = {}
    for path in written:
        folders.setdefault(path.parent, []).append(path.name)
    return "; ".join(
        f"{folder}/ ({', '.join(names) if len(names) <= _NAMES else f'{names[0]} … {names[-1]}'})"
        for folder, names in folders.items()
    )
