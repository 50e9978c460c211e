"""Bulk loads: whole frames into a table, below the ORM-like layers."""

from itertools import chain
from typing import Any

import polars as pl
import sqlalchemy as sa

#: Rows that are Python objects at one time.
_PART = 50_000
#: Rows that one statement inserts: it halves the time, and more rows hardly help.
_TOGETHER = 50


def load(connection: sa.Connection, table: sa.Table, frame: pl.DataFrame, **same: Any) -> None:
    """Insert a frame, whose columns are named as the table's; `same` are values that all of its rows share.

    Raises IntegrityError as the table's constraints demand. SQLAlchemy's own executemany takes a dict a row, which costs
    ten times as much as handing flat parameters to the driver; so the statement is made here. Each bound value costs,
    too: what all rows share is written into the statement, and columns without a value are left out.
    """
    if frame.is_empty():
        return
    filled = [column.name for column in table.c if column.name in frame.columns and not _is_empty(frame[column.name])]
    insert, values = _statement(connection, table, filled, same)
    width = len(filled) * _TOGETHER
    for part in frame.select(filled).iter_slices(_PART):
        flat = list(chain.from_iterable(part.rows()))
        whole = len(flat) - len(flat) % width
        if whole:
            many = [tuple(flat[at : at + width]) for at in range(0, whole, width)]
            connection.exec_driver_sql(insert + ", ".join([values] * _TOGETHER), many)
        if whole < len(flat):
            rest = (len(flat) - whole) // len(filled)
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
