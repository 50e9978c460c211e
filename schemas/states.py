"""The states of a batch, and what is known after one attempt to submit it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from schemas.receipts import Receipt


class BatchState(StrEnum):
    """`planned → sending → accepted | refused | unconfirmed`; `sending → planned` when certainly nothing was placed."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What an attempt means for its batch (API.md, Errors)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # this body will never be taken; nothing was placed
    DENIED = "denied"  # 401, 402, 403: nothing was placed, and every other batch would be told the same
    NOT_PLACED = "not_placed"  # nothing was placed; the same batch may be sent again
    UNKNOWN = "unknown"  # the calls may have been placed


class Settled(StrEnum):
    """How it came out, later, what an attempt without a certain answer had done."""

    FOUND = "found"  # its token is in the service's list
    ABSENT = "absent"  # by all rules it is not there, so the batch may be sent again; its token stays watched
    LATE = "late"  # it turned up after that and was cancelled at the service
    PLACED = "placed"  # a person says that the calls were placed
    NOT_PLACED = "not_placed"  # a person says that they were not; its token stays watched


#: Statuses of a batch at the service after which none of its calls begins (the contract's enum).
ENDED = ("completed", "failed", "cancelled")

#: The state that a batch has after an attempt.
STATE_AFTER: dict[Verdict, BatchState] = {
    Verdict.ACCEPTED: BatchState.ACCEPTED,
    Verdict.REFUSED: BatchState.REFUSED,
    Verdict.DENIED: BatchState.PLANNED,
    Verdict.NOT_PLACED: BatchState.PLANNED,
    Verdict.UNKNOWN: BatchState.UNCONFIRMED,
}


@dataclass(frozen=True)
class Answer:
    """What one attempt to submit came to.

    `status` is the HTTP status (None: no answer). `code` and `message` are the service's words, or ours where it said
    nothing. `recipients` are 0-based positions that a 422 names, `said` its words about each of them. `retry_after` is in
    seconds. `echoed` says that the answer repeated the call name that was sent, token included.
    """

    verdict: Verdict
    status: int | None = None
    code: str = ""
    message: str = ""
    request_id: str | None = None
    recipients: tuple[int, ...] = ()
    retry_after: float | None = None
    receipt: Receipt | None = None
    echoed: bool = False
    said: Mapping[int, str] = field(default_factory=dict)

    def to(self, recipients: int) -> "Answer":
        """The same as an answer to so many recipients: one that names somebody who was not among them names nobody."""
        if all(position < recipients for position in self.recipients):
            return self
        return replace(self, recipients=(), said={})
