"""`run --plan`: whether the saved plan may be run here and now, as it was sealed."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.commands.messages import log
from pipeline.commands.sending import Sender
from pipeline.plan.approval import approval_key, approved
from pipeline.plan.files import digest_of, named
from pipeline.plan.made_from import changes, lists_now, made_from
from pipeline.plan.saved import SavedPlan, load_plan
from pipeline.plan.since import refuse_old
from schemas.errors import CampaignError
from schemas.plan import Plan
from schemas.sealed import RunFrom, short


@dataclass(frozen=True)
class FromFile:
    """A saved plan that may be run, and where it comes from."""

    plan: Plan
    path: Path
    of: RunFrom

    def __str__(self) -> str:
        by = self.of.approved_by
        when = f"approved by {by}, {self.of.approved_at:%Y-%m-%d %H:%M} UTC" if by else "not approved by anybody"
        return f"The plan is {short(self.of.seal)}, made {self.plan.planned_at:%Y-%m-%d %H:%M} UTC, {when}."


def from_file(sender: Sender, path: Path, files: Sequence[Path]) -> FromFile:
    """The saved plan; `files` are where its exports are now, if they were moved.

    Raises CampaignError for a plan that has expired or is not approved where it must be, and names what has changed.
    """
    saved = load_plan(path)
    if changed := "; ".join(_changes(sender, saved, files)):
        raise saved.archive.refusal(
            f"since the plan was saved, {changed}; save it again, or put back what it was made from"
        )
    refuse_old(saved.plan, datetime.now(UTC))
    of = approved(saved.archive, approval_key(os.environ), required=sender.campaign.rules.approval)
    return FromFile(saved.plan, path, of)


def refuse_unapproved(sender: Sender) -> None:
    """Raise CampaignError where the campaign is run from approved plans only, and none is given."""
    if sender.campaign.rules.approval:
        raise CampaignError(
            f"{sender.campaign_path}: [rules] approval = true: make a plan with `campaign check FILE --save-plan PLAN`,"
            " have it approved with `campaign approve PLAN`, and run it with `campaign run --plan PLAN`"
        )


def refuse_other_voices(saved: FromFile, now: Plan) -> None:
    """Raise CampaignError where the service's agents, or their words, are not those that were sealed (`check --online`)."""
    before = {voice.route: voice for voice in saved.plan.voices}
    for voice in now.voices:
        if before and before.get(voice.route) != voice:
            name = voice.agent or now.heads[voice.route].agent_id
            raise CampaignError(
                f"{saved.path}: since the plan was saved, the agent {name}, its words or its number have changed at the"
                " service; save it again"
            )


def _changes(sender: Sender, saved: SavedPlan, files: Sequence[Path]) -> Iterator[str]:
    manifest, source = saved.archive.manifest, saved.plan.source
    now = made_from(sender.campaign, sender.campaign_text, lists_now(sender.campaign))
    yield from changes(manifest.made_from, now)
    paths = files or [Path(each) for each in manifest.exports]
    if not paths:
        log.warning("the export of this plan came through a pipe: whether it has changed since is not known")
    elif missing := [path for path in paths if not files and not path.exists()]:
        yield f"the export {missing[0]} has gone (where it was moved, name it: `campaign run --plan PLAN FILE`)"
    elif digest_of(named(paths)) != source.sha256:
        yield f"the export {source.name} has changed"
