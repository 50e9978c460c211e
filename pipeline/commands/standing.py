"""Where runs and batches stand, on a terminal, through a pipe, or as JSON."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from rich.table import Table
from rich.text import Text

from pipeline.commands.answer import answer, stdout
from pipeline.ledger import stops
from pipeline.ledger.moments import iso
from pipeline.ledger.store import Ledger
from pipeline.ledger.told import ToldBatch, ToldRun, told_batches, told_runs
from schemas.errors import CampaignError
from schemas.masking import masked_text
from schemas.states import BatchState

_MINUTES = len("2024-04-01T13:00")


@dataclass(frozen=True)
class Standing:
    """What `status` shows: the newest of so many runs, the batches of one, whether it waits for `start`, and all stops."""

    ledger: str
    runs: list[ToldRun]
    runs_in_all: int
    run: int | None
    batches: list[ToldBatch]
    stops: dict[str, stops.Halt]
    run_is_stopped: bool


def standing(ledger: Ledger, campaign: str | None, *, run_id: int | None, last: int) -> Standing:
    """Read it; `campaign` None means all, `run_id` None the newest run. Raises CampaignError for a run that is not there."""
    with ledger.transaction(reading=True) as connection:
        found = told_runs(connection, campaign)
        if run_id is not None and run_id not in {run.run for run in found}:
            raise CampaignError(
                f"there is no run {run_id}{_of(campaign)} in the ledger {ledger.place}; see `campaign status`"
            )
        shown = run_id or (found[0].run if found else None)
        batches = [] if shown is None else told_batches(connection, shown)
        halted = stops.all_halted(connection, campaign)
    # A message of the service may repeat numbers that it was sent.
    discreet = [replace(batch, said=batch.said and masked_text(batch.said)) for batch in batches]
    is_stopped = any(run.run == shown and run.campaign in halted for run in found)
    return Standing(ledger.place, found[:last], len(found), shown, discreet, halted, is_stopped)


def show(found: Standing, *, as_json: bool) -> None:
    """Print it on stdout."""
    answer(lambda: _write(found, as_json=as_json))


def _write(found: Standing, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(_document(found), ensure_ascii=False, indent=2, default=str) + "\n")
        return
    console = stdout()
    console.print(Text(f"Ledger {found.ledger}"))
    for name, halt in found.stops.items():
        console.print(Text(halt.refusal(name)))
    if not found.runs:
        console.print("No runs.")
        return
    console.print(_runs_table(found.runs))
    if (more := found.runs_in_all - len(found.runs)) > 0:
        console.print(f"{more:,} earlier runs are not shown (--last).")
    console.print(Text(f"\nBatches of run {found.run}"))
    console.print(_batches_table(found.batches) if found.batches else "None.")
    for line in _remarks(found.batches):
        console.print(Text(line))
    if hint := _hint(found.batches):
        console.print(f"After `campaign start`: {hint}" if found.run_is_stopped else hint)


def _document(found: Standing) -> dict[str, Any]:
    stopped = [
        {"campaign": name, "stopped_at_unix": halt.at, "stopped_by": halt.by} for name, halt in found.stops.items()
    ]
    return asdict(found) | {"stops": stopped}


def _remarks(batches: Iterable[ToldBatch]) -> Iterator[str]:
    for each in batches:
        if each.state == BatchState.UNCONFIRMED:
            yield f"Batch {each.batch} is unconfirmed: look at the service for {each.call_name!r}"
        if each.settled:
            yield f"Batch {each.batch} was {settled_words(asdict(each))}"


def _hint(batches: Iterable[ToldBatch]) -> str | None:
    """What to do about what is not done; whether a run is at work on it cannot be seen from here."""
    states = {batch.state for batch in batches}
    if BatchState.UNCONFIRMED in states:
        return (
            "Nobody in an unconfirmed batch is called again until it is known what became of it. `campaign resume` looks for "
            "it at the service; `campaign batch settle RUN BATCH --calls-placed SERVICE_ID` or `--no-calls-placed` says it."
        )
    if BatchState.SENDING in states:
        return "If no run is at work on it any more, `campaign resume` finds out what became of what was being sent."
    if BatchState.PLANNED in states:
        return "If no run is at work on them, `campaign resume` sends the batches that are planned."
    return None


def minutes(moment: str | None) -> str:
    """`2024-04-01 13:00 UTC` of a moment as the ledger has it."""
    return "" if moment is None else f"{moment[:_MINUTES].replace('T', ' ')} UTC"


def settled_words(told: Mapping[str, Any]) -> str:
    """How, by whom and when it was settled what an attempt had done: `settled` and the columns of attempts beside it."""
    by = told["settled_by"] or "the service's list"
    note = f"; {told['settled_note']}" if told["settled_note"] else ""
    return f"settled as {told['settled']} by {by}, {minutes(told['settled_at'])}{note}"


def _of(campaign: str | None) -> str:
    return "" if campaign is None else f" of {campaign}"


def _runs_table(runs: Iterable[ToldRun]) -> Table:
    table = _table(
        "run", "campaign", "kind", "began", "exit", "rows", "to call", "to fix", "left out", "before", "people"
    )
    for run in runs:
        counts = (run.rows, run.planned, run.to_fix, run.left_out, run.called_before)
        exit_code = "" if run.exit_code is None else str(run.exit_code)
        line = (str(run.run), run.campaign, run.kind, minutes(run.started_at), exit_code, *(f"{n:,}" for n in counts))
        table.add_row(*map(Text, line), Text(_people(run.people)))
    return table


def _people(people: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in sorted(people.items()))


def _batches_table(batches: Iterable[ToldBatch]) -> Table:
    table = _table(
        "batch", "people", "state", "since", "start", "service id", "at the service", "attempts", "last answer"
    )
    for each in batches:
        start = "at once" if each.start_unix is None else minutes(iso(each.start_unix))
        table.add_row(
            str(each.batch) if each.rest_of is None else f"{each.batch} (rest of {each.rest_of})",
            f"{each.recipients:,}",
            each.state,
            minutes(each.state_at),
            start,
            Text(each.service_id or ""),
            Text(each.service_status or ""),
            str(each.attempts),
            Text(each.said or ""),
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    numbers = {"run", "exit", "rows", "to call", "to fix", "left out", "before", "batch", "people", "attempts"}
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left")
    return table
