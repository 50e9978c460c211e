"""The tables: documented, complete by the contract, and fit for other databases."""

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from pipeline.ledger import open_ledger
from pipeline.ledger.tables import batches, metadata, people
from schemas.fields import contract
from schemas.receipts import Receipt

TABLES = [table for table in metadata.sorted_tables if table is not people]


def test_every_table_and_column_is_explained():
    unexplained = [table.name for table in TABLES if not table.comment]
    unexplained += [f"{table.name}.{column.name}" for table in TABLES for column in table.columns if not column.comment]
    assert unexplained == []


def test_every_property_of_the_services_answer_has_a_column():
    properties = set(contract()["components"]["schemas"]["BatchCallResponse"]["properties"])
    assert properties == set(Receipt.model_fields)
    assert {f"service_{name}" for name in properties} <= set(batches.c.keys())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_tables_make_sense_on_postgresql(table):
    assert f"CREATE TABLE {table.name}" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_a_state_that_does_not_exist_cannot_be_written(tmp_path):
    with open_ledger(tmp_path / "l.sqlite", create=True) as ledger, ledger.transaction() as connection:
        ddl = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = 'batches'")).scalar_one()
    assert "CHECK (state IN ('planned', 'sending', 'accepted'" in ddl


def test_claims_are_stored_under_their_key_alone(tmp_path):
    with open_ledger(tmp_path / "l.sqlite", create=True) as ledger, ledger.transaction() as connection:
        ddl = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = 'claims'")).scalar_one()
    assert "PRIMARY KEY (campaign_id, kind, address, attempt)" in ddl
    assert "WITHOUT ROWID" in ddl
