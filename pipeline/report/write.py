"""Writing a report: the page, report.json and the row files; and, when asked for, the request bodies."""

from pathlib import Path

from pipeline.report.files import written_aside
from pipeline.report.row_files import write_row_files
from schemas.plan import Plan
from schemas.report import Report
from schemas.request import MARK_LENGTH, TOKEN_LENGTH


def write_report(plan: Plan, report: Report, folder: Path) -> list[Path]:
    """Write everything into a folder, over what was there under the same names. Returns the paths, the page's first."""
    from pipeline.report.page import write_page  # noqa: PLC0415 -- what makes pages takes its time to load

    others = [write_json(report, folder), *write_row_files(plan, folder)]
    return [write_page(report, others, folder), *others]


def write_json(report: Report, folder: Path) -> Path:
    """Write report.json."""
    path = folder / "report.json"
    with written_aside(path) as file:
        file.write(report.model_dump_json(indent=2).encode() + b"\n")
    return path


def write_requests(plan: Plan, folder: Path) -> list[Path]:
    """Write batch-0001.json …: each body as it would be sent now, but with zeros for the token that each attempt draws.

    Bodies that an earlier plan left there are removed, so that the folder holds one plan.
    """
    heads = {batch.number: plan.head_of(batch) for batch in plan.batches}
    if plan.campaign.delivery.token:
        heads = {number: head.marked("0" * MARK_LENGTH, "0" * TOKEN_LENGTH) for number, head in heads.items()}
    for old in folder.glob("batch-[0-9]*.json"):
        old.unlink()
    paths = []
    for number, recipients in plan.spilled.payloads(plan.rows):
        paths.append(folder / f"batch-{number:04}.json")
        with written_aside(paths[-1]) as file:
            file.write(heads[number].body(recipients))
    return sorted(paths)
