"""`people forget`: who is meant, whether that is meant, what leaves the ledger, and what is still elsewhere."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import sqlalchemy as sa

from pipeline.commands.answer import answer
from pipeline.commands.blocking import confirm, frame_of, people_of
from pipeline.commands.messages import log
from pipeline.commands.options import Common
from pipeline.commands.user import user
from pipeline.ledger import aging, forgetting
from pipeline.ledger.opening import open_ledger
from pipeline.ledger.plans import plan_paths
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import runs
from pipeline.ledger.wishes import Word
from schemas.days import SECONDS
from schemas.errors import CampaignError, Exit

#: So many of a kind fit on a screen; `--json` has all.
_SHOWN = 20


@dataclass(frozen=True)
class Asked:
    """The options of `people forget`; with `days` nobody is named."""

    people: tuple[str, ...]
    ids: tuple[str, ...]
    days: int | None
    reason: str | None
    yes: bool


@dataclass(frozen=True)
class _Forgotten:
    """What is gone, and what is not: exports and report folders that are there; conversations and batches at the service.

    `plans` are all saved plans that the ledger knows and that are there, whoever stands in them.

    `open_runs` are old and not over: nobody in them was forgotten. `not_blocked`: whom a later file makes known again.
    """

    rows: int
    runs: list[int]
    open_runs: list[int]
    not_blocked: int
    files: list[str]
    plans: list[str]
    conversations: list[str]
    batches: list[str]
    to_come: list[str]


def forget(common: Common, asked: Asked) -> Exit:
    """Forget; raises CampaignError where it is not known whether a call was made, the key is missing, or it is not confirmed."""
    with open_ledger(common.ledger) as ledger:
        told = _named(ledger, asked) if asked.days is None else _old(ledger, asked, asked.days)
        code = _scrubbed(ledger)
    answer(lambda: _write(told, as_json=common.as_json))
    return code


def _named(ledger: Ledger, asked: Asked) -> _Forgotten:
    people = frame_of(people_of(asked.people, asked.ids)).rows()
    with ledger.transaction(reading=True) as connection:
        found = forgetting.sought(connection, people)
    where = _counted(len(found.traces), "row")
    confirm(len(people), f"forget {{}} ({where}), which cannot be undone", yes=asked.yes)
    with ExitStack() as locks:
        for campaign in found.waiting_in:
            locks.enter_context(ledger.lock(campaign))
        with ledger.transaction() as connection:
            word = Word(user(), time.time(), asked.reason)
            left = forgetting.forget(connection, people, found.waiting_in, word)
            files, plans = _files(connection, left.runs), _plans(connection)
    return _Forgotten(
        left.rows, left.runs, [], left.unblocked, files, plans, left.conversations, left.batches, left.to_come
    )


def _old(ledger: Ledger, asked: Asked, days: int) -> _Forgotten:
    before = time.time() - days * SECONDS
    with ledger.transaction(reading=True) as connection:
        over = aging.holding(connection, aging.aged(connection, before).over)
        rows = aging.rows_known(connection, over)
    confirm(rows, f"forget {{}} in {_counted(len(over), 'run')}, which cannot be undone", yes=asked.yes)
    with ledger.transaction() as connection:
        found = aging.aged(connection, before)
        over = aging.holding(connection, found.over)
        rows = aging.rows_known(connection, over)
        conversations, batches = aging.forget_runs(connection, over)
        files, plans = _files(connection, over), _plans(connection)
    return _Forgotten(rows, over, found.open, 0, files, plans, conversations, batches, [])


def _files(connection: sa.Connection, run_ids: Sequence[int]) -> list[str]:
    """The runs' exports and their reports in the usual places, those of `check` too, as far as they are there: absolute."""
    asked = sa.select(runs.c.id, runs.c.source_path).where(runs.c.id.in_(run_ids)).order_by(runs.c.id)
    plans = plan_paths(connection)
    named = [
        (Path(path), *(place for each in (path, *plans) for place in _reports(Path(f"{each}-report"), run)))
        for run, path in connection.execute(asked)
    ]
    return list(dict.fromkeys(str(path.absolute()) for paths in named for path in paths if path.exists()))


def _reports(folder: Path, run: int) -> Iterator[Path]:
    """The run's report; and the whole folder where `check` has left its own in it."""
    if (folder / "report.json").exists():
        yield folder
    yield folder / f"run-{run}"


def _plans(connection: sa.Connection) -> list[str]:
    return [str(path) for path in plan_paths(connection) if path.exists()]


def _scrubbed(ledger: Ledger) -> Exit:
    """It is done already; only its traces in the file's free pages may be left."""
    try:
        if ledger.scrub():
            return Exit.DONE
        why = "another program is reading the ledger"
    except CampaignError as error:
        why = str(error)
    log.warning("forgotten, but traces are left in the ledger's file: %s; run the same command again", why)
    return Exit.NOT_SENT


def _write(told: _Forgotten, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(asdict(told), ensure_ascii=False, indent=2) + "\n")
        return
    click.echo(_said(told))
    if told.not_blocked:
        click.echo("Not all of their addresses are blocked: a file that holds them makes them known again.")
    for run in told.open_runs:
        click.echo(f"Run {run} is old enough and not over: nobody in it was forgotten (`campaign status --run {run}`).")
    _write_list("These files still hold them, and must be deleted by hand", told.files)
    _write_list("These saved plans may hold them, and must be deleted by hand", told.plans)
    _write_list("The service still has these conversations, and must be asked to delete them", told.conversations)
    _write_list("The batches at the service that held them", told.batches)
    _write_list(
        "Their calls may still be made: the service has not ended these, as far as is known (`campaign results` asks, `campaign stop` cancels)",
        told.to_come,
    )
    click.echo(
        "Not known to the ledger: exports, plans and reports (of `run` and of `check`) that were moved or are in another "
        "place than beside their file, or whose path began at another folder than this one; files of `results` and "
        "`--requests`; and copies of the ledger."
    )


def _said(told: _Forgotten) -> str:
    if not told.rows:
        return "No row of this ledger was of them: nothing in it had to be emptied."
    are = "is" if told.rows == 1 else "are"
    return f"Forgotten: {_counted(told.rows, 'row')} in {_counted(len(told.runs), 'run')} {are} empty now."


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what if count == 1 else f'{what}s'}"


def _write_list(title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    click.echo(f"{title}:")
    for line in lines[:_SHOWN]:
        click.echo(f"  {line}")
    if len(lines) > _SHOWN:
        click.echo(f"  … and {len(lines) - _SHOWN:,} more; --json has all of them.")
