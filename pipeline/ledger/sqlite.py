"""The ledger as an SQLite file: how it is connected to, made, and told from other files."""

import json
import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from pipeline.ledger import lock
from pipeline.ledger.filesystems import mounts, network_filesystem
from pipeline.ledger.runs import CampaignRow
from pipeline.ledger.tables import fill
from pipeline.ledger.trouble import Trouble, trouble
from schemas.errors import CampaignError, Exit

#: "CAMP": tells a ledger from the databases of other programs (https://www.sqlite.org/fileformat.html, offset 68).
APPLICATION_ID = 0x43414D50
_BUSY_SECONDS = 60.0
_ONLY_MINE = 0o600
#: Somebody who reads for longer than this is not waited for.
_SCRUB_MILLISECONDS = 10_000
_SETTINGS = (
    "PRAGMA synchronous = FULL",  # a commit counts only when the disk has it
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -65536",  # KiB; a large adoption stays in memory that is bounded
    "PRAGMA journal_size_limit = 67108864",  # after it, the -wal file shrinks again
)
_READ_ONLY = "cannot be written; make the file and its folder writable for you"
#: By the beginning of SQLite's name of the error (https://www.sqlite.org/rescode.html).
_WORDS: dict[str, Trouble | str] = {
    "SQLITE_BUSY": Trouble.IN_USE,
    "SQLITE_LOCKED": Trouble.IN_USE,
    "SQLITE_NOTADB": Trouble.NO_LEDGER,
    "SQLITE_CORRUPT": Trouble.DAMAGED,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_FULL": Trouble.FULL,
    "SQLITE_CANTOPEN": "cannot be opened; you need to be able to read the file and write to its folder",
    "SQLITE_IOERR": "cannot be read or written, because the disk fails; look at the machine's log",
    "SQLITE_TOOBIG": Trouble.TOO_LONG,
}


