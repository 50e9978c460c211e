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
from schemas.errors import CampaignError

#: "CAMP": tells a ledger from the databases of other programs (https://www.sqlite.org/fileformat.html, offset 68).
APPLICATION_ID = 0x43414D50
_BUSY_SECONDS = 60.0
#: Somebody who reads for longer than this is not waited for.
_SCRUB_MILLISECONDS = 10_000
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

    def connect() -> sqlite3.Connection:
        mode = "ro" if reading else "rw"
        return sqlite3.connect(
            f"{path.as_uri()}?mode={mode}",
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

    return engine


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


def scrub(engine: sa.Engine) -> bool:
    """Write the file anew without what was deleted, which else stays in its free pages; and empty the -wal file.

    Returns False where another program is still reading what was there before. Needs as much space as the ledger has.
    """
    with closing(engine.raw_connection()) as raw:
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_SCRUB_MILLISECONDS}")
        cursor.execute("VACUUM")
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
