"""`test` in order: the plan, the rows, the question, the sending."""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipeline.commands.messages import log
from pipeline.commands.options import Common
from pipeline.commands.reporting import show, warn_why
from pipeline.commands.sending import ask, ledger_of, refuse_stopped, send, sender_of
from pipeline.flow import being_sent, plan
from pipeline.ledger.store import Ledger
from pipeline.ledger.wishes import blocked
from pipeline.phone import to_e164
from pipeline.plan.rehearse import rehearsal
from pipeline.report.make import after, report_of
from schemas.errors import CampaignError, Exit
from schemas.masking import masked
from schemas.outcomes import Outcome
from schemas.plan import Memory, Plan


@dataclass(frozen=True)
class Asked:
    """The options of `test`; without rows and without a sample, the first row that would be called."""

    files: tuple[Path, ...]
    to: str
    rows: tuple[int, ...]
    sample: int | None
    yes: bool
    create_ledger: bool


def rehearse(common: Common, asked: Asked) -> Exit:
    """Call one's own number; raises CampaignError where nothing was sent."""
    to = _own_number(asked.to)
    sender = sender_of(common)
    made = plan(sender.campaign, asked.files, Memory(), datetime.now(UTC))
    test = rehearsal(made, asked.rows or _drawn(made, asked.sample), to)
    calls = test.rows.height
    rows = ", ".join(map(str, test.rows["row"]))
    ask(str(calls), f"Type {calls} to call {masked(f'+{to}')} with the words of row {rows}:", yes=asked.yes)
    with ledger_of(common, create=asked.create_ledger) as ledger:
        log.info("Ledger: %s", ledger.place)
        refuse_stopped(ledger, sender.name)
        _refuse_blocked(ledger, to)
        delivered, code = send(sender, ledger, test, "test")
        with being_sent(delivered.run_id):
            ledger.end_run(delivered.run_id, code, time.time())
    halted = delivered.is_halted
    report = after(report_of(test), delivered.run_id, delivered.batches, delivered.reason, halted=halted)
    show(report, [], as_json=common.as_json)
    if common.as_json:
        warn_why(report.verdict, code)
    return code


def _refuse_blocked(ledger: Ledger, to: int) -> None:
    with ledger.transaction(reading=True) as connection:
        if to in blocked(connection).phones:
            raise CampaignError(f"{masked(f'+{to}')} is blocked; nobody was called; see `campaign people release`")


def _own_number(written: str) -> int:
    read = to_e164(pl.Series([written]), pl.Series([None], dtype=pl.String))["e164"][0]
    if read is None:
        raise CampaignError(
            f"--to {written!r} is no valid number; write it with + and country code, such as +14155552671"
        )
    return int(read)


def _drawn(made: Plan, sample: int | None) -> list[int]:
    ready = made.rows.filter(pl.col("outcome") == Outcome.PLANNED)["row"].to_list()
    if not ready:
        raise CampaignError(
            "no row of the file would be called; see what `campaign check` says", exit_code=Exit.STOPPED
        )
    return ready[:1] if sample is None else sorted(random.sample(ready, min(sample, len(ready))))
