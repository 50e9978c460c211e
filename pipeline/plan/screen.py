"""Screen: whom a rule leaves out by what a column of the row says, and whoever shares a number with such a row."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipeline.plan.consent import without_consent
from pipeline.plan.leave import told_too
from schemas.addresses import whatsapp_number
from schemas.campaign import Rules
from schemas.fields import Binding, Field
from schemas.findings import findings, gathered
from schemas.outcomes import Outcome
from schemas.plan import ROWS_SCHEMA
from schemas.screening import DoNotCall

#: What holds for a row because it holds for another one of the same number, the graver first.
_SHARED = {
    "blocked": Outcome.LEFT_OUT,
    "do_not_call": Outcome.LEFT_OUT,
    "suppressed": Outcome.LEFT_OUT,
    "consent_revoked": Outcome.LEFT_OUT,
    "consent_refused": Outcome.LEFT_OUT,
    "do_not_call_unclear": Outcome.TO_FIX,
}


def screen(
    frame: pl.DataFrame, binding: Binding, rules: Rules, days: tuple[date, date]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find the rows that a rule leaves out by their cells. In: row and c0… (String). Out: the same, and findings.

    `days` are today and the one on which the calls begin.
    """
    found = (
        each
        for rule, field in zip(rules.do_not_call, binding.opt_outs, strict=True)
        for each in _told_by(frame, rule, field)
    )
    return frame, gathered([*found, without_consent(frame, binding, rules.consent, days)])


def nobody() -> pl.DataFrame:
    """What `barred` gives where nobody said no."""
    return pl.DataFrame(schema={"row": pl.UInt32, "code": pl.String, "e164": pl.Int64})


def no_numbers() -> pl.DataFrame:
    """Numbers of no row: row and e164 (Int64)."""
    return pl.DataFrame(schema={"row": pl.UInt32, "e164": pl.Int64})


def barred(frames: Sequence[pl.DataFrame], found: pl.DataFrame) -> pl.DataFrame:
    """By which numbers the rows are known that must not be called, or perhaps not: row, code and e164 (Int64).

    `frames` (row, e164) have the row's numbers, one frame a phone column, for not only its first number is a person's.
    """
    said = found.filter(pl.col("code").is_in(list(_SHARED))).select("row", pl.col("code").cast(pl.String)).unique()
    numbers = [frame.select("row", "e164").drop_nulls() for frame in frames]
    return said.join(pl.concat(numbers), on="row") if numbers else nobody()


def hold(rows: pl.DataFrame, numbers: pl.DataFrame, further: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Let what a row says hold for every row that has one of its numbers. `rows` in and out: ROWS_SCHEMA.

    `numbers`: as `barred` gives; `further` (row, e164) are the numbers of rows beside those that would be called. A no
    leaves out rows to fix as well: once mended, they may come back in a file in which the no does not stand.
    """
    if numbers.is_empty():
        return rows, findings(rows.clear(), "do_not_call", None)
    order = pl.col("code").replace_strict({code: rank for rank, code in enumerate(_SHARED)}, return_dtype=pl.UInt8)
    first = numbers.lazy().sort(order, "row").unique("e164", keep="first").rename({"row": "other"})
    is_no = pl.col("code").is_in([code for code, outcome in _SHARED.items() if outcome is Outcome.LEFT_OUT])
    applies = (pl.col("outcome") == Outcome.PLANNED) | is_no
    found = _open_ones(rows, further).join(first, on="e164").filter(applies & (pl.col("row") != pl.col("other")))
    held = found.sort(order, "row").unique("row", keep="first").sort("row").collect()
    detail = pl.concat_str(pl.lit("the same number as row "), "other")
    outcome = pl.col("code").replace_strict(_SHARED, return_dtype=ROWS_SCHEMA["outcome"])
    return told_too(rows, held.select("row", "code", outcome=outcome)), findings(
        held, pl.col("code"), None, detail=detail
    )


def hold_mended(rows: pl.DataFrame, said_no: pl.Series, further: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out rows of a file to fix that was mended, if the export that it came from said no of one of their numbers.

    `rows` in and out: ROWS_SCHEMA; `said_no` (Int64) are the numbers; `further` as `hold` takes them.
    """
    is_theirs = pl.col("e164").is_in(said_no.implode())
    theirs = _open_ones(rows, further).filter(is_theirs).select("row").unique().sort("row").collect()
    held = theirs.with_columns(code=pl.lit("do_not_call"))
    left_out = pl.lit(Outcome.LEFT_OUT, ROWS_SCHEMA["outcome"])
    said = findings(held, "do_not_call", None, detail=pl.lit("the export of an earlier run says so of this number"))
    return told_too(rows, held.with_columns(outcome=left_out)), said


def _open_ones(rows: pl.DataFrame, further: pl.DataFrame) -> pl.LazyFrame:
    """Row, outcome and e164 of rows that may be called yet, once for each of their numbers."""
    open_ones = rows.lazy().filter(pl.col("outcome").is_in([Outcome.PLANNED, Outcome.TO_FIX]))
    called = (open_ones.select("row", "outcome", e164=number) for number in (pl.col("e164"), whatsapp_number()))
    return pl.concat([*called, open_ones.select("row", "outcome").join(further.lazy(), on="row")])


def _told_by(frame: pl.DataFrame, rule: DoNotCall, field: Field) -> list[pl.DataFrame]:
    """What one column says: rows that are left out, and rows whose word is not known."""
    cell = pl.col(next(iter(field.columns.values())))
    text = cell.fill_null("").str.strip_chars().str.to_lowercase()
    free, out = text.is_in(list(rule.free_cells)), text.is_in(list(rule.barred_cells))
    unknown = ~(free | out)
    refused = out | unknown if rule.leaves_out_the_rest else out
    unclear = frame.filter(unknown & ~refused)
    return [
        findings(frame.filter(refused), "do_not_call", field.header, cell),
        findings(unclear, "do_not_call_unclear", field.header, cell),
    ]
