"""The ledger as an SQLite file: how it is connected to, made, and told from other files."""

import json
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from pipeline.ledger.tables import SCHEMA_VERSION, meta, metadata
from pipeline.ledger.trouble import damaged
from schemas.errors import CampaignError, Exit

#: "CAMP": tells a ledger from the databases of other programs (https://www.sqlite.org/fileformat.html, offset 68).
APPLICATION_ID = 0x43414D50
_BUSY_SECONDS = 60.0
_SETTINGS = (
    "PRAGMA synchronous = FULL",  # a commit counts only when the disk has it
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -65536",  # KiB; a large adoption stays in memory that is bounded
    "PRAGMA journal_size_limit = 67108864",  # after it, the -wal file shrinks again
)


def engine_for(path: Path, *, reading: bool) -> sa.Engine:
    """An engine for an existing file. One connection at a time: threads wait for each other instead of for SQLite's sleeps.

    A transaction is `BEGIN IMMEDIATE` unless its connection has the execution option `reading`: one that upgrades later
    fails at once when somebody else writes.
    """
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
    """Whether the file holds everything, and SQLite cannot have its -shm file beside it, which it needs in WAL mode."""
    beside = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))
    return not os.access(path.parent, os.W_OK) and not any(each.exists() for each in beside)


def _refuse_changes(engine: sa.Engine, path: Path) -> None:
    """Take nothing for read that somebody else wrote to meanwhile: who reads without a -shm file does so without locks."""
    before = path.stat()

    @event.listens_for(engine, "commit")
    def _(_connection: sa.Connection) -> None:
        now = path.stat()
        if (now.st_mtime_ns, now.st_size) != (before.st_mtime_ns, before.st_size) or not _is_alone(path):
            raise CampaignError(f"the ledger {path} was written to while it was read; run again", exit_code=Exit.BUSY)


def create(path: Path, program_version: str, at: float) -> None:
    """Make an empty ledger. It is made aside and then linked, so that nobody ever sees half of one or overwrites one."""
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            aside = Path(folder) / path.name
            os.close(os.open(aside, os.O_CREAT | os.O_EXCL, 0o600))
            _fill(aside, program_version, at)
            os.link(aside, path)
        _sync(path.parent)
    except FileExistsError:
        pass  # somebody else was faster: theirs is as empty
    except OSError as error:
        raise CampaignError(
            f"the ledger {path} cannot be made: {error.strerror}; name another place with --ledger"
        ) from None


def _fill(path: Path, program_version: str, at: float) -> None:
    """With a rollback journal, so that a full disk is an error: in WAL mode, what fails at the closing fails in silence."""
    engine = engine_for(path, reading=False)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            metadata.create_all(connection)
            connection.execute(
                meta.insert().values(schema_version=SCHEMA_VERSION, created_at=at, created_by=program_version)
            )
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA journal_mode = WAL")  # for good: it is written into the file
    finally:
        engine.dispose()


def check(connection: sa.Connection, path: Path) -> None:
    """Refuse a file that is no ledger, or one of a newer program."""
    if connection.exec_driver_sql("PRAGMA application_id").scalar_one() != APPLICATION_ID:
        raise CampaignError(f"{path} is no ledger but another program's file; name another with --ledger")
    if path.stat().st_size % int(connection.exec_driver_sql("PRAGMA page_size").scalar_one()):
        raise damaged(path)  # cut off within its last page, which SQLite would read as if it were empty
    version = connection.execute(sa.select(sa.func.max(meta.c.schema_version))).scalar_one()
    if version is None:
        raise CampaignError(f"the ledger {path} is damaged (it does not say its version); put back a copy from before")
    if version > SCHEMA_VERSION:
        raise CampaignError(
            f"the ledger {path} was written by a newer version of this program (tables {version}, known {SCHEMA_VERSION}); install that version"
        )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
