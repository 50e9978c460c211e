"""Who would speak to whom, and what the first people would hear of them."""

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from pipeline.report.first import heard
from schemas import agents
from schemas.outcomes import Outcome
from schemas.plan import Plan
from schemas.report import Heard, Report, Voice, Words


def with_voices(report: Report, plan: Plan, shown: Callable[[str], str]) -> Report:
    """The report with who speaks; and what the first people would hear, where the service was asked."""
    routes = tuple(_routes(plan).head(len(report.first)))
    told = report.model_copy(update={"voices": tuple(_voices(plan, shown)), "first_routes": routes})
    return told.model_copy(update={"heard": tuple(_heard(told))}) if plan.voices else told


def _routes(plan: Plan) -> pl.Series:
    """The routes of the people to call."""
    return plan.rows.filter(pl.col("outcome") == Outcome.PLANNED)["route"].fill_null(0)


def _voices(plan: Plan, shown: Callable[[str], str]) -> Iterator[Voice]:
    """Who speaks, a line a route."""
    people = dict(_routes(plan).value_counts().rows())
    asked = {voice.route: voice for voice in plan.voices}
    for route, head in plan.heads.items():
        told = _described(asked[route], shown) if route in asked else {}
        yield Voice(
            route=route,
            people=people.get(route, 0),
            agent_id=head.agent_id,
            agent_phone_number_id=head.agent_phone_number_id,
            **told,
        )


def _described(voice: agents.Voice, shown: Callable[[str], str]) -> dict[str, Any]:
    """What the service says of an agent and a number; nothing where it has none."""
    told: dict[str, Any] = {}
    if agent := voice.agent:
        words = {
            language: Words(first_message=shown(each.first_message), prompt=shown(each.prompt))
            for language, each in agent.own_words.items()
        }
        told |= {"agent_name": agent.name, "languages": tuple(agent.words), "words": words}
    if caller := voice.caller:
        told |= {"number_label": shown(caller.label), "number": caller.number}
    return told


def _heard(report: Report) -> Iterator[Heard]:
    """What the report's first people would hear, filled."""
    for place, (recipient, row) in enumerate(zip(report.first, report.first_rows, strict=True)):
        yield heard(recipient, row, report.voice(place)).line
