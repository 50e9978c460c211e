"""`python -m tests.torture`: the long proof. Prints what was done and what came of it; exit 1 as soon as something does not hold."""

import argparse
import itertools
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from tests.torture import scenes
from tests.torture.world import Tally

#: Faults under which the boundaries are gone through again.
_LIES = ((), ("429=0",), ("500-after@2",), ("lost@2", "half@3"))
_ROUND = 64  # storms between two looks at how many faults there were


def _main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    asked.add_argument("--seed", type=int, default=1, help="decides everything that is left to chance")
    asked.add_argument("--harms", type=int, default=10_000, help="so many kills and faults in all, at the least")
    given = asked.parse_args()
    logging.disable(logging.INFO)
    began, total = time.monotonic(), Tally()
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as workers:
        run = partial(_all, lambda works: workers.map(_done, works))
        for name, scene in _scenes(given.seed):
            _tell(name, run(scene), total, began)
        seeds = itertools.count(given.seed)
        while total.kills + total.faults < given.harms:
            storms = [partial(scenes.pretended_storm, seed) for seed in itertools.islice(seeds, _ROUND)]
            _tell("pretended deaths at a service that lies", run(storms), total, began)
    return int(total.doubles > 0)


def _scenes(seed: int) -> Iterator[tuple[str, list[Callable]]]:
    for lies in _LIES:
        boundaries = [partial(_boundary, number, lies) for number in range(1, 400)]
        yield f"killed at every boundary {' '.join(lies)}".strip(), boundaries
    yield "killed and interrupted at random", [partial(scenes.storm, seed + each) for each in range(150)]
    jumps = itertools.product(range(1, 24), (-86_400.0, -11.0, 11.0, 86_400.0))
    yield "the clock jumps", [partial(scenes.jumped, *jump) for jump in jumps]
    yield "stopped for 12 seconds", [partial(scenes.stopped, seconds=12.0, begin_within=10.0)]
    races = itertools.product((2, 3, 4), (0.0, 0.01, 0.05, 0.2))
    yield "races without the lock", [partial(scenes.raced, processes=each, latency=late) for each, late in races]
    yield "files that cannot grow", [partial(scenes.filled, most) for most in range(8_000, 600_000, 24_000)]
    if os.geteuid() == 0:
        yield "a full disk", [partial(scenes.filled_disk, size) for size in range(16, 640, 24)]
    yield "a ledger that was cut off", [partial(scenes.damaged, seed + each, flip=False) for each in range(150)]
    yield "a ledger with bits flipped", [partial(scenes.damaged, seed + each, flip=True) for each in range(300)]


def _boundary(number: int, lies: Iterable[str], tally: Tally) -> None:
    """Beyond the last boundary nothing is killed, and the scene is a run like any other."""
    scenes.killed_at(number, tally, *lies, statements=True)


def _done(scene: Callable[[Tally], object]) -> Tally:
    logging.disable(logging.INFO)
    tally = Tally()
    try:
        scene(tally)
    except AssertionError as error:
        raise RuntimeError(f"{scene}: {error}") from error
    return tally


def _all(spread: Callable, works: list[Callable]) -> Tally:
    total = Tally()
    for tally in spread(works):
        total.add(tally)
    return total


def _tell(name: str, tally: Tally, total: Tally, began: float) -> None:
    total.add(tally)
    print(f"{name}: {tally}\n{'':4}{time.monotonic() - began:.0f} s in all: {total}", flush=True)


if __name__ == "__main__":
    sys.exit(_main())
