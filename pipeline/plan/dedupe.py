"""Dedupe: nobody twice in one file, and nobody whom the ledger knows: called before by this campaign, or blocked."""

from collections.abc import Collection, Iterator

import polars as pl

from schemas.addresses import Kind, whatsapp_number
from schemas.codes import Outcome
from schemas.findings import findings, gathered, no_findings
from schemas.hashing import Forgotten
from schemas.plan import Known, Memory

_CODES = {Kind.PHONE: "duplicate_phone", Kind.WHATSAPP: "duplicate_whatsapp", Kind.ID: "duplicate_id"}
#: Whatever is wrong with a forgotten person's row, it must not be stored again.
_STORED = (Outcome.PLANNED, Outcome.LEFT_OUT, Outcome.TO_FIX)


def dedupe(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out planned rows whose number, WhatsApp id or id stands in an earlier planned row, which is named.

    In and out: ROWS_SCHEMA. A row is a duplicate of every earlier row, called or not: whoever shares a key with a
    duplicate is no new person either.
    """
    found = gathered([_repeats(keys, _CODES[kind]) for kind, keys in _keys(rows)])
    codes = found.group_by("row").agg(pl.col("code").cast(pl.String).sort().str.join(","))
    return _leave(rows, codes, Outcome.LEFT_OUT), found


def remember(rows: pl.DataFrame, memory: Memory) -> pl.DataFrame:
    """Mark planned rows whose number, WhatsApp id or id was called before. In and out: ROWS_SCHEMA.

    Rows of people who were forgotten are marked so too, whatever else is said about them: such rows are not stored.
    """
    rows = _leave(rows, _named(_known(rows, memory), "called_before"), Outcome.CALLED_BEFORE)
    if memory.forgotten is None:
        return rows
    return _leave(rows, _named(_hashed(rows, memory.forgotten), "forgotten"), Outcome.CALLED_BEFORE)


def screen_blocked(rows: pl.DataFrame, blocked: Known) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out planned rows, and say it of duplicates, whose number, WhatsApp id or id is blocked; and what is said.

    In and out: ROWS_SCHEMA.
    """
    if blocked.is_empty():
        return rows, no_findings()
    found = _known(rows, blocked, (Outcome.PLANNED, Outcome.LEFT_OUT))
    codes = rows.select("row", "codes").join(found, on="row", how="semi")
    before = pl.concat_str(pl.lit("blocked,"), pl.col("codes").cast(pl.String))
    told = codes.select("row", code=before.fill_null("blocked"))
    return _leave(rows, told, Outcome.LEFT_OUT), findings(found, "blocked", None)


def _known(rows: pl.DataFrame, known: Known, outcomes: Collection[Outcome] = (Outcome.PLANNED,)) -> pl.DataFrame:
    """The rows (`row`, each once, in order) of people who are known."""
    people = (known.phones, known.whatsapp, known.ids)
    found = [
        keys.filter(pl.col("key").is_in(mine.implode())).select("row")
        for (_, keys), mine in zip(_keys(rows, outcomes), people, strict=True)
    ]
    return pl.concat(found).unique().sort("row")


def _hashed(rows: pl.DataFrame, forgotten: Forgotten) -> pl.DataFrame:
    """As `_known`, of people of whom only a hash is known."""
    found = [
        keys.filter(pl.col("key").is_in(forgotten.among(kind, keys["key"]).implode())).select("row")
        for kind, keys in _keys(rows, _STORED)
    ]
    return pl.concat(found).unique().sort("row")


def _named(found: pl.DataFrame, code: str) -> pl.DataFrame:
    return found.with_columns(code=pl.lit(code))


def _keys(
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
