"""Waiting: the service's own word obeyed, attempts and time bounded."""

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.service.patience import patient, retry_after

NOW = 1_800_000_000.0


def date(offset):
    return format_datetime(datetime.fromtimestamp(NOW + offset, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0),
        (" 30 ", 30.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("86400000", 86_400_000.0),
        (date(90), 90.0),
        (date(-90), 0.0),
        (date(90).replace("GMT", "-0000"), 90.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("٣٠", None),
        ("Wed, 99 Foo 2027 00:00:00 GMT", None),
        ("Wed, 01 Jan 99999999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text, seconds):
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_without_the_header_there_is_nothing_to_obey():
    assert retry_after({}, NOW) is None


@given(st.text())
def test_any_text_in_the_header_is_a_time_not_below_zero_or_nothing(text):
    seconds = retry_after({"retry-after": text}, NOW)
    assert seconds is None or 0 <= seconds < float("inf")


class Asked:
    """A question whose answer is "wait" for so many seconds, each time; None: "wait", without saying how long."""

    def __init__(self, *waits):
        self.waits = list(waits)
        self.count = 0
        self.slept = []
        self.now = NOW

    async def __call__(self):
        self.count += 1
        return self.waits.pop(0) if self.waits else "done"

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def ask(asked, attempts=5, seconds=300):
    said = []
    asking = patient(
        attempts=attempts,
        seconds=seconds,
        clock=lambda: asked.now,
        sleep=asked.sleep,
        again=lambda answer: answer != "done",
        told=lambda answer: answer,
        say=lambda answer, wait: said.append((answer, wait)),
    )
    answer = asyncio.run(asking(asked))
    assert [wait for _, wait in said] == asked.slept
    return answer


def test_a_first_answer_that_will_do_is_not_asked_for_again():
    asked = Asked()
    assert ask(asked) == "done"
    assert asked.count == 1


def test_waits_grow_with_jitter_and_end_at_a_minute():
    asked = Asked(*[None] * 9)
    assert ask(asked, attempts=10, seconds=10_000) == "done"
    for number, wait in enumerate(asked.slept):
        assert min(2**number, 60) <= wait <= min(2**number + 1, 60)


def test_a_wait_is_never_shorter_than_what_was_told():
    asked = Asked(100, 0.5, 17)
    assert ask(asked) == "done"
    assert asked.slept[0] == 100
    assert 2 <= asked.slept[1] <= 3
    assert asked.slept[2] == 17


def test_attempts_are_bounded_and_the_last_answer_is_given():
    asked = Asked(1, 2, 3, 4, 5, 6)
    assert ask(asked, attempts=3) == 3
    assert asked.count == 3


def test_time_is_bounded():
    asked = Asked(*[100] * 9)
    assert ask(asked, attempts=9, seconds=300) == 100
    assert asked.count == 4


def test_a_wait_beyond_the_time_left_is_not_begun():
    asked = Asked(301)
    assert ask(asked) == 301
    assert asked.slept == []


def test_an_exception_is_not_retried():
    asked = Asked()

    async def fails():
        asked.count += 1
        raise RuntimeError

    asking = patient(
        attempts=5, seconds=9, clock=lambda: NOW, sleep=asked.sleep, again=bool, told=float, say=lambda *_: None
    )
    with pytest.raises(RuntimeError):
        asyncio.run(asking(fails))
    assert asked.count == 1
