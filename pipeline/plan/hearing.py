"""Hearing: what planned people would miss of the agent that calls them, found in the very texts that are sent."""

import re
from collections.abc import Collection, Iterator, Sequence

import polars as pl

from schemas.agents import Agent, Check, Voice, Words
from schemas.fields import LANGUAGE, OVERRIDE, VARIABLES, Place
from schemas.outcomes import Outcome
from schemas.plan import Plan
from schemas.request import RECIPIENT_SEPARATOR
from schemas.template import placeholders_of

MESSAGE: Place = (*OVERRIDE, "agent", "first_message")
PROMPT: Place = (*OVERRIDE, "agent", "prompt", "prompt")
_PART = 10_000
_SCHEMA = {"row": pl.UInt32, "route": pl.UInt8, "check": pl.String, "what": pl.String}


def missing(plan: Plan, voices: Sequence[Voice], names: Collection[str]) -> pl.DataFrame:
    """What is missed: route, check, what (a language, or one of the variables `names`), people, and the first row.

    A person misses the language that is asked for and that the agent does not speak, and a variable that stands in what
    they hear, be it sent or the agent's own, and is not sent.
    """
    agents = [(voice.route, voice.agent) for voice in voices if voice.agent]
    found = [
        each
        for part in _heard(plan, names)
        for route, agent in agents
        for each in _missed(part.filter(pl.col("route") == route), agent, names)
    ]
    rows = pl.concat([pl.DataFrame(schema=_SCHEMA), *found])
    return (
        rows.group_by("route", "check", "what")
        .agg(people=pl.len(), first=pl.col("row").min())
        .sort("route", "check", "first", "what")
    )


def _heard(plan: Plan, names: Collection[str]) -> Iterator[pl.DataFrame]:
    """Planned rows, a part at a time: row, route, language, message and prompt as sent, and each variable (String)."""
    places = {"language": LANGUAGE, "message": MESSAGE, "prompt": PROMPT}
    places |= {_column(name): (*VARIABLES, name) for name in names}
    shape = _shape(places.values())
    planned = plan.rows.filter(pl.col("outcome") == Outcome.PLANNED).select("row", pl.col("route").fill_null(0))
    for part in planned.iter_slices(_PART):
        in_order = plan.spilled.payloads(part.select("row", batch=pl.lit(1, pl.UInt32)))
        texts = [text for _, joined in in_order for text in joined.split(RECIPIENT_SEPARATOR)]
        sent = part.with_columns(sent=pl.Series(texts, dtype=pl.Binary).cast(pl.String).str.json_decode(shape))
        yield sent.select("row", "route", **{name: _at(place) for name, place in places.items()})


def _column(name: str) -> str:
    return f"variable {name}"


def _shape(places: Collection[Place]) -> pl.Struct:
    """The type that reads these texts out of JSON, and nothing else."""
    below = {head: [place[1:] for place in places if place[0] == head] for head in dict.fromkeys(p[0] for p in places)}
    return pl.Struct({head: _shape(rest) if any(rest) else pl.String() for head, rest in below.items()})


def _at(place: Place) -> pl.Expr:
    found = pl.col("sent")
    for key in place:
        found = found.struct.field(key)
    return found


def _missed(mine: pl.DataFrame, agent: Agent, names: Collection[str]) -> Iterator[pl.DataFrame]:
    spoken = list(agent.words)
    asked = pl.col("language").str.to_lowercase().fill_null(agent.language)
    unspoken = ~asked.is_in(spoken)
    yield _lines(mine.filter(unspoken), Check.LANGUAGE, pl.col("language"))
    language = pl.when(unspoken).then(pl.lit(agent.language)).otherwise(asked)
    for name in names:
        needs = _needs(
            name, "message", language, [each for each, words in agent.words.items() if _in_message(name, words)]
        )
        needs |= _needs(
            name, "prompt", language, [each for each, words in agent.words.items() if _in_prompt(name, words)]
        )
        lack = mine.filter(needs & pl.col(_column(name)).is_null())
        yield _lines(lack, Check.PLACEHOLDERS, pl.lit(name))


def _needs(name: str, text: str, language: pl.Expr, own: Sequence[str]) -> pl.Expr:
    """Whether a variable stands in the text that is heard: the one that is sent, or the agent's `own` of these languages."""
    sent = pl.col(text).str.contains(rf"\{{\{{\s*{re.escape(name)}\s*\}}\}}")
    return sent.fill_null(language.is_in(list(own)))


def _in_message(name: str, words: Words) -> bool:
    return name in placeholders_of(words.first_message)


def _in_prompt(name: str, words: Words) -> bool:
    return name in placeholders_of(words.prompt)


def _lines(rows: pl.DataFrame, check: Check, what: pl.Expr) -> pl.DataFrame:
    return rows.select("row", "route", check=pl.lit(check.value), what=what)
