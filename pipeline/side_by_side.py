"""Work on chunks side by side: eager polars uses one core for most of what is done to a chunk."""

import functools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar, cast

import polars as pl

Chunk = TypeVar("Chunk")
Done = TypeVar("Done")
Asked = ParamSpec("Asked")

#: More at a time would take more memory than they save seconds.
_MOST = 4


def side_by_side(work: Callable[[Chunk], Done], chunks: Iterable[Chunk]) -> Iterator[Done]:
    """Yield what `work` makes of each chunk, in order; few are in memory at a time. Whatever `work` raises is raised."""
    at_once = min(pl.thread_pool_size(), _MOST)
    running: deque[Future[Done]] = deque()
    with ThreadPoolExecutor(at_once) as threads:
        for chunk in chunks:
            running.append(threads.submit(work, chunk))
            del chunk
            while len(running) >= at_once:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def once(make: Callable[Asked, Done]) -> Callable[Asked, Done]:
    """As functools.cache, but threads that ask at the same time wait for the first, instead of all making the same."""
    made, lock = cast("Callable[Asked, Done]", functools.cache(make)), threading.RLock()

    @functools.wraps(make)
    def asked(*args: Asked.args, **kwargs: Asked.kwargs) -> Done:
        with lock:
            return made(*args, **kwargs)

    return asked
