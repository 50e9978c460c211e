"""What to do next, in sentences; commands stand in backticks."""

from collections.abc import Iterator

from schemas.report import Report
from schemas.states import BatchState


def next_steps(report: Report, *, halted: bool = False) -> Iterator[str]:
    """What a plan, or with a `run` what the service answered, asks of its owner; the most urgent first.

    `halted`: the campaign is stopped.
    """
    yield from _before(report) if report.run is None else _after(report, report.run, halted=halted)
    if report.counts.to_fix:
        yield "Mend the rows in to-fix.xlsx (or to-fix.csv) and use that file like any other export."


def earlier_step(run: int, batch: int) -> str:
    """What to do about what is unconfirmed of earlier runs, of which this is the first batch."""
    return f"Unconfirmed calls of earlier runs may have been placed, and nobody among them is called again. {_settling(run, batch)}"


def _settling(run: int, batch: int | str) -> str:
    return (
        "`campaign run` with the same file looks for them at the service, once the grace time is over. Should they stay "
        "unconfirmed, look in the vendor's dashboard, and settle each batch: "
        f"`campaign batch settle {run} {batch}` with `--calls-placed SERVICE_ID` or `--no-calls-placed`."
    )


def _before(report: Report) -> Iterator[str]:
    if report.refusals:
        yield "Mend what stops it, then check again."
    elif report.counts.planned:
        yield "Hear it yourself: `campaign test` with the same file, and your own number after `--to`."
        yield from _to_call(report)


def _to_call(report: Report) -> Iterator[str]:
    if report.rules.approval:
        yield (
            "[rules] approval: save the plan (`campaign check` with `--save-plan PLAN`), have it approved "
            "(`campaign approve PLAN`), and call them: `campaign run --plan PLAN`."
        )
    else:
        yield "Call them: `campaign run` with the same file."


def _after(report: Report, run: int, *, halted: bool) -> Iterator[str]:
    states = {batch.state for batch in report.batches}
    if BatchState.UNCONFIRMED in states:
        first = "Unconfirmed calls may have been placed, and nobody among them is called again."
        yield f"{first} {_settling(run, 'BATCH')}"
    if BatchState.PLANNED in states:
        first = "`campaign start`, then " if halted else ""
        yield f"Some batches are not sent yet: {first}`campaign run` with the same file again, or `campaign resume` as planned."
    if BatchState.REFUSED in states:
        yield "Refused people were not called, and may be called again: mend what the service names, then run again."
    if BatchState.ACCEPTED in states:
        yield "How the calls went: `campaign results`."
