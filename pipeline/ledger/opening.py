"""Opening: from what `--ledger` says to a ledger, or to the reason why not, before anything is sent."""

import os
import sqlite3
import stat
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import platformdirs
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from pipeline.ledger import sqlite
from pipeline.ledger.filesystems import mounts, network_filesystem
from pipeline.ledger.store import Ledger
from pipeline.ledger.trouble import in_words
from schemas.errors import CampaignError

_ONLY_MINE = 0o600


class LedgerMissing(CampaignError):  # noqa: N818 -- named as what happened
    """There is no ledger at the place: not an empty one, for then everybody would be called again."""


def default_location() -> Path:
    """Where the ledger is unless `--ledger` says otherwise."""
    return Path(platformdirs.user_data_dir("campaign", appauthor=False)) / "ledger.sqlite"


def location(given: str | Path | None) -> Path:
    """The file that a path or an SQLAlchemy URL means, absolute; None means the default."""
    if given is None:
        return default_location()
    text = str(given)
    return Path(_of_url(text) if "://" in text else text).expanduser().absolute()


def open_ledger(
    given: str | Path | None = None,
    *,
    create: bool = False,
    reading: bool = False,
    clock: Callable[[], float] = time.time,
    mountinfo: Callable[[], str] = mounts,
) -> Ledger:
    """The ledger at a place (see `location`), for writing unless `reading`; `create` makes it where there is none.

    Raises LedgerMissing, or CampaignError where it is damaged, newer, another program's, read-only or on a network.
    """
    path = location(given)
    try:
        return _found(path, create=create, reading=reading, clock=clock, mountinfo=mountinfo())
    except OSError as error:
        raise CampaignError(
            f"the ledger {path} cannot be reached: {error.strerror}; name another with --ledger"
        ) from None


def _found(path: Path, *, create: bool, reading: bool, clock: Callable[[], float], mountinfo: str) -> Ledger:
    if kind := network_filesystem(Path(os.path.realpath(path)), mountinfo):
        raise CampaignError(
            f"the ledger {path} would lie on a network filesystem ({kind}), where locks cannot be trusted; use a local disk"
        )
    if not path.exists():
        _make(path, create=create, at=clock())
    if not path.is_file():
        raise CampaignError(f"the ledger {path} is no file; name one with --ledger")
    return _opened(path, reading=reading, clock=clock)


def _of_url(text: str) -> str:
    try:
        url = sa.make_url(text)
    except ArgumentError:
        raise CampaignError(
            "--ledger is neither a path nor an SQLAlchemy URL such as sqlite:////var/lib/ledger.sqlite"
        ) from None
    backend = url.get_backend_name()
    if backend != "sqlite":
        raise CampaignError(f"a ledger on {backend} is not available in this version; name a file with --ledger")
    if url.query or not url.database or url.database == ":memory:":
        raise CampaignError(
            "--ledger must name a file and nothing else: sqlite:////var/lib/ledger.sqlite, or just its path"
        )
    return url.database


def _make(path: Path, *, create: bool, at: float) -> None:
    if not create:
        raise LedgerMissing(
            f"there is no ledger at {path}; name another with --ledger, or begin one with --create-ledger"
        )
    if path == default_location():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.parent.is_dir():
        raise CampaignError(f"the folder {path.parent} does not exist; make it, or name another place with --ledger")
    try:
        sqlite.create(path, version("campaign"), at)
    except (DBAPIError, sqlite3.Error) as error:
        raise in_words(path, error) from None


def _opened(path: Path, *, reading: bool, clock: Callable[[], float]) -> Ledger:
    ledger = Ledger(sqlite.engine_for(path, reading=reading), path, clock)
    try:
        with ledger.transaction(reading=reading) as connection:  # to write is tried here: what is read-only shows
            sqlite.check(connection, path)
        if not reading:
            _keep_private(path)
    except CampaignError:
        ledger.close()
        raise
    return ledger


def _keep_private(path: Path) -> None:
    """Mode 0600 for the ledger and for the files that SQLite has beside it; new ones get the mode of the ledger."""
    try:
        for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            if file.exists() and stat.S_IMODE(file.stat().st_mode) != _ONLY_MINE:
                file.chmod(_ONLY_MINE)
    except OSError as error:
        raise CampaignError(
            f"the ledger {path} holds people and is not yours alone: {error.strerror}; make it yours, mode 600"
        ) from None
