"""`init` in order: nothing is there, the sample, the guess, the questions, the file."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from pipeline.commands.answer import answer
from pipeline.commands.options import Common
from pipeline.commands.questions import asked, may_ask
from pipeline.propose.guess import propose
from pipeline.propose.places import local_zone
from pipeline.propose.sample import sampled
from pipeline.propose.write import campaign_text
from pipeline.report.files import written_aside
from schemas.campaign import PLACEHOLDER
from schemas.errors import CampaignError
from schemas.proposal import Answers, Proposal
from schemas.words import words_of

#: Digits of `max_calls` that are not rounded up: room for a few more rows, not for a lost filter.
_DIGITS = 2
_LONGEST_NAME = 60


def propose_file(common: Common, file: Path, *, yes: bool) -> None:
    """Write a campaign file for an export; raises CampaignError where one is there, or the export cannot be read."""
    _refuse_existing(common.campaign_file)
    now = datetime.now(UTC)
    found = propose(sampled(file), local_zone(), now)
    best = _best_guess(found, file, now)
    answers = best if yes or not may_ask() else asked(best)
    _refuse_existing(common.campaign_file)  # it may have been made while a person was thinking
    with written_aside(common.campaign_file) as written:
        written.write(campaign_text(found, answers, file.name).encode())
    _tell(common, file, found, answers)


def _refuse_existing(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise CampaignError(
            f"{path}: there is a campaign file already, and it is not overwritten; "
            "move it away, or name another one with -c"
        )


def _best_guess(found: Proposal, file: Path, now: datetime) -> Answers:
    """What is taken where nobody is asked."""
    words = words_of(file.name.split(".")[0])[:_LONGEST_NAME].split() or ["campaign"]
    month = f"{now:%Y-%m}"
    return Answers(
        name="-".join([*words, month]),
        call_name=f"{' '.join(words).capitalize()} {month}",
        agent_id=PLACEHOLDER,
        agent_phone_number_id=PLACEHOLDER,
        start="next 09:00",
        timezone=found.zone.chosen,
        max_calls=_rounded_up(found.rows),
    )


def _rounded_up(rows: int) -> int:
    step = int(10 ** max(0, len(str(rows)) - _DIGITS))
    return max(1, -(-rows // step) * step)


def _tell(common: Common, file: Path, found: Proposal, answers: Answers) -> None:
    """Print what was found and what comes next."""
    todo = [key for key in ("agent_id", "agent_phone_number_id") if getattr(answers, key) == PLACEHOLDER]
    document = {
        "campaign_file": str(common.campaign_file),
        "rows": found.rows,
        "phone_number": [phone.chosen for phone in found.phones],
        "do_not_call": [column.column for column in found.opt_outs],
        "dynamic_variables": [variable.name for variable in found.variables if variable.active],
        "todo": todo,
    }
    answer(lambda: _write(document, file, found) if not common.as_json else _write_json(document))


def _write_json(document: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _write(document: dict[str, object], file: Path, found: Proposal) -> None:
    click.echo(f"Written: {document['campaign_file']}")
    for phone in found.phones:
        click.echo(f"  Number: {phone.chosen} ({phone.why})")
    for column in found.opt_outs:
        click.echo(f"  Not called: by {column.column} ({column.why})")
    active = sum(variable.active for variable in found.variables)
    click.echo(f"  Known to the agent: {active} of {len(found.variables)} other columns")
    for remark in found.remarks:
        click.echo(f"  {remark}")
    if todo := document["todo"]:
        click.echo(f"  To be filled in before anything can be sent: {', '.join(todo)}")  # type: ignore[arg-type]
    click.echo(f"Read it, then look with: campaign check {file}")
