"""What the columns of the ledger's tables are made of, on either database."""

from typing import Any

import sqlalchemy as sa

from schemas.states import BatchState, Settled, Verdict
from schemas.wishes import Wish


def column(name: str, kind: Any, comment: str, *rest: Any, null: bool = False, key: bool = False) -> sa.Column[Any]:
    """A column of a table, with what it holds for whoever reads the ledger."""
    return sa.Column(name, kind, *rest, nullable=null, primary_key=key, comment=comment)


def number(comment: str) -> sa.Column[Any]:
    """The number by which a line is known."""
    return column("id", sa.Integer, comment, key=True)


def word(words: type[BatchState | Verdict | Settled | Wish], *, checked: bool = False) -> sa.Enum:
    """One of the words of an enumeration; `checked` by the database too."""
    values = [word.value for word in words]
    return sa.Enum(*values, native_enum=False, create_constraint=checked, length=16, name=words.__name__.lower())


def key(length: int | None = None) -> sa.String:
    """A text of which there is one. By its bytes: a language's order changes with the server's system, and an index with it."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def refers(name: str, to: sa.Column[Any]) -> sa.ForeignKeyConstraint:
    """A foreign key of a table that is loaded in bulk.

    PostgreSQL looks up each row by itself, which would take longer than all the rest; the rows are written in the same
    transaction as what they refer to, which is never deleted.
    """
    return sa.ForeignKeyConstraint([name], [to]).ddl_if(dialect="sqlite")


def json() -> sa.JSON:
    """A value as JSON text; no value is NULL."""
    return sa.JSON(none_as_null=True)