class SQLiteFile:
    """A Database (see there) in a file, `path` (absolute). `mountinfo` gives the machine's mounts."""

    def __init__(self, path: Path, *, reading: bool = False, mountinfo: Callable[[], str] = mounts) -> None:
        self._path = path
        self._reading = reading
        self._mountinfo = mountinfo

    @property
    def place(self) -> str:
        """The file's path."""
        return str(self._path)

    @cached_property
    def engine(self) -> sa.Engine:
        """Connections to an existing file. Threads wait for each other instead of for SQLite's sleeps.

        A transaction is `BEGIN IMMEDIATE` unless its connection has the execution option `reading`: one that upgrades
        later fails at once when somebody else writes.
        """
        return _engine(self._path, reading=self._reading)

    def exists(self) -> bool:
        """Whether there is a file; raises CampaignError for a network filesystem and for what is no file."""
        if kind := network_filesystem(Path(os.path.realpath(self._path)), self._mountinfo()):
            raise CampaignError(
                f"the ledger {self._path} would lie on a network filesystem ({kind}), where locks cannot be trusted; use a local disk"
            )
        if not self._path.exists():
            return False
        if not self._path.is_file():
            raise CampaignError(f"the ledger {self._path} is no file; name one with --ledger")
        return True

    def make(self, program_version: str, at: float) -> None:
        """Made aside and then linked, so that nobody ever sees half of a ledger or overwrites one."""
        path = self._path
        if not path.parent.is_dir():
            raise CampaignError(
                f"the folder {path.parent} does not exist; make it, or name another place with --ledger"
            )
        try:
            with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
                aside = Path(folder) / path.name
                os.close(os.open(aside, os.O_CREAT | os.O_EXCL, 0o600))
                _fill(aside, program_version, at)
                os.link(aside, path)
            _sync(path.parent)
        except FileExistsError:
            pass  # somebody else was faster: theirs is as empty
        except sqlite3.Error as error:  # at the closing, which no library watches over
            raise self._said(error) from None
        except OSError as error:
            raise CampaignError(
                f"the ledger {path} cannot be made: {error.strerror}; name another place with --ledger"
            ) from None

    def check(self, connection: sa.Connection) -> None:
        """Refuse a file that is no ledger or was cut off; make it private if others could read it."""
        if connection.exec_driver_sql("PRAGMA application_id").scalar_one() != APPLICATION_ID:
            raise CampaignError(f"{self._path} is no ledger but another program's file; name another with --ledger")
        if self._path.stat().st_size % int(connection.exec_driver_sql("PRAGMA page_size").scalar_one()):
            raise trouble(
                self.place, Trouble.DAMAGED
            )  # within its last page, which SQLite would read as if it were empty
        if not self._reading:
            self._keep_private()

    def held(self, campaign: CampaignRow, at: float) -> AbstractContextManager[None]:
        """A file lock beside the ledger."""
        return lock.held(self._path.with_name(f"{self._path.name}.{campaign.mark}.lock"), campaign.name, at)

    def still_held(self, connection: sa.Connection) -> None:
        """A file lock is not lost while its process lives."""

    def scrub(self) -> bool:
        """Write the file anew, which needs as much space as it has, and empty the -wal file."""
        try:
            with closing(self.engine.raw_connection()) as raw:
                cursor = raw.cursor()
                cursor.execute(f"PRAGMA busy_timeout = {_SCRUB_MILLISECONDS}")
                cursor.execute("VACUUM")
                busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise self._said(error) from None
        return not busy

    def in_words(self, error: DBAPIError) -> CampaignError:
        """What SQLite said."""
        return self._said(error.orig)

    def _said(self, error: BaseException | None) -> CampaignError:
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_ERROR" and "no such" in str(error):
            name = "SQLITE_CORRUPT"  # a table or a column of ours is gone
        words = next((words for code, words in _WORDS.items() if name.startswith(code)), None)
        return trouble(self.place, words or f"cannot be used: {error}; name another with --ledger")

    def _keep_private(self) -> None:
        """Mode 0600 for the ledger and for the files that SQLite has beside it; new ones get the mode of the ledger."""
        path = self._path
        try:
            for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                if file.exists() and stat.S_IMODE(file.stat().st_mode) != _ONLY_MINE:
                    file.chmod(_ONLY_MINE)
        except OSError as error:
            raise CampaignError(
                f"the ledger {path} holds people and is not yours alone: {error.strerror}; make it yours, mode 600"
            ) from None


def _engine(path: Path, *, reading: bool) -> sa.Engine:
    mode = "mode=ro" if reading else "mode=rw"
    alone = reading and _is_alone(path)

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"{path.as_uri()}?{mode}{'&immutable=1' if alone else ''}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )

    engine = sa.create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=0, json_serializer=_json
    )

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        for setting in _SETTINGS:
            connection.execute(setting)

    @event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reading") else "BEGIN IMMEDIATE")

    if alone:
        _refuse_changes(engine, path)
    return engine


def _is_alone(path: Path) -> bool:
    """Whether there is a file, it holds everything, and SQLite cannot have its -shm file beside it, as WAL mode needs."""
    if not path.exists():
        return False
    beside = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))
    return path.exists() and not os.access(path.parent, os.W_OK) and not any(each.exists() for each in beside)


def _refuse_changes(engine: sa.Engine, path: Path) -> None:
    """Take nothing for read that somebody else wrote to meanwhile: who reads without a -shm file does so without locks."""
    before = path.stat()

    @event.listens_for(engine, "commit")
    def _(_connection: sa.Connection) -> None:
        now = path.stat()
        if (now.st_mtime_ns, now.st_size) != (before.st_mtime_ns, before.st_size) or not _is_alone(path):
            raise CampaignError(f"the ledger {path} was written to while it was read; run again", exit_code=Exit.BUSY)


def _fill(path: Path, program_version: str, at: float) -> None:
    """With a rollback journal, so that a full disk is an error: in WAL mode, what fails at the closing fails in silence."""
    engine = _engine(path, reading=False)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            fill(connection, program_version, at)
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA journal_mode = WAL")  # for good: it is written into the file
    finally:
        engine.dispose()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
