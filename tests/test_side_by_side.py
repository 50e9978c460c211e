"""Chunks are worked on side by side, come out in order, and are few at a time."""

import threading
import time

import pytest

from pipeline.side_by_side import once, side_by_side


def test_results_come_in_the_order_of_the_chunks():
    def slow_at_first(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return number

    assert list(side_by_side(slow_at_first, range(20))) == list(range(20))


def test_few_chunks_are_taken_ahead_of_what_was_asked_for():
    taken = []

    def chunks():
        for number in range(100):
            taken.append(number)
            yield number

    done = side_by_side(lambda number: number, chunks())
    next(done)
    assert len(taken) <= 4
    done.close()


def test_they_run_in_other_threads_and_what_they_raise_is_raised():
    def work(number: int) -> str:
        if number == 3:
            raise ValueError("chunk 3")
        return threading.current_thread().name

    done = side_by_side(work, range(5))
    assert next(done) != threading.current_thread().name
    with pytest.raises(ValueError, match="chunk 3"):
        list(done)


def test_what_takes_long_is_made_once_though_threads_ask_for_it_at_the_same_time():
    begun = []

    @once
    def made(name: str) -> list[str]:
        begun.append(name)
        time.sleep(0.02)
        return [name]

    first, *others = side_by_side(lambda _: made("a"), range(4))
    assert all(other is first for other in others)
    assert made("b") == ["b"]
    assert begun == ["a", "b"]
