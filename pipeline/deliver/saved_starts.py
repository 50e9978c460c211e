"""The starts of a saved plan that is run: those that cannot be kept any more are moved, before anybody is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipeline.deliver.window import on_time
from schemas.calendars import shared
from schemas.plan import Plan, Slot
from schemas.ready import ReadyBatch
from schemas.timing import Timing


@dataclass(frozen=True)
class _Moved:
    """Batches that have another start than was planned, by number."""

    slots: dict[int, Slot] = field(default_factory=dict)

    def start_anew(self, batch_id: int, slot: Slot) -> None:
        """Note it; the ledger does not know these batches yet."""
        self.slots[batch_id] = slot


def kept_in_time(plan: Plan, timing: Timing) -> Plan:
    """The plan with starts that can be kept; `timing` begins now. Its refusals: that for some no moment is left."""
    moved = _Moved()
    late = on_time(list(_ready(plan)), moved, timing).late
    batches = tuple(replace(batch, slot=moved.slots.get(batch.number, batch.slot)) for batch in plan.batches)
    if plan.start is not None and plan.start.timestamp() <= timing.begin:
        plan = replace(plan, start=None, head=replace(plan.head, start=None))
    people = sum(batch.recipients for batch in late)
    reason = (
        f"{people:,} people of the saved plan cannot be called in time any more; set a later [schedule] finish_by, or widen"
        " [rules.hours], and save it again"
    )
    return replace(plan, batches=batches, refusals=(reason,) if late else ())


def _ready(plan: Plan) -> Iterator[ReadyBatch]:
    heads = plan.heads
    for batch in plan.batches:
        head = replace(heads[batch.route], start=batch.slot.start)
        calendar = shared([plan.calendars[number] for number in batch.calendars])
        yield ReadyBatch(batch.number, batch.number, batch.recipients, head, calendar)
