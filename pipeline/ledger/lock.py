"""The lock: one run a campaign. A file lock, which the system takes back from a process that dies."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.ledger.moments import iso
from schemas.errors import CampaignError, Exit


@contextmanager
def held(path: Path, campaign: str, at: float) -> Iterator[None]:
    """Hold the lock file `path` for the campaign; raises CampaignError (exit 75) that says who holds it.

    The file stays: removing it would let two runs lock two files of one name. Two openings of one process exclude each
    other as well, since flock(2) belongs to the opening.
    """
    number = _opened(path)
    try:
        _take(number, campaign)
        _write(number, path, {"pid": os.getpid(), "host": socket.gethostname(), "since": iso(at)})
        yield
        os.ftruncate(number, 0)
    finally:
        os.close(number)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CampaignError(
            f"the lock file {path} cannot be opened: {error.strerror}; make it yours, or remove it"
        ) from None


def _take(number: int, campaign: str) -> None:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CampaignError(
            f"another run of {campaign} is active ({_holder(number)}); run again when it has ended", exit_code=Exit.BUSY
        ) from None


def _write(number: int, path: Path, holder: dict[str, object]) -> None:
    try:
        os.ftruncate(number, 0)
        os.pwrite(number, json.dumps(holder).encode(), 0)
    except OSError as error:
        raise CampaignError(f"the lock file {path} cannot be written: {error.strerror}; nothing was sent") from None


def _holder(number: int) -> str:
    try:
        holder = json.loads(os.pread(number, 1000, 0))
        return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (ValueError, KeyError):
        return "it has just begun"
