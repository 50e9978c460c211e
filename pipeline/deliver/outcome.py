"""How a run ended, as an exit code."""

from collections.abc import Iterable

from pipeline.deliver.gate import StopKind, Stopped
from schemas.errors import Exit
from schemas.ready import SentBatch
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
