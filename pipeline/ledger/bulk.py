"""Bulk loads: whole frames into a table and out of it, below the ORM-like layers."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import chain
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

#: Rows that are Python objects at one time.
_PART = 50_000
#: Lines that are Python objects at one time, read.
_READ = 100_000
#: Rows that one statement inserts: it halves the time, and more rows hardly help.
_TOGETHER = 50
#: Rows after which a table is not what it was.
_MANY = 10_000


def load(connection: sa.Connection, table: sa.Table, frame: pl.DataFrame, **same: Any) -> None:
    """Insert a frame, whose columns are named as the table's; `same` are values that all of its rows share.

    Raises IntegrityError as the table's constraints demand.
    """
    if frame.is_empty():
        return
    filled = [column.name for column in table.c if column.name in frame.columns and not _is_empty(frame[column.name])]
    write = _copy if connection.dialect.name == "postgresql" else _insert
    write(connection, table, frame.select(filled), same)


def read(connection: sa.Connection, statement: sa.Select[Any], schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """What a statement selects, as columns of these types, in parts: never all of it as Python objects.

    Lines come as the driver has them, in half the time: nothing may be selected that SQLAlchemy turns into something else.
    """
    parts = [pl.DataFrame(schema=schema)]
    with closing(connection.execute(statement)) as found, _in_its_words(connection, str(statement)):
        while lines := found.cursor.fetchmany(_READ):
            parts.append(pl.DataFrame(lines, schema=schema, orient="row"))
    return pl.concat(parts)


@contextmanager
def _in_its_words(connection: sa.Connection, statement: str) -> Iterator[None]:
    """Raise SQLAlchemy's DBAPIError for the driver's own, as if it had been in between."""
    driver = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        raise DBAPIError.instance(statement, None, error, driver.Error, dialect=connection.dialect) from None


def _copy(connection: sa.Connection, table: sa.Table, frame: pl.DataFrame, same: dict[str, Any]) -> None:
    """By COPY, as CSV: a text is in quotes, null is nothing at all (https://www.postgresql.org/docs/current/sql-copy.html).

    PostgreSQL's texts hold no NUL; U+FFFD stands for it. After many rows the server looks at the table anew: what it
    believes until then of an empty one makes it read the memory in a time that grows with the square.
    """
    names = map(connection.dialect.identifier_preparer.quote, [*frame.columns, *same])
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT csv)"
    whole = frame.with_columns(pl.lit(value).alias(name) for name, value in same.items())
    with (
        _in_its_words(connection, statement),
        closing(connection.connection.cursor()) as cursor,
        cursor.copy(statement) as copy,
    ):
        for part in whole.iter_slices(_PART):
            copy.write(part.write_csv(include_header=False, quote_style="non_numeric").replace("\0", "\ufffd"))
    if frame.height >= _MANY:
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def _insert(connection: sa.Connection, table: sa.Table, frame: pl.DataFrame, same: dict[str, Any]) -> None:
    """By INSERT, whose statement is made here.

    SQLAlchemy's own executemany takes a dict a row, which costs ten times as much as handing flat parameters to the
    driver. Each bound value costs, too: what all rows share is written into the statement, and columns without a value
    are left out.
    """
    insert, values = _statement(connection, table, frame.columns, same)
    width = frame.width * _TOGETHER
    for part in frame.iter_slices(_PART):
        flat = list(chain.from_iterable(part.rows()))
        whole = len(flat) - len(flat) % width
        if whole:
            many = [tuple(flat[at : at + width]) for at in range(0, whole, width)]
            connection.exec_driver_sql(insert + ", ".join([values] * _TOGETHER), many)
        if whole < len(flat):
            rest = (len(flat) - whole) // frame.width
            connection.exec_driver_sql(insert + ", ".join([values] * rest), tuple(flat[whole:]))


def _statement(connection: sa.Connection, table: sa.Table, filled: list[str], same: dict[str, Any]) -> tuple[str, str]:
    """`INSERT … VALUES ` and the `(…)` of one row, in the driver's own positional style."""
    bound: dict[str, Any] = {name: sa.bindparam(name, None) for name in filled}
    fixed = {name: sa.literal(value, literal_execute=True) for name, value in same.items()}
    statement = table.insert().values({**bound, **fixed})
    text = str(statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True}))
    insert, word, values = text.partition(" VALUES ")
    return insert + word, values


def _is_empty(column: pl.Series) -> bool:
    return column.null_count() == len(column)
