"""Opening: from what `--ledger` says to a ledger, or to the reason why not, before anything is sent."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path

import platformdirs
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from pipeline.ledger.database import Database
from pipeline.ledger.filesystems import mounts
from pipeline.ledger.sqlite import SQLiteFile
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import SCHEMA_VERSION, meta
from pipeline.ledger.trouble import trouble
from schemas.errors import CampaignError


class LedgerMissing(CampaignError):  # noqa: N818 -- named as what happened
    """There is no ledger at the place: not an empty one, for then everybody would be called again."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"there is no ledger at {place}; name another with --ledger, or begin one with --create-ledger"
        )
        self.place = place


def default_location() -> Path:
    """Where the ledger is unless `--ledger` says otherwise."""
    return Path(platformdirs.user_data_dir("campaign", appauthor=False)) / "ledger.sqlite"


def open_ledger(
    given: str | Path | None = None,
    *,
    create: bool = False,
    reading: bool = False,
    clock: Callable[[], float] = time.time,
    mountinfo: Callable[[], str] = mounts,
) -> Ledger:
    """The ledger at a path, or at an SQLAlchemy URL, or at the default place; for writing unless `reading`.

    `create` makes it where there is none. Raises LedgerMissing, or CampaignError where it is damaged, newer, another
    program's, read-only, out of reach or on a network filesystem.
    """
    database = database_of(given, reading=reading, mountinfo=mountinfo)
    with ExitStack() as on_failure:
        ledger = on_failure.enter_context(Ledger(database, clock))
        if not _is_there(database):
            if not create:
                raise LedgerMissing(database.place)
            _make(database, is_default=given is None, at=clock())
        with ledger.transaction(reading=reading) as connection:  # to write is tried here: what is read-only shows
            database.check(connection)
            _check_version(connection, database.place)
        on_failure.pop_all()
    return ledger


@contextmanager
def _telling(database: Database) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CampaignError(
            f"the ledger {database.place} cannot be reached: {error.strerror}; name another with --ledger"
        ) from None
    except DBAPIError as error:
        raise database.in_words(error) from None


def _is_there(database: Database) -> bool:
    with _telling(database):
        return database.exists()


def _make(database: Database, *, is_default: bool, at: float) -> None:
    with _telling(database):
        if is_default:
            default_location().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        database.make(version("campaign"), at)


def database_of(given: str | Path | None, *, reading: bool, mountinfo: Callable[[], str] = mounts) -> Database:
    """The database that a path or an SQLAlchemy URL means; None means the default."""
    text = str(default_location() if given is None else given)
    url = _url(text) if "://" in text else sa.URL.create("sqlite", database=text)
    match url.get_backend_name():
        case "sqlite":
            return SQLiteFile(_file(url), reading=reading, mountinfo=mountinfo)
        case "postgresql":
            from pipeline.ledger.postgres import Postgres  # noqa: PLC0415 -- its driver takes 0.1 s to load

            return Postgres(url)
        case backend:
            raise CampaignError(f"a ledger cannot be on {backend}; name a file or a postgresql:// URL with --ledger")


def _url(text: str) -> sa.URL:
    try:
        return sa.make_url(text)
    except (ArgumentError, ValueError):  # of which the text may hold a password
        raise CampaignError(
            "--ledger is neither a path nor an SQLAlchemy URL such as sqlite:////var/lib/ledger.sqlite or"
            " postgresql://campaign@db.example/campaign"
        ) from None


def _file(url: sa.URL) -> Path:
    if url.query or not url.database or url.database == ":memory:":
        raise CampaignError(
            "--ledger must name a file and nothing else: sqlite:////var/lib/ledger.sqlite, or just its path"
        )
    return Path(url.database).expanduser().absolute()


def _check_version(connection: sa.Connection, place: str) -> None:
    found = connection.execute(sa.select(sa.func.max(meta.c.schema_version))).scalar_one()
    if found is None:
        raise trouble(place, "is damaged (it does not say its version); put back a copy from before")
    if found > SCHEMA_VERSION:
        raise trouble(
            place,
            f"was written by a newer version of this program (tables {found}, known {SCHEMA_VERSION}); install that version",
        )
