"""The ledger in a PostgreSQL database: how it is connected to, made, and told from other databases.

It is the schema that the connection's `search_path` names first. `LOCK TABLE meta IN EXCLUSIVE MODE`, the first thing of
every transaction that writes, is to PostgreSQL what `BEGIN IMMEDIATE` is to SQLite: whoever holds it is the only one who
writes, and everybody still reads. Each statement after it (READ COMMITTED) sees all that was committed before. So what is
right for a ledger of which there is one writer is right here; the primary key of `claims` holds regardless.
"""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from psycopg.types.string import StrDumper
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from pipeline.ledger.advisory import Lock, held
from pipeline.ledger.postgres_words import ONLY_READS, in_words
from pipeline.ledger.runs import CampaignRow
from pipeline.ledger.tables import fill, metadata
from pipeline.ledger.trouble import trouble
from schemas.errors import CampaignError

_DRIVERS = ("postgresql", "postgresql+psycopg")
#: What of an URL says where a ledger is; other options, such as passwords and certificates, are not told.
_TOLD = ("host", "port", "service", "options")
#: Within about a minute we find out that the server is gone (https://www.postgresql.org/docs/current/libpq-connect.html).
_CONNECTING: Mapping[str, Any] = {
    "client_encoding": "utf8",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "prepare_threshold": None,  # a pooler gives each transaction another session, which has not prepared the statement
}
_READING = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"  # one moment of the ledger, as SQLite shows it
#: The server, too, finds out within about a minute that a machine is gone without a word, and takes back what it held. All
#: of this is set in each transaction, because a pooler may give it any session.
_ALIVE = (
    "SET LOCAL tcp_keepalives_idle = 30; SET LOCAL tcp_keepalives_interval = 10; SET LOCAL tcp_keepalives_count = 3"
)
#: A claim counts only when the server's disk has it.
_SAFELY = f"{_ALIVE}; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '60s'"
_WRITING = f"{_SAFELY}; LOCK TABLE meta IN EXCLUSIVE MODE"
#: "CAMP": no two make a ledger at the same time.
_MAKING = f"{_SAFELY}; SELECT pg_advisory_xact_lock({0x43414D50})"
_SCHEMA = sa.text("SELECT current_schema(), current_setting('server_encoding')")
_TABLES = sa.text("""
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = current_schema() AND relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
""")


class Postgres:
    """A Database (see there) on a server, by its URL."""

    def __init__(self, url: sa.URL) -> None:
        if url.drivername not in _DRIVERS:
            raise CampaignError(f"--ledger names the driver {url.drivername}; write postgresql:// instead")
        self._url = url.set(drivername="postgresql+psycopg")
        self._locks: list[Lock] = []

    @property
    def place(self) -> str:
        """The URL without its password."""
        told = {name: value for name, value in self._url.query.items() if name in _TOLD}
        shown = sa.URL.create(
            "postgresql", self._url.username, None, self._url.host, self._url.port, self._url.database
        )
        return str(shown.set(query=told))

    @cached_property
    def engine(self) -> sa.Engine:
        """A connection that is found again after the server or the network has cut it while nothing went on."""
        return self._engine(_WRITING, pool_size=1, max_overflow=0, pool_pre_ping=True)

    def exists(self) -> bool:
        """Whether the schema has the ledger's tables; raises CampaignError for another program's, and where some are gone."""
        with self.engine.connect().execution_options(reading=True) as connection, connection.begin():
            return self._exists(connection)

    def _exists(self, connection: sa.Connection) -> bool:
        schema, encoding = connection.execute(_SCHEMA).one()
        if encoding != "UTF8":
            raise trouble(self.place, f"cannot hold every name: its encoding is {encoding}; make a database in UTF8")
        if schema is None:
            raise trouble(
                self.place, "has no schema: make the one that search_path names, or name another with --ledger"
            )
        found = set(connection.execute(_TABLES).scalars())
        missing = metadata.tables.keys() - found
        if not found:
            return False
        if missing == metadata.tables.keys():
            raise trouble(self.place, "is another program's; make a database or a schema for the ledger alone")
        if missing:
            raise trouble(
                self.place, f"is damaged or another program's (it lacks {min(missing)}); put back a copy from before"
            )
        return True

    def make(self, program_version: str, at: float) -> None:
        """In one transaction, as PostgreSQL makes tables in one."""
        with self.engine.connect().execution_options(begin=_MAKING) as connection, connection.begin():
            if not self._exists(connection):
                fill(connection, program_version, at)

    def check(self, connection: sa.Connection) -> None:
        """Refuse one that only reads where that is not enough."""
        only_reads = connection.execute(sa.text("SHOW transaction_read_only")).scalar_one() == "on"
        if only_reads and not connection.get_execution_options()["reading"]:
            raise trouble(self.place, ONLY_READS)

    @contextmanager
    def held(self, campaign: CampaignRow, at: float) -> Iterator[None]:
        """An advisory lock on a connection of its own."""
        del at  # the server knows
        engine = self._engine(_ALIVE, poolclass=sa.NullPool)
        try:
            with held(engine, campaign, f"process {os.getpid()} on {socket.gethostname()}") as lock:
                self._locks.append(lock)
                try:
                    yield
                finally:
                    self._locks.remove(lock)
        except DBAPIError as error:
            raise self.in_words(error) from None
        finally:
            engine.dispose()

    def still_held(self, connection: sa.Connection) -> None:
        """As the server says at this moment, so that it cannot be another's meanwhile."""
        for lock in self._locks:
            lock.refuse_lost(connection)

    def scrub(self) -> bool:
        """The server does it by itself, in its own time (autovacuum)."""
        return True

    def in_words(self, error: DBAPIError) -> CampaignError:
        """What the server or the driver said, without a password."""
        return trouble(self.place, in_words(error, self._secrets()))

    def _engine(self, begin: str, **pool: Any) -> sa.Engine:
        """Its transactions begin with the statements `begin`, unless their connection has the option `reading` or `begin`."""
        arguments = {name: value for name, value in _CONNECTING.items() if name not in self._url.query}
        engine = sa.create_engine(
            self._url,
            connect_args=arguments,
            isolation_level="READ COMMITTED",
            json_serializer=_json,
            hide_parameters=True,
            **pool,
        )

        @event.listens_for(engine, "connect")
        def _(connection: Any, _record: object) -> None:
            connection.adapters.register_dumper(str, _Text)

        @event.listens_for(engine, "begin")
        def _(connection: sa.Connection) -> None:
            options = connection.get_execution_options()
            connection.exec_driver_sql(_READING if options.get("reading") else options.get("begin", begin))

        return engine

    def _secrets(self) -> list[str]:
        given = [self._url.password, self._url.query.get("password"), self._url.query.get("sslpassword")]
        return [str(secret) for secret in given if secret]


class _Text(StrDumper):
    """PostgreSQL's texts hold no NUL: U+FFFD stands for it, as for whatever cannot be shown."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd"))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
