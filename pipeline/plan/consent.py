"""Consent: rows that have none, or one that was taken back or is too old, are left out."""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from pipeline.plan.cast import typed, why_not
from pipeline.plan.texts import filled, text_of
from schemas.fields import Binding, Field
from schemas.findings import findings, gathered, no_findings
from schemas.opt_out import NO
from schemas.screening import Consent

_YET_TO_COME = "the consent is dated in the future"


def without_consent(
    frame: pl.DataFrame, binding: Binding, consent: Consent | None, days: tuple[date, date]
) -> pl.DataFrame:
    """Findings about rows that [rules.consent] leaves out. In: row and c0… (String).

    `days` are today, after which no consent can be dated, and the one on which the calls begin, when it must be young.

    A day that is none, or may be two, makes its row to fix, as with any other date.
    """
    if consent is None:
        return no_findings()
    fields = binding.consent
    cell = filled(_column(fields["column"]))
    plain = cell.str.strip_chars().str.to_lowercase()
    given = pl.lit(value=True) if consent.given_cells is None else plain.is_in(list(consent.given_cells))
    found = [
        findings(frame.filter(cell.is_null()), "no_consent", fields["column"].header),
        findings(frame.filter(~given), "consent_refused", fields["column"].header, cell),
    ]
    if revoked := fields.get("revoked"):
        found += _revoked(frame, revoked)
    if consent.max_age_days is not None:
        told = frame.filter(cell.is_not_null() & given)
        found += _outdated(told, fields["date"], days[0], days[1] - timedelta(days=consent.max_age_days))
    return gathered(found)


def _revoked(frame: pl.DataFrame, field: Field) -> Iterator[pl.DataFrame]:
    cell = filled(_column(field))
    is_no = cell.str.strip_chars().str.to_lowercase().is_in(list(NO))
    yield findings(frame.filter(cell.is_not_null() & ~is_no), "consent_revoked", field.header, cell)


def _outdated(frame: pl.DataFrame, field: Field, today: date, first: date) -> Iterator[pl.DataFrame]:
    """`first` is the earliest day of a consent that still holds."""
    read = frame.select("row", text_of(field).alias(field.frame)).with_columns(day=typed(field), code=why_not(field))
    text = pl.col(field.frame)
    yield findings(read.filter(text.is_null()), "no_consent", field.header, detail="the consent has no date")
    unread = read.filter(text.is_not_null() & pl.col("day").is_null())
    yield findings(unread, pl.col("code"), field.header, text, field.key)
    yield findings(read.filter(pl.col("day") < first), "consent_too_old", field.header, text)
    # Where the person is, it may be tomorrow already.
    ahead = read.filter(pl.col("day") > today + timedelta(days=1))
    yield findings(ahead, "no_consent", field.header, text, _YET_TO_COME)


def _column(field: Field) -> str:
    return next(iter(field.columns.values()))
