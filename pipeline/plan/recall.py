"""Recall: who was called before in vain is called a further time, after a while and a few times at the most."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from pipeline.plan.persons import given, keys_of
from schemas.calls import Recalls
from schemas.earlier import Recall
from schemas.outcomes import Outcome
from schemas.plan import ROWS_SCHEMA


def recall(rows: pl.DataFrame, recalls: Recalls | None, rule: Recall | None, start: datetime) -> pl.DataFrame:
    """Number the further calls among planned rows, and mark people who were called too recently, or enough, as called before.

    In and out: ROWS_SCHEMA; `start` is when calls begin, aware. Whoever may not be called a further time after one of their
    calls is marked before.
    """
    if recalls is None or rule is None:
        return rows
    known = pl.concat(
        [keys.join(recalls.by[kind], on="key").select("row", "attempt", "at") for kind, keys in keys_of(rows)]
    )
    is_over = (pl.col("at") <= int((start - rule.after).timestamp())).fill_null(value=False)
    people = known.group_by("row").agg(pl.col("attempt").max(), is_over=is_over.all())
    ready = pl.col("is_over") & (pl.col("attempt") <= rule.at_most)
    others = people.filter(~ready).select("row", code=pl.lit("called_before"))
    again = people.filter(ready).select("row", again=(pl.col("attempt") + 1).cast(ROWS_SCHEMA["attempt"]))
    numbered = (
        rows.join(again, on="row", how="left", maintain_order="left").drop("attempt").rename({"again": "attempt"})
    )
    return given(numbered.select(rows.columns), others, Outcome.CALLED_BEFORE)


def recall_notes(rows: pl.DataFrame, recalls: Recalls | None) -> Iterator[str]:
    """What `[recall]` makes of these rows (ROWS_SCHEMA), in sentences."""
    if recalls is None:
        return
    further = rows.filter((pl.col("outcome") == Outcome.PLANNED) & pl.col("attempt").is_not_null()).height
    people = "1 person is" if further == 1 else f"{further:,} people are"
    yield f"{people} called a further time, since no earlier call reached them ([recall])."
    if recalls.unknown:
        batches = "1 batch" if recalls.unknown == 1 else f"{recalls.unknown:,} batches"
        yield (
            f"The results of {batches} are not known for good: nobody in them is called a further time; "
            "`campaign results` and `run` ask the service for them."
        )
