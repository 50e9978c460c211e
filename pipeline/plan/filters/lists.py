"""|list: `A;B` as "A and B", by the list patterns of CLDR."""

from functools import cache

import polars as pl
from babel import Locale

from schemas.filters import Filter

#: What separates the parts, where the campaign file does not say it: the first of these that the cell holds.
SEPARATORS = (";", "|", "\n", ",")


def lists(texts: pl.Series, each: Filter, locale: str, _: str | None) -> pl.DataFrame:
    """Columns spoken and code (String). Parts lose the white space around them; empty ones are left away."""
    separators = SEPARATORS if each.text is None else (each.text,)
    frame = texts.to_frame("t").with_row_index("at")
    parts = (
        frame.select("at", part=_split(pl.col("t"), separators))
        .explode("part")
        .with_columns(pl.col("part").str.strip_chars())
    )
    parts = parts.filter(pl.col("part") != "").with_columns(
        place=pl.int_range(pl.len()).over("at"), count=pl.len().over("at")
    )
    joined = parts.select("at", text=pl.concat_str(_before(locale), "part", _after(locale)))
    spoken = joined.group_by("at", maintain_order=True).agg(pl.col("text").str.join("").alias("spoken"))
    made = frame.join(spoken, on="at", how="left", maintain_order="left")
    return made.select("spoken", code=pl.when(pl.col("spoken").is_null()).then(pl.lit("not_a_list")))


def _split(text: pl.Expr, separators: tuple[str, ...]) -> pl.Expr:
    *others, last = separators
    split = text.str.split(last)
    for each in reversed(others):
        split = pl.when(text.str.contains(each, literal=True)).then(text.str.split(each)).otherwise(split)
    return split


def _before(locale: str) -> pl.Expr:
    """What stands before a part, by its place in the list."""
    return _by_place({name: before for name, (before, _) in _patterns(locale).items()})


def _after(locale: str) -> pl.Expr:
    return _by_place({name: after for name, (_, after) in _patterns(locale).items()})


def _by_place(texts: dict[str, str]) -> pl.Expr:
    place, count = pl.col("place"), pl.col("count")
    return (
        pl.when(place == 0)
        .then(pl.lit(""))
        .when(count == 2)  # noqa: PLR2004 -- a pair has a pattern of its own
        .then(pl.lit(texts["2"]))
        .when(place == count - 1)
        .then(pl.lit(texts["end"]))
        .when(place == 1)
        .then(pl.lit(texts["start"]))
        .otherwise(pl.lit(texts["middle"]))
    )


@cache
def _patterns(locale: str) -> dict[str, tuple[str, str]]:
    """For each pattern of a language what stands before and after its second part. Every language begins with the first."""
    patterns = Locale.parse(locale).list_patterns["standard"]
    return {name: _around(patterns[name]) for name in ("2", "start", "middle", "end")}


def _around(pattern: str) -> tuple[str, str]:
    before, _, after = pattern.removeprefix("{0}").partition("{1}")
    return before, after
