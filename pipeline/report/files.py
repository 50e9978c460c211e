"""The files of a report: written aside and renamed, readable by their owner alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO

from schemas.errors import CampaignError


@contextmanager
def written_aside(path: Path) -> Iterator[IO[bytes]]:
    """A file (mode 0600) that takes the name only when it is whole; raises CampaignError where it cannot be written."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
        aside.replace(path)
    except OSError as error:
        raise CampaignError(
            f"{path}: cannot be written: {error.strerror}; choose another folder or make room"
        ) from None
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def unused(folder: Path) -> Path:
    """The folder, or the first of its name with -2, -3 … that is not there: nothing of another run is overwritten."""
    names = (folder if number == 1 else folder.with_name(f"{folder.name}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())
