"""How a sandbox behaves, apart from its file and its port."""

import time
from collections.abc import Callable
from dataclasses import dataclass

#: The endpoints that faults are given for.
ENDPOINTS = ("submit", "list", "batch", "cancel", "retry", "agent", "agents", "numbers", "number")


@dataclass(frozen=True)
class Settings:
    """What is asked of a sandbox.

    `key` is the only one accepted (None: any that is not empty). `faults` are in the grammar of `faults`, `chaos` reads
    `SEED:SHARE`. `latency` is in seconds, for each answer of the API. Calls take `call_seconds`, `at_once` of a batch
    run side by side, and `seed` decides how they end. `agents` are the ones that exist (empty: all do); `forbidden` are
    the overrides that they do not permit, such as `tts.speed`; `placeholders` are the variables that their own texts need,
    `languages` those that they speak, their own first (empty: many). `numbers` are the ids of the account's phone numbers
    (empty: any). `refused` are beginnings of numbers that are not called: a
    422 names their recipients. `clock` gives Unix seconds.
    """

    key: str | None = None
    faults: tuple[str, ...] = ()
    chaos: str | None = None
    latency: float = 0.0
    call_seconds: float = 0.0
    at_once: int = 10
    seed: int = 0
    agents: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    clock: Callable[[], float] = time.time
