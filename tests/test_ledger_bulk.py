"""Bulk loads: every row arrives, whatever their number."""

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from pipeline.ledger.bulk import load

metadata = sa.MetaData()
things = sa.Table(
    "things",
    metadata,
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.String),
    sa.Column("size", sa.Integer),
)


@pytest.fixture
def connection():
    engine = sa.create_engine("sqlite://")
    with engine.begin() as opened:
        metadata.create_all(opened)
        yield opened
    engine.dispose()


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 60_049])
def test_every_row_arrives_with_what_it_shares(connection, count):
    numbers = pl.int_range(count, eager=True)
    load(connection, things, pl.DataFrame({"name": numbers.cast(pl.String), "number": numbers}), kind="it's")
    assert connection.execute(sa.select(things)).all() == [
        ("it's", number, str(number), None) for number in range(count)
    ]


def test_a_column_is_kept_where_only_some_rows_have_a_value(connection):
    frame = pl.DataFrame({"number": [1, 2, 3], "name": [None, "two", None], "size": [None, None, None]})
    load(connection, things, frame, kind="k")
    assert connection.execute(sa.select(things.c.name, things.c.size)).all() == [
        (None, None),
        ("two", None),
        (None, None),
    ]


def test_columns_that_the_table_lacks_are_left_aside(connection):
    load(connection, things, pl.DataFrame({"number": [1], "other": ["x"]}), kind="k")
    assert connection.execute(sa.select(things.c.number)).scalar_one() == 1


def test_a_broken_constraint_is_told(connection):
    with pytest.raises(IntegrityError):
        load(connection, things, pl.DataFrame({"number": [7] * 2}), kind="k")
