"""Saved plans that the ledger has heard of, so that whoever forgets a person knows which files to delete.

Each function is a part of its caller's transaction.
"""

import os
from pathlib import Path

import sqlalchemy as sa

from pipeline.ledger.tables import plans


def note_plan(connection: sa.Connection, path: Path, seal: str, at: float) -> None:
    """Write down that there is a plan at this path."""
    place = os.fsencode(path.absolute()).decode("utf-8", "replace")
    connection.execute(plans.delete().where(plans.c.path == place))
    connection.execute(plans.insert().values(path=place, seal=seal, noted_at=at))


def plan_paths(connection: sa.Connection) -> list[Path]:
    """Where plans were, whether or not they still are, in the order of their names."""
    return list(map(Path, connection.execute(sa.select(plans.c.path).order_by(plans.c.path)).scalars()))
