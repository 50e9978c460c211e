"""How a run ended: its exit code, and how many people were taken out of it."""

from collections.abc import Iterable, Sequence

from pipeline.deliver.gate import StopKind, Stopped
from schemas.errors import Exit
from schemas.ready import ReadyBatch, SentBatch
from schemas.states import BatchState


def exit_code(batches: Iterable[SentBatch], stopped: Stopped | None) -> Exit:
    """The code of a run with these batches: unconfirmed wins over not sent, and that over refused."""
    states = {batch.state for batch in batches}
    if BatchState.UNCONFIRMED in states:
        return Exit.UNCONFIRMED
    if BatchState.PLANNED in states:
        is_first = states == {BatchState.PLANNED}
        return Exit.REFUSED if is_first and stopped is not None and stopped.kind is StopKind.DENIED else Exit.NOT_SENT
    return Exit.STOPPED if BatchState.REFUSED in states else Exit.DONE


def subtracted(batches: Sequence[ReadyBatch], sent: Sequence[SentBatch]) -> int:
    """How many people of these batches are in none any more; who is in the rest of a refused batch still is."""
    ours = {batch.number for batch in batches}
    for batch in sent:
        ours |= {batch.number} if batch.rest_of in ours else set()
    left = sum(batch.recipients for batch in sent if batch.number in ours)
    return sum(batch.recipients for batch in batches) - left
