"""How the service says no: its error bodies, in the shapes of API.md ("Errors")."""

import json
import secrets
from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse

#: The usual (type, code) of a status.
USUAL = {
    400: ("invalid_request", "bad_request"),
    401: ("authentication_error", "invalid_api_key"),
    402: ("billing_error", "quota_exceeded"),
    403: ("authorization_error", "missing_permissions"),
    404: ("not_found", "not_found"),
    409: ("conflict", "conflict"),
    413: ("invalid_request", "request_too_large"),
    422: ("validation_error", "invalid_request"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    503: ("server_error", "service_unavailable"),
}
_SERVER = ("server_error", "internal_server_error")


class Refusal(Exception):  # noqa: N818 -- an answer to give, not an error of ours
    """The service refuses: its status, its code, its words."""

    def __init__(self, status: int, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param

    def answer(self) -> JSONResponse:
        """`{"detail": {type, code, message, status, request_id, param}}`."""
        kind, usual = USUAL.get(self.status, _SERVER)
        code = self.code or usual
        detail = {
            "type": kind,
            "code": code,
            "message": self.message,
            "status": code,
            "request_id": secrets.token_hex(16),
            "param": self.param,
        }
        return JSONResponse({"detail": detail}, self.status)


class Invalid(Refusal):
    """422 in the shape of a list. Each complaint is `{"loc": [...], "msg", "type"}`."""

    def __init__(self, complaints: Sequence[dict[str, Any]]) -> None:
        super().__init__(422, json.dumps(complaints))
        self.complaints = list(complaints)

    def answer(self) -> JSONResponse:
        """`{"detail": [{"loc", "msg", "type"}, …]}`."""
        return JSONResponse({"detail": self.complaints}, 422)


def complaint(loc: Sequence[str | int], msg: str, kind: str) -> dict[str, Any]:
    """One entry of a 422's list."""
    return {"loc": list(loc), "msg": msg, "type": kind}
