"""Persons: by what two rows are of the same one, and what becomes of the rows of some. No stage: what several stages share."""

from collections.abc import Collection, Iterator

import polars as pl

from schemas.addresses import Kind, whatsapp_number
from schemas.outcomes import Outcome


def keys_of(
    rows: pl.DataFrame, outcomes: Collection[Outcome] = (Outcome.PLANNED,)
) -> Iterator[tuple[Kind, pl.DataFrame]]:
    """Yield what makes two rows with these outcomes the same person, by kind: row and key, in file order.

    A WhatsApp id in digits is a phone number; it may be another row's. One frame at a time: each is as long as the file.
    """
    planned = rows.lazy().filter(pl.col("outcome").is_in(list(outcomes)))
    digits = whatsapp_number()
    numbers = planned.select("row", key="e164").drop_nulls().collect()
    others = planned.filter(pl.col("e164").ne_missing(digits)).select("row", key=digits).drop_nulls().collect()
    yield Kind.PHONE, numbers if others.is_empty() else pl.concat([numbers, others]).sort("row")
    del numbers, others
    yield Kind.WHATSAPP, planned.filter(digits.is_null()).select("row", key="whatsapp").drop_nulls().collect()
    yield Kind.ID, planned.select("row", key="id").drop_nulls().collect()


def given(rows: pl.DataFrame, codes: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """Give the rows that `codes` (row, code) names their outcome and codes; only those two columns are made anew."""
    told = rows.select("row").join(codes, on="row", how="left", maintain_order="left")["code"]
    return rows.with_columns(
        outcome=pl.when(told.is_not_null()).then(pl.lit(outcome, rows.schema["outcome"])).otherwise("outcome"),
        codes=pl.coalesce(told.cast(rows.schema["codes"]), "codes"),
    )
