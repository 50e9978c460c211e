"""`people release`: a block is lifted, and campaigns may call once more if that is asked for."""

import json
import sys
import time
from dataclasses import dataclass

import click

from pipeline.commands.answer import answer
from pipeline.commands.blocking import confirm, frame_of, people_of
from pipeline.commands.options import Common
from pipeline.commands.user import user
from pipeline.ledger.opening import open_ledger
from pipeline.ledger.releasing import release as write_down
from pipeline.ledger.wishes import Word


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

    def write() -> None:
        if as_json := common.as_json:
            document = {"people": known.height, "were_blocked": told.lifted, "calls_freed": told.freed}
            sys.stdout.write(json.dumps(document, indent=2) + "\n")
        if not as_json:
            freed = f" {told.freed:,} earlier calls do not count any more." if asked.call_again else ""
            click.echo(f"{told.lifted:,} of {known.height:,} people were blocked, and are not any more.{freed}")

    answer(write)
