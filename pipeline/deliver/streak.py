"""When answers, in the order in which they come, say that the next ones would be no better."""

from pipeline.deliver.gate import StopKind, Stopped
from schemas.masking import masked_text
from schemas.states import Answer, Verdict

_TOO_MANY = 2
_TOLD = {
    StopKind.UNCONFIRMED: "two answers in a row were lost, so nobody can tell whether those people are being called",
    StopKind.REFUSED: "the service refused two batches in a row without naming a recipient",
}


class Streak:
    """Counts like answers in a row, one for each batch that has been dealt with."""

    def __init__(self) -> None:
        self._kind: StopKind | None = None
        self._count = 0

    def stop_after(self, answer: Answer) -> Stopped | None:
        """Take the next answer; the reason to stop, if it gives one."""
        if answer.verdict is Verdict.DENIED:
            return Stopped(StopKind.DENIED, masked_text(answer.message))
        kind = _kind(answer)
        self._count = self._count + 1 if kind is self._kind else 1
        self._kind = kind
        if kind is None or self._count < _TOO_MANY:
            return None
        return Stopped(kind, f"{_TOLD[kind]} (the last: {masked_text(answer.message)})")


def _kind(answer: Answer) -> StopKind | None:
    if answer.verdict is Verdict.UNKNOWN:
        return StopKind.UNCONFIRMED
    if answer.verdict is Verdict.REFUSED and not answer.recipients:
        return StopKind.REFUSED
    return None
