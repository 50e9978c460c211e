"""What people read of the sample data, as files that a person has looked at; `python -m tests.golden` makes them anew."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.campaign_file import load
from pipeline.commands.reporting import reported
from pipeline.flow import plan
from pipeline.report.terminal import summary
from pipeline.report.write import write_report, write_requests
from schemas.plan import Memory, Plan

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


def files() -> dict[str, bytes]:
    """Every golden file by name, as the program makes it now."""
    made, few = planned(), planned(limit=SHOWN)
    report = reported(placed(made), show_numbers=False)
    with TemporaryDirectory() as name:
        folder = Path(name)
        written = [*write_report(made, report, folder), *write_requests(few, folder)]
        found = {path.name: path.read_bytes() for path in written if path.name not in ("to-call.csv", "to-fix.xlsx")}
    lines = "\n".join(line.plain for line in summary(report, []))
    return found | {"summary.txt": f"{lines}\n".encode()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
