"""Campaigns and runs: who asked for what, with which files, and how it ended."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlalchemy as sa

from pipeline.ledger.tables import campaigns, runs
from schemas.agents import Voice
from schemas.errors import CampaignError
from schemas.outcomes import Outcome
from schemas.plan import Plan
from schemas.request import MARK_LENGTH
from schemas.sealed import RunFrom

#: Crockford's base 32: no I, L, O, U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class RunContext:
    """What a run is made with besides its plan. `inputs` are the SHA-256 (hex) of every file read, by path.

    `plan` is the saved plan that it was made from, None where it was planned at once.
    """

    base_url: str
    key_fingerprint: str
    campaign_text: str
    program_version: str
    host: str
    pid: int
    kind: Literal["run", "test"]
    inputs: Mapping[str, str]
    plan: RunFrom | None = None


@dataclass(frozen=True)
class CampaignRow:
    """A campaign in the ledger: its number, and the mark of its call names."""

    id: int
    name: str
    mark: str


def campaign_row(connection: sa.Connection, name: str, at: float) -> CampaignRow:
    """The campaign of this name, made if it is new."""
    by_name = sa.select(campaigns.c.id, campaigns.c.mark).where(campaigns.c.name == name)
    found = connection.execute(by_name).one_or_none()
    if found is None:
        connection.execute(campaigns.insert().values(name=name, mark=_new_mark(connection), created_at=at))
        found = connection.execute(by_name).one()
    return CampaignRow(found.id, name, found.mark)


def add_run(connection: sa.Connection, campaign_id: int, plan: Plan, context: RunContext, at: float) -> int:
    """Write down a run that begins; its number."""
    statement = runs.insert().values(
        campaign_id=campaign_id,
        kind=context.kind,
        planned_at=plan.planned_at.timestamp(),
        started_at=at,
        host=context.host,
        pid=context.pid,
        program_version=context.program_version,
        campaign_text=context.campaign_text,
        base_url=context.base_url,
        key_fingerprint=context.key_fingerprint,
        source_path=os.fsencode(plan.source.name).decode("utf-8", "replace"),
        source_sha256=plan.source.sha256,
        inputs=dict(context.inputs),
        plan_seal=context.plan and context.plan.seal,
        approved_by=context.plan and context.plan.approved_by,
        approved_at=context.plan and context.plan.approved_at and context.plan.approved_at.timestamp(),
        approved_note=context.plan and context.plan.approved_note,
        lists=[each.as_json for each in plan.lists],
        start_unix=None if plan.start is None else int(plan.start.timestamp()),
        voices=[_voice(each) for each in plan.voices] or None,
        rows=plan.source.rows,
        **{outcome.value: plan.count(outcome) for outcome in Outcome},
    )
    return int(connection.execute(statement.returning(runs.c.id)).scalar_one())


def _voice(voice: Voice) -> dict[str, Any]:
    """A voice as it is kept: the agent's words, and the number, masked."""
    agent, caller = voice.agent, voice.caller
    words = {language: asdict(each) for language, each in agent.own_words.items()} if agent else {}
    return {
        "route": voice.route,
        "agent_id": agent and agent.id,
        "agent_name": agent and agent.name,
        "languages": list(agent.words) if agent else [],
        "words": words,
        "number_id": caller and caller.id,
        "number_label": caller and caller.label,
        "number": caller and caller.number,
    }


def end_run(connection: sa.Connection, run_id: int, exit_code: int, at: float) -> None:
    """Write down how a run ended; again, if it was resumed."""
    ended = connection.execute(runs.update().where(runs.c.id == run_id).values(ended_at=at, exit_code=int(exit_code)))
    if ended.rowcount != 1:
        raise CampaignError(f"the ledger has no run {run_id}; see `campaign status`")


def _new_mark(connection: sa.Connection) -> str:
    """A mark that no campaign of this ledger has."""
    taken = set(connection.execute(sa.select(campaigns.c.mark)).scalars())
    while (mark := "".join(secrets.choice(_ALPHABET) for _ in range(MARK_LENGTH))) in taken:
        pass
    return mark
