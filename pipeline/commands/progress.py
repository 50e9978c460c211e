"""How far the sending is: a bar on a terminal, a line for what went wrong anywhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging import DEBUG, INFO, WARNING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pipeline.commands.messages import log
from pipeline.deliver import submit
from schemas.states import BatchState

_LEVELS = {BatchState.REFUSED: WARNING, BatchState.UNCONFIRMED: INFO}  # the second is told once more in the end
_ENDED = (BatchState.ACCEPTED, *_LEVELS)


@contextmanager
def progress_of(people: int) -> Iterator[submit.Progress]:
    """What to tell of every change while `people` are submitted."""
    columns = (TextColumn("submitting"), BarColumn(), MofNCompleteColumn(), TextColumn("people"), TimeRemainingColumn())
    hidden = not sys.stderr.isatty() or not log.isEnabledFor(DEBUG + 1)
    with Progress(*columns, console=Console(stderr=True), disable=hidden, transient=True) as bar:
        task = bar.add_task("", total=people)

        def tell(number: int, state: BatchState, recipients: int) -> None:
            log.log(_LEVELS.get(state, DEBUG), "batch %d (%d people): %s", number, recipients, state.value)
            if state in _ENDED:
                bar.advance(task, recipients)

        yield tell
