"""`python -m tests.torture`: the long proof. Prints what was done and what came of it; exit 1 as soon as something does not hold."""

import argparse
import itertools
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain
from multiprocessing import get_context

from tests.postgres_server import Databases, running_server
from tests.torture import scenes
from tests.torture.world import Tally

#: Faults under which the boundaries are gone through again; one beyond the last kills nothing.
_LIES = (("429=0",), ("500-after@2",), ("lost@2", "half@3"))
_ROUND = 64  # storms between two looks at how many faults there were


def _main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    asked.add_argument("--seed", type=int, default=1, help="decides everything that is left to chance")
    asked.add_argument("--harms", type=int, default=10_000, help="so many kills and faults in all, at the least")
    given = asked.parse_args()
    logging.disable(logging.INFO)
    began, total = time.monotonic(), Tally()
    with _databases() as databases, ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as workers:
        run = partial(_all, lambda works: workers.map(scenes.tallied, works))
        for name, scene in chain(_scenes(given.seed), _on_postgresql(given.seed, databases) if databases else ()):
            _tell(name, run(scene), total, began)
        seeds, either = itertools.count(given.seed), itertools.cycle((None, databases))
        while total.kills + total.faults < given.harms:
            storm = partial(scenes.pretended_storm, databases=next(either))
            storms = [partial(storm, seed) for seed in itertools.islice(seeds, _ROUND)]
            _tell("pretended deaths at a service that lies", run(storms), total, began)
    return int(total.doubles > 0)


@contextmanager
def _databases() -> Iterator[Databases | None]:
    """Those of a server that the workers share; None where there is no server to be started."""
    try:
        with running_server() as server:
            yield Databases(server.folder)
    except FileNotFoundError as missing:
        print(f"SQLite only: {missing}", flush=True)
        yield None


def _scenes(seed: int) -> Iterator[tuple[str, list[Callable]]]:
    yield "killed at every boundary", [partial(scenes.killed_at, each, statements=True) for each in range(1, 240)]
    for lies in _LIES:
        boundaries = [partial(scenes.killed_at, each, lies=lies) for each in range(1, 110)]
        yield f"killed at every boundary, the service: {' '.join(lies)}", boundaries
    boundaries = [partial(scenes.refused_at, each, statements=True) for each in range(1, 300, 3)]
    yield "killed at every third boundary, the service refuses people by name", boundaries
    yield "killed and interrupted at random", [partial(scenes.storm, seed + each) for each in range(60)]
    jumps = itertools.product(range(1, 20), (-86_400.0, -11.0, 11.0, 86_400.0))
    yield "the clock jumps", [partial(scenes.jumped, *jump) for jump in jumps]
    yield "stopped for 12 seconds", [partial(scenes.stopped, seconds=12.0, begin_within=10.0)]
    races = itertools.product((2, 3, 4), (0.0, 0.01, 0.05))
    yield "races without the lock", [partial(scenes.raced, processes=each, latency=late) for each, late in races]
    yield "files that cannot grow", [partial(scenes.filled, most_bytes=most) for most in range(8_000, 500_000, 40_000)]
    if os.geteuid() == 0:
        yield "a full disk", [partial(scenes.filled_disk, kilobytes=size) for size in range(16, 640, 40)]
    yield "a ledger that was cut off", [partial(scenes.damaged, seed + each, flip=False) for each in range(80)]
    yield "a ledger with bits flipped", [partial(scenes.damaged, seed + each, flip=True) for each in range(120)]


def _on_postgresql(seed: int, databases: Databases) -> Iterator[tuple[str, list[Callable]]]:
    there = partial(partial, databases=databases)
    boundaries = [there(scenes.killed_at, each, statements=True) for each in range(1, 240)]
    yield "PostgreSQL: killed at every boundary", boundaries
    lied_to = [there(scenes.killed_at, each, lies=lies) for lies in _LIES for each in range(1, 110)]
    yield "PostgreSQL: killed at every boundary, and the service lies", lied_to
    storms = [there(scenes.storm, seed + each) for each in range(60)]
    yield "PostgreSQL: killed and interrupted at random", storms
    races = itertools.product((2, 3, 4), (0.0, 0.01, 0.05))
    raced = [there(scenes.raced, processes=each, latency=late) for each, late in races]
    yield "PostgreSQL: races without the lock", raced
    yield "PostgreSQL: connections cut", [there(scenes.cut_off, seed + each) for each in range(60)]
    yield "PostgreSQL: the server crashes", [partial(scenes.crashed_alone, after) for after in range(9)]


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
