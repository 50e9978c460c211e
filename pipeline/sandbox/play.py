"""Faults, played: what a fault makes of one request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import formatdate
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from pipeline.sandbox.faults import ELSEWHERE, Fault
from pipeline.sandbox.refusals import Invalid, Refusal, complaint

Work = Callable[[], Awaitable[Response]]
#: Waits so many seconds; False when the sandbox is closing.
Pause = Callable[[float], Awaitable[bool]]
_REFUSED = 400  # from here on a status says no


class HangUp(Response):
    """Closes the connection after the first `sent` bytes of another answer's body, or before any byte at all."""

    def __init__(self, cut: Response | None = None) -> None:
        super().__init__()
        self.status_code = cut.status_code if cut else 0
        self._cut = cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the transport underneath; what is sent after that goes nowhere."""
        del receive
        if self._cut:
            half = self._cut.body[: len(self._cut.body) // 2]
            await send({"type": "http.response.start", "status": self.status_code, "headers": self._cut.raw_headers})
            await send({"type": "http.response.body", "body": bytes(half), "more_body": True})
        scope["state"]["transport"].close()
        await asyncio.sleep(0)


async def play(fault: Fault | None, work: Work, pause: Pause, now: float) -> Response:
    """The answer to a request: `work` does what was asked, unless the fault comes before."""
    if fault is None or fault.name == "none":
        return await work()
    if fault.name == "cut":
        return HangUp()
    if fault.status is not None and "after" not in fault.words:
        return stated(fault, now)
    done = await work()
    return done if done.status_code >= _REFUSED else _spoilt(fault, done, pause, now)


def _spoilt(fault: Fault, done: Response, pause: Pause, now: float) -> Response:
    match fault.name:
        case "lost":
            return HangUp()
        case "half":
            return HangUp(done)
        case "garbled":
            return Response(b'{"id": "btcal_', media_type="application/json")
        case "drip":
            return StreamingResponse(_drops(pause, fault.seconds(0.5)), media_type="application/json")
        case _:
            return stated(fault, now)


async def _drops(pause: Pause, interval: float) -> AsyncIterator[bytes]:
    while await pause(interval):
        yield b" "


def stated(fault: Fault, now: float) -> Response:
    """The answer with a fault's status, in the shape that its words ask for."""
    status = fault.status or 500
    if status < _REFUSED:
        return RedirectResponse(fault.value or ELSEWHERE, status)
    answer = _body(fault, status)
    if (wait := fault.wait) is not None:
        answer.headers["retry-after"] = formatdate(now + wait, usegmt=True) if "date" in fault.words else f"{wait:g}"
    return answer


def _body(fault: Fault, status: int) -> Response:
    said = f"The sandbox was asked to answer {fault}"
    if "html" in fault.words:
        return HTMLResponse(f"<html><body><h1>{status}</h1></body></html>", status)
    if "plain" in fault.words:
        return JSONResponse({"detail": said}, status)
    if fault.named:
        return Invalid([_doubted(position) for position in fault.named]).answer()
    return Refusal(status, said, code=fault.code).answer()


def _doubted(position: int) -> dict[str, Any]:
    return complaint(["body", "recipients", position, "phone_number"], "Invalid phone number", "value_error")
