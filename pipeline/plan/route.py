"""Route: which [[route]] each row takes, by what its columns say."""

from collections.abc import Sequence

import polars as pl

from schemas.campaign import Campaign
from schemas.fields import Binding, Field
from schemas.findings import findings
from schemas.outcomes import Outcome
from schemas.route import Route


def route(frame: pl.DataFrame, binding: Binding, campaign: Campaign) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add `route` (UInt8): the first that fits, from 1, or else 0, that of [campaign]; and find who has none.

    In: row and c0… (String). Where the campaign file has no routes the frame stays as it is.
    """
    if not campaign.route:
        return frame, findings(frame.clear(), "no_route", None)
    taken = pl.lit(0)
    for number, (each, fields) in reversed([*enumerate(zip(campaign.route, binding.routes, strict=True), 1)]):
        taken = pl.when(_fits(each, fields)).then(pl.lit(number)).otherwise(taken)
    routed = frame.with_columns(route=taken.cast(pl.UInt8))
    lost = routed.filter(pl.col("route") == 0) if campaign.campaign.agent_id is None else routed.clear()
    return routed, findings(lost, "no_route", None)


def unused(campaign: Campaign, rows: pl.DataFrame) -> tuple[str, ...]:
    """That a route fits no row that is to be called, in sentences: its texts may be misspelled. `rows`: ROWS_SCHEMA."""
    if not campaign.route:
        return ()
    taken = set(rows.lazy().filter(pl.col("outcome") == Outcome.PLANNED).select("route").unique().collect()["route"])
    return tuple(
        f"Nobody takes [[route]] {number} ({', '.join(each.when)}), whose agent is {each.agent_id}."
        for number, each in enumerate(campaign.route, 1)
        if number not in taken
    )


def _fits(each: Route, fields: Sequence[Field]) -> pl.Expr:
    return pl.all_horizontal(_plain(field).is_in(list(cells)) for cells, field in zip(each.cells, fields, strict=True))


def _plain(field: Field) -> pl.Expr:
    """A cell as `schemas.screening.plain` gives it."""
    (column,) = field.columns.values()
    return pl.col(column).fill_null("").str.strip_chars().str.to_lowercase()
