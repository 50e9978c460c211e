"""Dedupe: nobody twice in one file, and nobody whom the ledger knows: called before by this campaign, blocked or forgotten."""

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from pipeline.plan.persons import given, keys_of
from schemas.addresses import Kind, whatsapp_number
from schemas.codes import NAMES
from schemas.findings import findings, gathered, no_findings
from schemas.hashing import Forgotten
from schemas.outcomes import Outcome, Weight
from schemas.plan import Known, Memory

_CODES = {Kind.PHONE: "duplicate_phone", Kind.WHATSAPP: "duplicate_whatsapp", Kind.ID: "duplicate_id"}
#: Codes of rows that are not whole.
_NOT_WHOLE = ["fields_missing", "fields_extra", "quotes_broken"]
#: Whatever is wrong with a forgotten person's row, it must not be stored again.
_STORED = (Outcome.PLANNED, Outcome.LEFT_OUT, Outcome.TO_FIX)


def dedupe(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out planned rows whose number, WhatsApp id or id stands in an earlier planned row, which is named.

    In and out: ROWS_SCHEMA. A row is a duplicate of every earlier row, called or not: whoever shares a key with a
    duplicate is no new person either.
    """
    found = gathered([_repeats(keys, _CODES[kind]) for kind, keys in keys_of(rows)])
    codes = found.group_by("row").agg(pl.col("code").cast(pl.String).sort().str.join(","))
    return given(rows, codes, Outcome.LEFT_OUT), found


def remember(rows: pl.DataFrame, memory: Memory) -> pl.DataFrame:
    """Mark rows whose number, WhatsApp id or id was called before. In and out: ROWS_SCHEMA.

    Rows to fix as well: nobody needs to mend a row that is not called. But those that are not whole, whose cells may stand
    in the wrong columns.
    """
    known = _known(rows, memory, (Outcome.PLANNED, Outcome.TO_FIX))
    to_fix = rows.filter(pl.col("outcome") == Outcome.TO_FIX)
    broken = to_fix.filter(pl.col("codes").cast(pl.String).str.contains_any(_NOT_WHOLE))
    return given(rows, _named(known.join(broken, on="row", how="anti"), "called_before"), Outcome.CALLED_BEFORE)


def still_to_mend(found: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Findings without what is to fix in rows (ROWS_SCHEMA) of people who were called before: they need not be mended."""
    over = rows.filter(pl.col("outcome") == Outcome.CALLED_BEFORE)["row"]
    is_to_fix = pl.col("code").cast(pl.String).is_in(NAMES[Weight.TO_FIX])
    return found.filter(~(is_to_fix & pl.col("row").is_in(over.implode())))


def screen_forgotten(rows: pl.DataFrame, forgotten: Forgotten | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Mark rows of people who were forgotten, as called before, so that they are not stored; and what is said.

    In and out: ROWS_SCHEMA. Whatever else is said about them: they were called, or are blocked, and which of the two is not
    told of single ones.
    """
    if forgotten is None:
        return rows, no_findings()
    found = _hashed(rows, forgotten)
    return given(rows, _named(found, "forgotten"), Outcome.CALLED_BEFORE), findings(found, "forgotten", None)


def screen_blocked(rows: pl.DataFrame, blocked: Known) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out planned rows, and say it of duplicates, whose number, WhatsApp id or id is blocked; and what is said.

    In and out: ROWS_SCHEMA. Who is blocked by another address is so by the number of each of their rows. Rows of which it
    is said already are left as they are.
    """
    if blocked.is_empty():
        return rows, no_findings()
    found = _known(rows, _with_numbers(rows, blocked), (Outcome.PLANNED, Outcome.LEFT_OUT))
    is_said = pl.col("codes").cast(pl.String).str.split(",").list.contains("blocked").fill_null(value=False)
    codes = rows.select("row", "codes").join(found, on="row", how="semi").filter(~is_said)
    before = pl.concat_str(pl.lit("blocked,"), pl.col("codes").cast(pl.String))
    told = codes.select("row", code=before.fill_null("blocked"))
    return given(rows, told, Outcome.LEFT_OUT), findings(codes, "blocked", None)


def _with_numbers(rows: pl.DataFrame, blocked: Known) -> Known:
    """The blocked ones, and the numbers of all rows with a WhatsApp id or an id that is blocked."""
    if blocked.whatsapp.is_empty() and blocked.ids.is_empty():
        return blocked
    theirs = rows.join(_known(rows, blocked, tuple(Outcome)), on="row", how="semi")
    numbers = (theirs.select(number).to_series().drop_nulls() for number in (pl.col("e164"), whatsapp_number()))
    return replace(blocked, phones=pl.concat([blocked.phones, *(each.rename("phone") for each in numbers)]))


def _known(rows: pl.DataFrame, known: Known, outcomes: Collection[Outcome] = (Outcome.PLANNED,)) -> pl.DataFrame:
    """The rows (`row`, each once, in order) of people who are known."""
    people = (known.phones, known.whatsapp, known.ids)
    found = [
        keys.filter(pl.col("key").is_in(mine.implode())).select("row")
        for (_, keys), mine in zip(keys_of(rows, outcomes), people, strict=True)
    ]
    return pl.concat(found).unique().sort("row")


def _hashed(rows: pl.DataFrame, forgotten: Forgotten) -> pl.DataFrame:
    """As `_known`, of people of whom only a hash is known."""
    found = [
        keys.filter(pl.col("key").is_in(forgotten.among(kind, keys["key"]).implode())).select("row")
        for kind, keys in keys_of(rows, _STORED)
    ]
    return pl.concat(found).unique().sort("row")


def _named(found: pl.DataFrame, code: str) -> pl.DataFrame:
    return found.with_columns(code=pl.lit(code))


def _repeats(keys: pl.DataFrame, code: str) -> pl.DataFrame:
    is_first = keys["key"].is_first_distinct()
    again = keys.filter(~is_first)
    first = (
        keys.lazy().filter(is_first & pl.col("key").is_in(again["key"].implode())).rename({"row": "first"}).collect()
    )
    pairs = again.join(first, on="key", how="left", maintain_order="left")
    repeats = pairs.unique("row", keep="first", maintain_order=True)
    return findings(repeats, code, None, detail=pl.concat_str(pl.lit("the same as row "), "first"))
