"""The questionnaire of `init`: what no export tells, with the best guess as what Enter takes."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from pipeline.commands.messages import log
from pipeline.commands.sending import interruptible
from pipeline.service.base_url import chosen_base_url
from pipeline.service.client import Service
from pipeline.service.key import FILE_VARIABLE, VARIABLE, read_key
from schemas.campaign import PLACEHOLDER, Rules, ScheduleTable
from schemas.errors import CampaignError
from schemas.masking import masked
from schemas.proposal import Answers
from schemas.table import Line

_TIMEOUT = 20.0
_ATTEMPTS = 2
#: So many fit on a screen.
_MOST = 30
_LINE: TypeAdapter[str] = TypeAdapter(Line)


@dataclass(frozen=True)
class _Choice:
    """Something that the service has."""

    id: str
    shown: str


def may_ask() -> bool:
    """Whether there is a person at a terminal."""
    return sys.stdin.isatty()


def asked(best: Answers) -> Answers:
    """Ask for each answer; a wrong one is asked for again, with what is wrong about it."""
    agents, numbers = _offered()
    with interruptible():
        return Answers(
            name=_prompt("Name of the campaign (nobody is called twice under one)", best.name, _LINE.validate_python),
            call_name=_prompt("What its batches are called at the service", best.call_name, _LINE.validate_python),
            agent_id=_chosen("Agent", agents, best.agent_id),
            agent_phone_number_id=_chosen("Phone number it calls from", numbers, best.agent_phone_number_id),
            timezone=_prompt("Time zone of the people", best.timezone, _zone),
            start=_prompt('Start ("now", "next 09:00", "YYYY-MM-DD 09:00")', best.start, _start),
            max_calls=_prompt("The most people to call in one run", best.max_calls, _max_calls),
        )


def _prompt(question: str, best: Any, check: Callable[[Any], Any]) -> Any:
    def checked(typed: Any) -> Any:
        try:
            return check(typed)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise click.UsageError(str(problem.get("ctx", {}).get("error", problem["msg"]))) from None

    return click.prompt(question, default=best, value_proc=checked, err=True)


def _zone(typed: str) -> str:
    ScheduleTable.model_validate({"start": "now", "timezone": typed})
    return typed


def _start(typed: str) -> str:
    ScheduleTable.model_validate({"start": typed, "timezone": "UTC"})
    return typed


def _max_calls(typed: str | int) -> int:
    number = int(typed) if str(typed).isdecimal() else typed
    return Rules.model_validate({"max_calls": number}).max_calls


def _chosen(what: str, choices: Sequence[_Choice], best: str) -> str:
    """One of those that the service has, by its place in the list, or any other id."""
    for place, choice in enumerate(choices[:_MOST], 1):
        click.echo(f"  {place}  {choice.shown}", err=True)
    if len(choices) > _MOST:
        click.echo(f"  … and {len(choices) - _MOST} more: type the id", err=True)
    usual = "1" if choices else best
    how = "its place in the list, or an id" if choices else f"its id; {PLACEHOLDER} leaves it open"
    typed = str(_prompt(f"{what} ({how})", usual, _LINE.validate_python))
    place = int(typed) if typed.isdecimal() else 0
    return choices[place - 1].id if 0 < place <= min(len(choices), _MOST) else typed


def _offered() -> tuple[list[_Choice], list[_Choice]]:
    """The account's agents and its numbers that can call; none where there is no key, or the service does not answer."""
    if not {VARIABLE, FILE_VARIABLE} & os.environ.keys():
        return [], []
    try:
        return asyncio.run(_lists())
    except CampaignError as error:
        log.warning("the service's lists of agents and numbers cannot be had: %s", error)
        return [], []


async def _lists() -> tuple[list[_Choice], list[_Choice]]:
    key = read_key(os.environ)
    async with Service(chosen_base_url(os.environ, None), key, timeout=_TIMEOUT, attempts=_ATTEMPTS) as service:
        agents = [_Choice(each.agent_id, f"{each.name} ({each.agent_id})") async for each in service.agents()]
        numbers = [
            _Choice(
                each.phone_number_id, f"{each.label or ''} {masked(each.phone_number)} ({each.phone_number_id})".strip()
            )
            for each in await service.phone_numbers()
            if each.supports_outbound
        ]
    return agents, numbers
