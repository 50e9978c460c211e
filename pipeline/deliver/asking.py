"""Asking: something of every batch, few at a time, each at the service it was sent to."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Protocol, Self, TypeVar

from pipeline.service.client import Service
from schemas.errors import CampaignError

AT_ONCE = 8


class Placed(Protocol):
    """A batch that was sent to a base URL."""

    @property
    def base_url(self) -> str:
        """Where it was sent."""


Batch = TypeVar("Batch", bound=Placed)
Told = TypeVar("Told")


class Services:
    """A client for each base URL, made when it is first asked for. An async context manager."""

    def __init__(self, client: Callable[[str], Service]) -> None:
        self._client = client
        self._open: dict[str, Service] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def at(self, base_url: str) -> Service:
        """The client for a base URL."""
        if base_url not in self._open:
            self._open[base_url] = await self._stack.enter_async_context(self._client(base_url))
        return self._open[base_url]

    async def each(
        self, batches: Iterable[Batch], ask: Callable[[Service, Batch], Awaitable[Told]]
    ) -> list[tuple[Batch, Told | CampaignError]]:
        """What `ask` says of each, or why it could not be had; in the order of `batches`."""
        few = asyncio.Semaphore(AT_ONCE)

        async def one(batch: Batch) -> tuple[Batch, Told | CampaignError]:
            async with few:
                try:
                    return batch, await ask(await self.at(batch.base_url), batch)
                except CampaignError as error:
                    return batch, error

        return await asyncio.gather(*map(one, batches))
