"""Dedupe: nobody twice in one file, and nobody whom this campaign's name has called before."""

from collections.abc import Iterator

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
    found = gathered([_repeats(keys, code) for code, keys in _keys(rows)])
    codes = found.group_by("row").agg(pl.col("code").cast(pl.String).sort().str.join(","))
    return _leave(rows, codes, Outcome.LEFT_OUT), found


def remember(rows: pl.DataFrame, memory: Memory) -> pl.DataFrame:
    """Mark planned rows whose number, WhatsApp id or id was called before. In and out: ROWS_SCHEMA."""
    called = (memory.phones, memory.whatsapp, memory.ids)
    before = [
        keys.filter(pl.col("key").is_in(known.implode()))["row"]
        for (_, keys), known in zip(_keys(rows), called, strict=True)
    ]
    codes = pl.DataFrame({"row": pl.concat(before)}).unique().with_columns(code=pl.lit("called_before"))
    return _leave(rows, codes, Outcome.CALLED_BEFORE)


def _keys(rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield what makes two planned rows the same person, with the code that says so: row and key, in file order.

    A WhatsApp id in digits is a phone number; it may be another row's. One frame at a time: each is as long as the file.
    """
    planned = rows.lazy().filter(pl.col("outcome") == Outcome.PLANNED)
    digits = whatsapp_number()
    numbers = planned.select("row", key="e164").drop_nulls().collect()
    others = planned.filter(pl.col("e164").ne_missing(digits)).select("row", key=digits).drop_nulls().collect()
    yield "duplicate_phone", numbers if others.is_empty() else pl.concat([numbers, others]).sort("row")
    del numbers, others
    yield "duplicate_whatsapp", planned.filter(digits.is_null()).select("row", key="whatsapp").drop_nulls().collect()
    yield "duplicate_id", planned.select("row", key="id").drop_nulls().collect()


def _repeats(keys: pl.DataFrame, code: str) -> pl.DataFrame:
    is_first = keys["key"].is_first_distinct()
    again = keys.filter(~is_first)
    first = (
        keys.lazy().filter(is_first & pl.col("key").is_in(again["key"].implode())).rename({"row": "first"}).collect()
    )
    pairs = again.join(first, on="key", how="left", maintain_order="left")
    repeats = pairs.unique("row", keep="first", maintain_order=True)
    return findings(repeats, code, None, detail=pl.concat_str(pl.lit("the same as row "), "first"))


def _leave(rows: pl.DataFrame, codes: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """Give the rows that `codes` (row, code) names their outcome and codes; only those two columns are made anew."""
    told = rows.select("row").join(codes, on="row", how="left", maintain_order="left")["code"]
    return rows.with_columns(
        outcome=pl.when(told.is_not_null()).then(pl.lit(outcome, rows.schema["outcome"])).otherwise("outcome"),
        codes=pl.coalesce(told.cast(rows.schema["codes"]), "codes"),
    )
