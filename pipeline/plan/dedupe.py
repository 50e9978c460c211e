"""Dedupe: nobody twice in one file, and nobody whom this campaign's name has called before."""

import polars as pl

from schemas.addresses import whatsapp_number
from schemas.codes import Outcome
from schemas.findings import findings, gathered
from schemas.plan import Memory


def dedupe(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out planned rows whose number, WhatsApp id or id stands in an earlier planned row, which is named.

    In and out: ROWS_SCHEMA. A row is a duplicate of every earlier row, called or not: whoever shares a key with a
    duplicate is no new person either.
    """
    planned = rows.filter(pl.col("outcome") == Outcome.PLANNED)
    found = gathered([_repeats(keys, code) for code, keys in _keys(planned).items()])
    codes = found.group_by("row").agg(pl.col("code").cast(pl.String).sort().str.join(","))
    return _leave(rows, codes, Outcome.LEFT_OUT), found


def remember(rows: pl.DataFrame, memory: Memory) -> pl.DataFrame:
    """Mark planned rows whose number, WhatsApp id or id was called before. In and out: ROWS_SCHEMA."""
    called = (memory.phones, memory.whatsapp, memory.ids)
    keys = _keys(rows.filter(pl.col("outcome") == Outcome.PLANNED)).values()
    before = [
        each.filter(pl.col("key").is_in(known.implode()))["row"] for each, known in zip(keys, called, strict=True)
    ]
    codes = pl.DataFrame({"row": pl.concat(before)}).unique().with_columns(code=pl.lit("called_before"))
    return _leave(rows, codes, Outcome.CALLED_BEFORE)


def _keys(planned: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What makes two rows the same person, under the code that says so: row and key, in file order.

    A WhatsApp id in digits is a phone number; it may be another row's.
    """
    digits = whatsapp_number()
    numbers = pl.concat(
        [
            planned.select("row", key="e164").drop_nulls(),
            planned.filter(pl.col("e164").ne_missing(digits)).select("row", key=digits).drop_nulls(),
        ]
    )
    return {
        "duplicate_phone": numbers.sort("row"),
        "duplicate_whatsapp": planned.filter(digits.is_null()).select("row", key="whatsapp").drop_nulls(),
        "duplicate_id": planned.select("row", key="id").drop_nulls(),
    }


def _repeats(keys: pl.DataFrame, code: str) -> pl.DataFrame:
    is_first = pl.col("key").is_first_distinct()
    first = keys.filter(is_first).rename({"row": "first"})
    pairs = keys.filter(~is_first).join(first, on="key", how="left", maintain_order="left")
    repeats = pairs.filter(pl.col("row") != pl.col("first")).unique("row", keep="first", maintain_order=True)
    return findings(repeats, code, None, detail=pl.concat_str(pl.lit("row "), "first"))


def _leave(rows: pl.DataFrame, codes: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """Give the rows that `codes` (row, code) names their outcome and their codes."""
    told = rows.join(codes, on="row", how="left", maintain_order="left")
    left = pl.col("code").is_not_null()
    return told.with_columns(
        outcome=pl.when(left).then(pl.lit(outcome, rows.schema["outcome"])).otherwise("outcome"),
        codes=pl.coalesce("code", "codes"),
    ).drop("code")
