"""The doors: each request of the API is written down, meets its fault, and is answered."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.sandbox.api import Api
from pipeline.sandbox.calls import Calls
from pipeline.sandbox.faults import Chaos, Fault, Faults, parse_faults
from pipeline.sandbox.page import calls_json, page
from pipeline.sandbox.play import HangUp, play
from pipeline.sandbox.record import Record
from pipeline.sandbox.refusals import Refusal
from pipeline.sandbox.settings import Settings

Endpoint = Callable[[Request, Sequence[Fault]], Awaitable[Response]]
_BATCHES = "/v1/convai/batch-calling"
_log = logging.getLogger("campaign")


class Service:
    """The API with its faults. `closing` ends every wait, so that the sandbox can quit."""

    def __init__(self, settings: Settings, record: Record, closing: asyncio.Event) -> None:
        self._settings, self._record, self._closing = settings, record, closing
        self._api = Api(settings, record)
        chaos = Chaos.parse(settings.chaos) if settings.chaos else None
        self._faults = Faults(parse_faults(settings.faults), chaos)

    def routes(self) -> list[Route]:
        """A route for every endpoint, and one for whatever else is asked."""
        api = self._api
        return [
            self._route(f"{_BATCHES}/submit", "POST", "submit", api.submit),
            self._route(f"{_BATCHES}/workspace", "GET", "list", api.list),
            self._route(f"{_BATCHES}/{{batch_id}}", "GET", "batch", api.batch),
            self._route(f"{_BATCHES}/{{batch_id}}/cancel", "POST", "cancel", api.cancel),
            self._route(f"{_BATCHES}/{{batch_id}}/retry", "POST", "retry", api.retry),
            self._route("/v1/convai/agents", "GET", "agents", api.agents),
            self._route("/v1/convai/phone-numbers", "GET", "numbers", api.phone_numbers),
            self._route("/v1/convai/phone-numbers/{number_id}", "GET", "number", api.phone_number),
            self._route("/v1/convai/agents/{agent_id}", "GET", "agent", api.agent),
            Route("/{path:path}", self._unknown, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    def _route(self, path: str, method: str, name: str, endpoint: Endpoint) -> Route:
        async def door(request: Request) -> Response:
            return await self._answer(request, name, endpoint)

        return Route(path, door, methods=[method])

    async def _unknown(self, request: Request) -> Response:
        number = self._record.arrived(self._settings.clock(), request.method, request.url.path, "")
        self._record.answered(number, 404)
        return Refusal(404, "Not Found").answer()

    async def _answer(self, request: Request, name: str, endpoint: Endpoint) -> Response:
        due = self._faults.next(name)
        told = " ".join(map(str, due))
        number = self._record.arrived(self._settings.clock(), request.method, request.url.path, told)
        try:
            answer = await self._in_time(request, endpoint, due)
        except ClientDisconnect:
            return HangUp()
        if answer.status_code:
            self._record.answered(number, answer.status_code)
        _log.info("sandbox: %s %s %s %s", request.method, request.url.path, answer.status_code or "no answer", told)
        return answer

    async def _in_time(self, request: Request, endpoint: Endpoint, due: Sequence[Fault]) -> Response:
        """The answer, held back until the latency since the request's arrival is over."""
        arrival = time.monotonic()
        fault = next((fault for fault in due if not fault.companion), None)
        companions = [fault for fault in due if fault.companion]

        async def work() -> Response:
            try:
                self._api.admit(request)
                return await endpoint(request, companions)
            except Refusal as refusal:
                return refusal.answer()

        answer = await play(fault, work, self._pause, self._settings.clock())
        latency = self._settings.latency + sum(late.seconds() for late in companions if late.name == "latency")
        await self._pause(latency - (time.monotonic() - arrival))
        answer.headers["date"] = formatdate(self._settings.clock(), usegmt=True)
        return answer

    async def _pause(self, seconds: float) -> bool:
        """Wait, but not past the sandbox's end; returns whether it goes on."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), seconds)
        return not self._closing.is_set()


def application(settings: Settings, record: Record, calls: Calls, closing: asyncio.Event) -> Starlette:
    """The whole sandbox: a page of what was called at `/`, the same as JSON at `/calls`, and the API."""

    async def shown(_: Request) -> Response:
        return page(calls)

    async def listed(_: Request) -> Response:
        return calls_json(calls)

    return Starlette(routes=[Route("/", shown), Route("/calls", listed), *Service(settings, record, closing).routes()])
