"""How long each stage took, for the report and the benchmarks."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Step = TypeVar("Step")


class Stopwatch:
    """Seconds by stage; a stage that runs for every chunk adds up, also where chunks run side by side."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count the time inside towards a stage."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self.seconds[stage] += time.perf_counter() - begun

    def over(self, stage: str, steps: Iterable[Step]) -> Iterator[Step]:
        """Yield the steps, counting the time each takes to come towards a stage."""
        steps = iter(steps)
        while True:
            with self(stage):
                step = next(steps, None)
            if step is None:
                return
            yield step
