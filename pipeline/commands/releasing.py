"""`people release`: a block is lifted, and campaigns may call once more if that is asked for."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import click

from pipeline.commands.answer import answer
from pipeline.commands.blocking import confirm, frame_of, people_of
from pipeline.commands.options import Common
from pipeline.commands.user import user
from pipeline.ledger.opening import open_ledger
from pipeline.ledger.releasing import Released
from pipeline.ledger.releasing import release as write_down
from pipeline.ledger.who import Person
from pipeline.ledger.wishes import Word
from schemas.addresses import Kind


@dataclass(frozen=True)
class Asked:
    """The options of `people release`; `name` None means every campaign."""

    people: tuple[str, ...]
    ids: tuple[str, ...]
    name: str | None
    reason: str | None
    call_again: bool
    yes: bool


def release(common: Common, asked: Asked) -> None:
    """Write it down; raises CampaignError where a call may be under way, or it is not confirmed."""
    people = people_of(asked.people, asked.ids)
    known = frame_of(people)
    with open_ledger(common.ledger) as ledger:
        confirm(known.height, "let {} be called again", yes=asked.yes)
        with ledger.transaction() as connection:
            told = write_down(
                connection,
                known,
                Word(user(), time.time(), asked.reason),
                call_again=asked.call_again,
                campaign=asked.name,
            )
    answer(lambda: _write(told, known.height, call_again=asked.call_again, as_json=common.as_json))


def _write(told: Released, people: int, *, call_again: bool, as_json: bool) -> None:
    lifted, not_blocked, still = people - len(told.not_blocked), _labels(told.not_blocked), _labels(told.still)
    if as_json:
        document = {"people": people, "were_blocked": lifted, "not_blocked": not_blocked, "still_blocked": still,
                    "calls_freed": told.freed}  # fmt: skip
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    calls = "1 earlier call does" if told.freed == 1 else f"{told.freed:,} earlier calls do"
    freed = f" {calls} not count any more." if call_again else ""
    click.echo(f"{lifted:,} of {people:,} people were blocked, and are not any more.{freed}")
    if not_blocked:
        click.echo(
            f"Not blocked by that address, so nothing was lifted: {', '.join(not_blocked)}. They may be blocked by another "
            "one (a number, a WhatsApp id, --id): `campaign people list` shows who is."
        )
    if still:
        click.echo(f"Still blocked, in rows of the same people: {', '.join(still)}; release these as well.")


def _labels(people: Sequence[tuple[str, str]]) -> list[str]:
    return [Person(Kind(kind), address).label for kind, address in people]
