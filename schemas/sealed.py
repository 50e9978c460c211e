"""A saved plan besides its frames and texts: what it was made from, its seal, and who approved it."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from schemas.table import Line

#: Raised with every change of the form; another one is refused.
VERSION: Final = 1
FORMAT: Final = "campaign plan"

#: So many digits of a seal tell two plans apart for people.
_SHORT = 12


class _Kept(BaseModel):
    """What stands in the file as JSON: nothing in it is passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Manifest(_Kept):
    """What a saved plan says of itself; the SHA-256 of its text is the seal, which so covers all parts.

    `texts` are those of the files that the campaign file names. `exports` are the paths of the files that were planned,
    none for what came through a pipe, and `made_from` the SHA-256 of all else that the plan was made from, by what it is
    called for people. `values` are the plan's own, by field; `parts` the SHA-256 (hex) of the other parts, by name.
    """

    format: Literal["campaign plan"] = FORMAT
    version: Literal[1] = VERSION
    program: str
    campaign_text: str
    texts: dict[str, str]
    exports: tuple[str, ...]
    made_from: dict[str, str]
    values: dict[str, Any]
    parts: dict[str, str]


class Approval(_Kept):
    """Somebody's yes to the plan with this seal. `mac` covers the rest; without a key it only shows accidents."""

    seal: str
    by: Line
    host: Line
    at: datetime
    note: Line | None = None
    keyed: bool = False
    mac: str = ""

    @property
    def who(self) -> str:
        """Who approved, and on which machine."""
        return f"{self.by}@{self.host}"

    def signed(self, key: bytes | None) -> "Approval":
        """The same with its code, under the key if there is one."""
        plain = self.model_copy(update={"keyed": key is not None, "mac": ""})
        return plain.model_copy(update={"mac": _mac(plain, key)})

    def holds(self, seal: str, key: bytes | None) -> bool:
        """Whether it is for this seal and was not changed; with a key also, whether it was given with that key."""
        if self.seal != seal or self.keyed is not (key is not None):
            return False
        return hmac.compare_digest(self.mac, self.signed(key).mac)


def _mac(approval: Approval, key: bytes | None) -> str:
    """HMAC-SHA-256 (RFC 2104) of the approval as JSON; without a key under an empty one, which everybody has."""
    return hmac.digest(key or b"", approval.model_dump_json().encode(), hashlib.sha256).hex()


@dataclass(frozen=True)
class RunFrom:
    """The saved plan that a run was made from: its seal, and who approved it when and with which note, if somebody did."""

    seal: str
    approved_by: str | None
    approved_at: datetime | None
    approved_note: str | None = None


def short(seal: str) -> str:
    """A seal as people compare it: `3f2a-9c01-77de`."""
    return "-".join(seal[at : at + 4] for at in range(0, _SHORT, 4))


def expiry(planned_at: datetime, days: int) -> datetime:
    """When a plan may not be run any more."""
    return planned_at + timedelta(days=days)
