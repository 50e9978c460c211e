"""How often and how long to ask again: attempts and time both bounded, the service's own word obeyed."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_result,
    stop_after_attempt,
    stop_any,
    wait_exponential_jitter,
)

Result = TypeVar("Result")

_SECONDS = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]*)?")
_BACKOFF = wait_exponential_jitter(multiplier=1, max=60, jitter=1)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait by the `retry-after` header (lower case): seconds or an HTTP date (RFC 9110, 10.2.3).

    Never negative; not bounded above, which is the caller's part. None where there is none or it cannot be read.
    """
    text = headers.get("retry-after", "").strip()
    seconds = float(text) if _SECONDS.fullmatch(text) else _until(text, now)
    return None if seconds is None else max(0.0, seconds)


def _until(text: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def patient(
    *,
    attempts: int,
    seconds: float,
    clock: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
    again: Callable[[Result], bool],
    told: Callable[[Result], float | None],
    say: Callable[[Result, float], None],
) -> AsyncRetrying:
    """Call something until its result need not be had `again`; gives back the last result, whatever it is.

    It gives up after `attempts`, or when the next wait would end more than `seconds` after now. A wait grows
    exponentially with jitter, up to a minute, and is never shorter than what the service `told`; `say` hears of it
    first. Exceptions are not retried.
    """
    started = clock()

    def wait(state: RetryCallState) -> float:
        return max(_BACKOFF(state), told(_result(state)) or 0.0)

    def out_of_time(state: RetryCallState) -> bool:
        return clock() - started + state.upcoming_sleep > seconds

    return AsyncRetrying(
        retry=retry_if_result(again),
        stop=stop_any(stop_after_attempt(attempts), out_of_time),  # type: ignore[arg-type]  # any callable will do
        wait=wait,
        before_sleep=lambda state: say(_result(state), state.upcoming_sleep),
        sleep=sleep,
        retry_error_callback=_result,
    )


def _result(state: RetryCallState) -> Any:
    return state.outcome.result() if state.outcome else None
