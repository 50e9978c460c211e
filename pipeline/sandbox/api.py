"""The endpoints, as they answer when nothing goes wrong."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pipeline.sandbox.agent import AGENT, NAME, OWN_NUMBERS, agent, listed, number
from pipeline.sandbox.contract import read_submit
from pipeline.sandbox.faults import Fault
from pipeline.sandbox.progress import Pace, Standing, batch_status, dispatched, moment_of, standings
from pipeline.sandbox.record import Record, Unseen
from pipeline.sandbox.refusals import Invalid, Refusal, complaint
from pipeline.sandbox.settings import Settings
from pipeline.sandbox.store import Batch, Round, recipient_id


class Api:
    """The service. Each endpoint takes a request and the faults that go along with it, and may raise Refusal."""

    def __init__(self, settings: Settings, record: Record) -> None:
        self._settings, self._record = settings, record
        self._pace = Pace(settings.call_seconds, settings.at_once, settings.seed)
        agent("", settings, 0)  # an override that does not exist is told at once

    @property
    def _now(self) -> float:
        return self._settings.clock()

    def admit(self, request: Request) -> None:
        """Refuse a request without a key, or with another one than asked for."""
        given = request.headers.get("xi-api-key", "")
        expected = self._settings.key
        if not given:
            raise Refusal(401, "Neither authorization header nor xi-api-key received", code="needs_authorization")
        if expected is not None and not secrets.compare_digest(given.encode(), expected.encode()):
            raise Refusal(401, "Invalid API key")

    async def submit(self, request: Request, companions: Sequence[Fault]) -> Response:
        """Place a batch."""
        body = await request.body()
        if not request.headers.get("content-type", "").lower().startswith("application/json"):
            raise Invalid([complaint(["body"], "Input should be a valid dictionary", "model_attributes_type")])
        read = read_submit(body)
        self._known(read["agent_id"])
        self._callable(read["recipients"])
        return JSONResponse(self._receipt(self._record.place(body, read, self._now, _unseen(companions))))

    async def list(self, request: Request, _: Sequence[Fault]) -> Response:
        """Batches, the newest first, by pages."""
        limit = _limit(request.query_params.get("limit", "100"))
        shown = self._record.listed(
            self._now,
            agent_id=request.query_params.get("agent_id"),
            before=self._cursor(request.query_params.get("last_doc")),
            limit=limit + 1,
        )
        page: dict[str, Any] = {"batch_calls": [self._receipt(batch) for batch in shown[:limit]]}
        page["has_more"] = len(shown) > limit
        if page["has_more"]:
            page["next_doc"] = shown[limit - 1].id
        return JSONResponse(page)

    async def batch(self, request: Request, _: Sequence[Fault]) -> Response:
        """A batch with its people."""
        batch = self._found(request)
        people = self._record.recipients(batch)
        stands = standings(self._pace, batch, people, self._now)
        told = [
            _told(batch, position, recipient, standing)
            for position, (recipient, standing) in enumerate(zip(people, stands, strict=True))
        ]
        return JSONResponse({**self._receipt(batch), "recipients": told})

    async def cancel(self, request: Request, _: Sequence[Fault]) -> Response:
        """End every call of a batch that has not ended."""
        self._record.cancel(self._found(request), self._now)
        return JSONResponse(self._receipt(self._found(request)))

    async def retry(self, request: Request, _: Sequence[Fault]) -> Response:
        """Call those again whose calls failed."""
        batch = self._found(request)
        if batch.cancelled_at is not None:
            raise Refusal(400, "A cancelled batch call cannot be retried", code="batch_cancelled")
        stands = standings(self._pace, batch, self._record.recipients(batch), self._now)
        failed = [position for position, standing in enumerate(stands) if standing.status == "failed"]
        self._record.call_again(batch, Round(self._now, failed))
        return JSONResponse(self._receipt(self._found(request)))

    async def agents(self, request: Request, _: Sequence[Fault]) -> Response:
        """The agents that exist, by pages; one where all do."""
        limit = _limit(request.query_params.get("page_size", "30"), "page_size")
        names = sorted(self._settings.agents) or [AGENT]
        after = request.query_params.get("cursor", "")
        rest = [name for name in names if name > after]
        page: dict[str, Any] = {"agents": [listed(name, self._now) for name in rest[:limit]]}
        page["has_more"] = len(rest) > limit
        page["next_cursor"] = rest[limit - 1] if page["has_more"] else None
        return JSONResponse(page)

    async def phone_numbers(self, _request: Request, _: Sequence[Fault]) -> Response:
        """The account's own numbers: an array, not an object."""
        return JSONResponse([number(each) for each in self._settings.numbers] or OWN_NUMBERS)

    async def phone_number(self, request: Request, _: Sequence[Fault]) -> Response:
        """One of the account's numbers."""
        number_id = request.path_params["number_id"]
        if self._settings.numbers and number_id not in self._settings.numbers:
            raise Refusal(404, f"Phone number {number_id} not found", code="phone_number_not_found")
        return JSONResponse(number(number_id))

    async def agent(self, request: Request, _: Sequence[Fault]) -> Response:
        """An agent's configuration."""
        agent_id = request.path_params["agent_id"]
        self._known(agent_id)
        return JSONResponse(agent(agent_id, self._settings, self._now))

    def _known(self, agent_id: str) -> None:
        if self._settings.agents and agent_id not in self._settings.agents:
            raise Refusal(404, f"Agent {agent_id} not found", code="agent_not_found", param="agent_id")

    def _callable(self, recipients: Sequence[Mapping[str, Any]]) -> None:
        """Refuse a batch for the numbers in it that are not called; each is named by its place."""
        complaints = [
            complaint(["body", "recipients", place, "phone_number"], f"{number} cannot be called", "value_error")
            for place, recipient in enumerate(recipients)
            if (number := recipient.get("phone_number")) and number.startswith(self._settings.refused)
        ]
        if complaints:
            raise Invalid(complaints)

    def _found(self, request: Request) -> Batch:
        batch_id = request.path_params["batch_id"]
        if batch := self._record.batch(batch_id, self._now):
            return batch
        raise Refusal(404, f"Batch call {batch_id} not found", code="batch_call_not_found")

    def _cursor(self, last_doc: str | None) -> int | None:
        if last_doc is None:
            return None
        if batch := self._record.batch(last_doc, self._now):
            return batch.number
        raise Refusal(400, f"Unknown cursor {last_doc}", code="invalid_cursor", param="last_doc")

    def _receipt(self, batch: Batch) -> dict[str, Any]:
        """`BatchCallResponse` of the contract."""
        now, head = self._now, batch.head
        phone = head.get("agent_phone_number_id")
        return {
            "id": batch.id,
            "phone_number_id": phone,
            "phone_provider": "twilio" if phone else None,
            "whatsapp_params": head.get("whatsapp_params"),
            "name": head["call_name"],
            "agent_id": head["agent_id"],
            "created_at_unix": int(batch.placed_at),
            "scheduled_time_unix": int(head.get("scheduled_time_unix") or batch.placed_at),
            "total_calls_dispatched": dispatched(self._pace, batch, now),
            "total_calls_scheduled": sum(len(calls.positions) for calls in batch.rounds),
            "last_updated_at_unix": int(max(batch.placed_at, moment_of(batch, now))),
            "status": batch_status(self._pace, batch, now),
            "retry_count": len(batch.again),
            "agent_name": NAME,
        }


def _limit(text: str, name: str = "limit") -> int:
    if text.isdecimal() and text.isascii() and int(text[:9]) > 0:
        return int(text[:9])
    raise Invalid([complaint(["query", name], "Input should be a whole number from 1 on", "int_parsing")])


def _unseen(companions: Sequence[Fault]) -> Unseen:
    given = {fault.name: fault.seconds() for fault in companions}
    return Unseen(given.get("late", 0.0), given.get("lag", 0.0), int(given.get("lag-lists", 0)))


def _told(batch: Batch, position: int, recipient: dict[str, Any], standing: Standing) -> dict[str, Any]:
    given = recipient_id(batch.id, position, recipient)
    return {
        "id": given,
        "phone_number": recipient.get("phone_number"),
        "whatsapp_user_id": recipient.get("whatsapp_user_id"),
        "status": standing.status,
        "created_at_unix": int(batch.placed_at),
        "updated_at_unix": int(standing.since),
        "conversation_id": f"conv_{batch.id}_{position}" if standing.dialled else None,
    }
