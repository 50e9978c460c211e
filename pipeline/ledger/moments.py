"""Moments: Unix seconds in the program, ISO 8601 text in UTC in the ledger."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from pipeline.ledger.trouble import Unreadable


def iso(at: float) -> str:
    """`2024-04-01T13:00:00.000Z`: of one width, so that texts sort as the moments do."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def minute(at: float) -> str:
    """`2024-04-01 13:00 UTC`, for people."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def unix(text: str) -> float:
    """The Unix seconds of what `iso` wrote."""
    return datetime.fromisoformat(text).timestamp()


class Moment(sa.types.TypeDecorator[float]):
    """A column of moments: float Unix seconds here, the text of `iso` in the table."""

    impl = sa.String(24)
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> str | None:
        """As stored."""
        del dialect
        return None if value is None else iso(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> float | None:
        """As read; raises Unreadable for what is no moment."""
        del dialect
        try:
            return None if value is None else unix(value)
        except ValueError as error:
            raise Unreadable from error
