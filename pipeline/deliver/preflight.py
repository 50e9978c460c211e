"""Preflight: ask the service for the agents and numbers that a plan would use. Nothing is changed there."""

from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from pipeline.service.agents import agent_of, caller_of
from pipeline.service.client import ServiceError
from schemas.agents import Agent, Caller, Check, Voice
from schemas.receipts import ListedNumber
from schemas.request import Head

Told = TypeVar("Told")


class Describes(Protocol):
    """What is asked of the service; both raise ServiceError, with `status` 404 for what is not there."""

    async def agent(self, agent_id: str) -> Mapping[str, Any]:
        """The agent's configuration."""

    async def phone_number(self, number_id: str) -> ListedNumber:
        """One of the account's phone numbers."""


async def voices(service: Describes, heads: Mapping[int, Head], skipped: Check | None) -> tuple[Voice, ...]:
    """Who speaks on each route; each agent and number is asked for once. Raises ServiceError where the service cannot be asked."""
    agents: dict[str, Agent | None] = {}
    callers: dict[str, Caller | None] = {}
    for head in heads.values():
        if skipped is not Check.AGENT and head.agent_id not in agents:
            found = await _there(service.agent(head.agent_id))
            agents[head.agent_id] = None if found is None else agent_of(found)
        number = head.agent_phone_number_id
        if skipped is not Check.NUMBER and number and number not in callers:
            listed = await _there(service.phone_number(number))
            callers[number] = None if listed is None else caller_of(listed)
    return tuple(
        Voice(route, agents.get(head.agent_id), callers.get(head.agent_phone_number_id or ""))
        for route, head in heads.items()
    )


async def _there(asked: Awaitable[Told]) -> Told | None:
    """What the service has; None where it says that it has no such thing."""
    try:
        return await asked
    except ServiceError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
