"""The request: a head, composed when it is sent, and recipient texts that were made once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

#: Between two recipients in a body and in a stored payload; JSON text never holds a raw line break.
RECIPIENT_SEPARATOR = b",\n"
#: In a stored payload, instead of somebody who was forgotten: the others keep their positions.
FORGOTTEN = b"{}"
_TAIL = b"\n]}"

#: ` [CCCC-TTTTTTTTTT]`: the campaign's mark and 50 random bits, both in Crockford's base 32.
MARK_LENGTH = 4
TOKEN_LENGTH = 10


@dataclass(frozen=True)
class Head:
    """All of a request but its recipients. `start` is Unix seconds UTC, None means now (API.md, 7)."""

    call_name: str
    agent_id: str
    agent_phone_number_id: str | None = None
    start: int | None = None
    whatsapp_params: Mapping[str, str] | None = None
    extra: Mapping[str, Any] | None = None

    def marked(self, mark: str, token: str) -> "Head":
        """The same head with the campaign's mark and an attempt's token at the end of its call name."""
        return replace(self, call_name=f"{self.call_name} [{mark}-{token}]")

    def compose(self) -> bytes:
        """The body's bytes up to the first recipient; absent fields are left out, never null."""
        fields = {
            "call_name": self.call_name,
            "agent_id": self.agent_id,
            "agent_phone_number_id": self.agent_phone_number_id,
            "scheduled_time_unix": self.start,
            "whatsapp_params": dict(self.whatsapp_params) if self.whatsapp_params else None,
            **(self.extra or {}),
        }
        present = {name: value for name, value in fields.items() if value is not None}
        text = json.dumps(present, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return f'{text[:-1]},"recipients":[\n'.encode()

    def body(self, recipients: bytes) -> bytes:
        """The whole body: `recipients` are texts joined by RECIPIENT_SEPARATOR."""
        return self.compose() + recipients + _TAIL

    def overhead(self, *, token: bool) -> int:
        """Bytes of a body besides its recipient texts and the separators between them; `token`: whether it will be marked."""
        sent = self.marked("0" * MARK_LENGTH, "0" * TOKEN_LENGTH) if token else self
        return len(sent.compose()) + len(_TAIL)


@dataclass(frozen=True)
class Overheads:
    """`Head.overhead` of the heads of each route, for any start that they may be given (None: now)."""

    heads: Mapping[int, Head]
    token: bool

    def __call__(self, route: int, start: int | None) -> int:
        """Bytes of a body besides its recipient texts and the separators between them."""
        return replace(self.heads[route], start=start).overhead(token=self.token)

    def most(self, start: int | None) -> int:
        """Those of the route that has the most."""
        return max(self(route, start) for route in self.heads)
