"""What people read of the sample data, as files that a person has looked at; `python -m tests.golden` makes them anew."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.campaign_file import load
from pipeline.commands.reporting import reported
from pipeline.flow import plan
from pipeline.report.terminal import summary
from pipeline.report.timeline import words
from pipeline.report.write import write_report, write_requests
from schemas.plan import Memory, Plan
from schemas.report import Report

SAMPLE = Path(__file__).parent.parent / "sample_data"
FOLDER = Path(__file__).parent / "golden"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
#: So many recipients show every kind of field; all of them would be a megabyte.
SHOWN = 20


def planned(limit: int | None = None) -> Plan:
    """The plan of the sample data at a fixed moment."""
    campaign, _ = load(SAMPLE / "campaign.toml")
    return plan(campaign, SAMPLE / "contacts.csv", Memory(), NOW, limit=limit)


def placed(made: Plan) -> Plan:
    """The plan without what differs from one machine to the next."""
    return replace(made, seconds={}, source=replace(made.source, path=Path("contacts.csv")))


def zones() -> Report:
    """The report of people in twelve time zones, whose calls a slow service makes over a weekend."""
    data = Path(__file__).parent / "data"
    campaign, _ = load(data / "zones.toml")
    made = plan(campaign, data / "zones.csv", Memory(), datetime(2026, 10, 29, 12, tzinfo=UTC))
    return reported(replace(made, seconds={}, source=replace(made.source, path=Path("zones.csv"))), show_numbers=False)


def _timetable(report: Report) -> Iterator[str]:
    """The verdict, every zone's times and every batch's start."""
    yield report.verdict
    yield from (f"{span.zone}: {words(span)} ({span.start})" for span in report.timeline)
    yield from (f"batch {batch.number}: {batch.recipients} people, {batch.start}" for batch in report.batches)
    yield from (f"{each.rows} rows {each.code}, as row {each.examples[0].row}" for each in report.findings)


def files() -> dict[str, bytes]:
    """Every golden file by name, as the program makes it now."""
    made, few = planned(), planned(limit=SHOWN)
    report = reported(placed(made), show_numbers=False)
    with TemporaryDirectory() as name:
        folder = Path(name)
        written = [*write_report(made, report, folder), *write_requests(few, folder)]
        found = {path.name: path.read_bytes() for path in written if path.name not in ("to-call.csv", "to-fix.xlsx")}
    lines = "\n".join(line.plain for line in summary(report, []))
    timetable = "\n".join(_timetable(zones()))
    return found | {"summary.txt": f"{lines}\n".encode(), "zones.txt": f"{timetable}\n".encode()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
