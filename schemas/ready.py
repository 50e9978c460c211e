"""A batch before it is sent, and after."""

from dataclasses import dataclass

from schemas.calendars import Calendar
from schemas.request import Head
from schemas.states import BatchState


@dataclass(frozen=True)
class ReadyBatch:
    """A planned batch as the ledger knows it. `number` counts from 1 in its run; `head` carries its planned start.

    `calendar` has the hours that its people share; None is any hour.
    """

    id: int
    number: int
    recipients: int
    head: Head
    calendar: Calendar | None = None


@dataclass(frozen=True)
class SentBatch:
    """What became of a batch. `service_id` is the service's, once it accepted.

    `call_name` is what the last attempt was called at the service, token included; `said` what it was answered, and
    `named_rows` the rows of the export that this answer named. `rest_of` is the number of the batch whose refusal named
    others: these people are its rest, and were taken out of it. `start_unix` is its planned start, None is now; `until_unix`
    and `end_unix` are of its Slot.
    """

    run_id: int
    number: int
    recipients: int
    body_bytes: int
    state: BatchState
    service_id: str | None
    call_name: str | None
    said: str | None
    rest_of: int | None
    named_rows: tuple[int, ...] = ()
    start_unix: int | None = None
    until_unix: int | None = None
    end_unix: int | None = None
