"""A PostgreSQL server of one's own, in a temporary folder and on a socket in it; for tests, so no commit waits for a disk."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

#: Where Debian keeps it, and others; the newest is taken.
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "autovacuum": "off",
    "lc_messages": "C",
}
_NUMBERS = count(1)
_SHARED_MEMORY = Path("/dev/shm")


def binaries() -> Path | None:
    """The folder of the server's programs; None where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    places = [place for pattern in _PLACES for place in Path("/").glob(pattern[1:]) if (place / "initdb").exists()]
    return max(
        places,
        key=lambda place: [int(part) for part in place.parent.name.split("-")[-1].split(".") if part.isdigit()],
        default=None,
    )


@dataclass
class Databases:
    """The databases of a server whose socket is in `folder`, and which believes its administrator, `admin`."""

    folder: Path

    def url(self, database: str, user: str = "admin") -> str:
        """What `--ledger` is given."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def tell(self, *statements: str, database: str = "postgres") -> None:
        """Carry out statements as the administrator."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def ask(self, statement: str, database: str = "postgres") -> list[tuple]:
        """What a query finds."""
        with psycopg.connect(self.url(database)) as connection:
            return connection.execute(statement).fetchall()

    def fresh(self, template: str = "template0") -> str:
        """A new database; its URL."""
        name = f"d{os.getpid()}_{next(_NUMBERS)}"
        self.tell(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database."""
        self.tell(f"DROP DATABASE {url.partition('?')[0].rpartition('/')[2]} WITH (FORCE)")


@dataclass
class Server(Databases):
    """`folder` holds the cluster, too."""

    programs: Path
    _process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        command = [self.programs / "postgres", "-D", self.folder / "cluster", "-k", self.folder, *settings]
        with log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **_as_whom())
        end = time.monotonic() + 30
        while True:
            try:
                return self.tell("SELECT 1")
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < end, "the server does not start"
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it: by SIGQUIT at once, as if the machine had crashed."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def require_password(self, user: str, password: str, rights: str = "") -> None:
        """Have a user whom the server believes by a password only."""
        self.tell(f"DROP ROLE IF EXISTS {user}", f"CREATE ROLE {user} LOGIN {rights} PASSWORD '{password}'")
        rules = self.folder / "cluster" / "pg_hba.conf"
        rules.write_text(f"local all {user} scram-sha-256\n{rules.read_text('utf-8')}", "utf-8")
        self.tell("SELECT pg_reload_conf()")


@contextmanager
def running_server() -> Iterator[Server]:
    """A server for as long as the block lasts; raises FileNotFoundError where none is installed."""
    programs = binaries()
    if programs is None:
        raise FileNotFoundError("no PostgreSQL server is installed here")
    where = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="pg-", dir=where) as name:
        server = Server(Path(name), programs)
        if user := _as_whom().get("user"):
            os.chown(name, pwd.getpwnam(user).pw_uid, -1)
        _run([programs / "initdb", "-D", server.folder / "cluster", "-U", "admin", "-A", "trust", "-E", "UTF8",
              "--locale=C", "--no-sync", "--no-instructions"], server.folder)  # fmt: skip
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _run(command: Sequence[object], folder: Path) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, **_as_whom())
    assert ended.returncode == 0, ended.stderr


def _as_whom() -> dict[str, str]:
    """The server refuses to run as root."""
    return {"user": "nobody"} if os.geteuid() == 0 else {}
