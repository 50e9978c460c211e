"""Frequency: nobody is called too often, or too soon after another call, whichever campaign it was of."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from pipeline.plan.persons import given, keys_of
from schemas.addresses import Kind
from schemas.calls import Calls
from schemas.days import span_in_words
from schemas.earlier import Frequency
from schemas.findings import findings, gathered, no_findings
from schemas.hashing import Forgotten
from schemas.outcomes import Outcome


def cap(
    rows: pl.DataFrame, calls: Calls | None, rule: Frequency | None, start: datetime, forgotten: Forgotten | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out planned rows of people who have been called as often as `rule` allows, or less than its gap ago.

    In and out: ROWS_SCHEMA, and what is said. `start` is when calls begin, aware. A call that is still to come counts,
    however far ahead: nobody knows yet how late these ones will be.
    """
    if calls is None or rule is None:
        return rows, no_findings()
    people = _calls_of(rows, calls, forgotten)
    often, soon = _too_often(people, rule, start), _too_recent(people, rule, start)
    found = gathered([often, soon])
    codes = found.group_by("row").agg(pl.col("code").cast(pl.String).unique().sort().str.join(","))
    return given(rows, codes, Outcome.LEFT_OUT), found


def frequency_notes(rule: Frequency | None) -> Iterator[str]:
    """That the rule holds, and what it counts, in a sentence."""
    if rule is not None:
        yield f"Nobody is called {rule}, counting all campaigns of the ledger ([rules.frequency])."


def _calls_of(rows: pl.DataFrame, calls: Calls, forgotten: Forgotten | None) -> pl.DataFrame:
    """The calls that reached the people of planned rows by any of their addresses, each once: row, call, at."""
    found = []
    for kind, keys in keys_of(rows):
        found.append(keys.join(calls.by[kind], on="key"))
        if forgotten is not None and not calls.by[Kind.HASH].is_empty():
            hashes = forgotten.key.of_all(kind, keys["key"])
            found.append(keys.join(hashes, on="key").select("row", key="hash").join(calls.by[Kind.HASH], on="key"))
    return pl.concat([each.select("row", "call", "at") for each in found]).unique(["row", "call"])


def _too_often(people: pl.DataFrame, rule: Frequency, start: datetime) -> pl.DataFrame:
    if rule.calls is None:
        return no_findings()
    counted = people.filter(_since(start - rule.window)).group_by("row").len().filter(pl.col("len") >= rule.calls)
    several = pl.when(pl.col("len") > 1).then(pl.lit("s")).otherwise(pl.lit(""))
    detail = pl.format("{} call{} in {}", "len", several, pl.lit(span_in_words(rule.window)))
    return findings(counted, "called_too_often", None, detail=detail)


def _too_recent(people: pl.DataFrame, rule: Frequency, start: datetime) -> pl.DataFrame:
    if rule.gap is None:
        return no_findings()
    now = int(start.timestamp())
    latest = pl.col("at").fill_null(now).max()
    recent = people.filter(_since(start - rule.gap)).group_by("row").agg(at=latest)
    moment = pl.format("called {} UTC", pl.from_epoch("at").dt.strftime("%Y-%m-%d %H:%M"))
    detail = pl.when(pl.col("at") < now).then(moment).otherwise(pl.lit("a call is still to come"))
    return findings(recent, "called_too_recently", None, detail=detail)


def _since(moment: datetime) -> pl.Expr:
    """Calls after a moment: one that is as old as the rule says does not count any more."""
    return pl.col("at").is_null() | (pl.col("at") > int(moment.timestamp()))
