"""Opt-outs: who said no in the exports of a campaign's runs."""

import polars as pl
import sqlalchemy as sa

from pipeline.ledger.tables import campaigns, rows, runs
from schemas.outcomes import Outcome
from schemas.screening import SAYS_NO


def said_no(connection: sa.Connection, campaign: str) -> pl.Series:
    """The numbers (Int64, the digits of E.164, each once) of the rows that said no themselves."""
    codes = sa.literal(",") + rows.c.codes + ","
    says_no = sa.or_(*(codes.contains(f",{code},") for code in SAYS_NO))
    asked = (
        sa.select(rows.c.phone)
        .join(runs, rows.c.run_id == runs.c.id)
        .join(campaigns, runs.c.campaign_id == campaigns.c.id)
        .where(campaigns.c.name == campaign, runs.c.kind == "run")
        .where(rows.c.outcome == Outcome.LEFT_OUT.value, rows.c.phone.is_not(None), says_no)
    )
    phones = pl.Series("phone", connection.execute(asked.distinct()).scalars().all(), pl.String)
    return phones.str.strip_prefix("+").cast(pl.Int64)
