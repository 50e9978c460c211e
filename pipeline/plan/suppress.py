"""Suppress: lists of numbers that must not be called, read from their files, and the rows one of whose numbers stands there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path

import polars as pl

from pipeline.plan.files import named
from pipeline.plan.number_list import Asked, NumberList, read_list, region_remedy
from schemas.errors import CampaignError
from schemas.findings import findings, gathered, no_findings
from schemas.masking import masked_text
from schemas.suppression import Suppression, SuppressionList

_ASKED = "[[rules.suppression]]"
#: So many cells that were not read are shown, and so many characters of each.
_SHOWN, _CUT = 3, 40


@dataclass(frozen=True)
class Listed:
    """A list with its `numbers` (Int64, the digits of E.164, distinct), and what a plan keeps of it."""

    numbers: pl.Series
    told: SuppressionList


def read_lists(rules: Sequence[Suppression], region: str | None, start: datetime) -> tuple[Listed, ...]:
    """Read every list; its age is that at `start` (aware). Raises CampaignError for one that cannot be read or is empty.

    `region` is for numbers without a plus where a list names none.
    """
    return tuple(_read(rule, rule.default_region or region, start) for rule in rules)


def _read(rule: Suppression, region: str | None, start: datetime) -> Listed:
    asked = Asked(
        rule.column,
        region,
        f"column in {_ASKED}",
        f"default_region in {_ASKED}",
        "; nothing was planned",
        rule.sheet,
        f"sheet in {_ASKED}",
    )
    try:
        obtained = _obtained(rule, start)
        read = read_list(rule.file, asked)
    except CampaignError as error:
        raise CampaignError(f"{_ASKED}: {error}") from None
    return Listed(read.numbers, _told(rule, read, obtained, start))


def _told(rule: Suppression, read: NumberList, obtained: datetime, start: datetime) -> SuppressionList:
    return SuppressionList(
        name=read.source.name,
        sha256=read.source.sha256,
        numbers=read.numbers.len(),
        refused=read.refused.height,
        as_of=obtained,
        age_days=max(0, (start - obtained).days),
        registry=rule.registry,
        most_days=rule.most_days,
        read_as=read.read_as,
        said=read.said,
        unread=tuple(_unread(read.refused.head(_SHOWN))),
    )


def _unread(refused: pl.DataFrame) -> Iterator[str]:
    for row, column, value, reason in refused.rows():
        yield f"row {row}, {column}: {masked_text(value)[:_CUT]!r} ({reason}{region_remedy(reason, 'default_region')})"


def _obtained(rule: Suppression, start: datetime) -> datetime:
    """The day that the campaign file names, in the zone of the start, or else the last change of the oldest file."""
    if rule.as_of is not None:
        if rule.as_of > start.date():
            raise CampaignError(f"as_of = {rule.as_of} of {rule.file} lies behind the start of the calls; correct it")
        return datetime.combine(rule.as_of, time(), start.tzinfo)
    return min(_changed(file.path) for file in named([rule.file]))


def _changed(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise CampaignError(f"{path} cannot be read: {error.strerror}; the path begins at the campaign file") from None


def suppressed(numbers: Sequence[pl.DataFrame], lists: Sequence[Listed]) -> pl.DataFrame:
    """Findings about rows one of whose numbers stands in a list; `numbers` (row, e164) hold all numbers of each row."""
    if not lists:
        return no_findings()
    every = pl.concat(frame.select("row", "e164") for frame in numbers).drop_nulls("e164")
    return gathered(list(_in_lists(every, lists)))


def reached_by(numbers: Sequence[pl.DataFrame], blocked: pl.Series) -> pl.DataFrame:
    """Findings about rows with a further number that is blocked: who said no on one number has said it on all of them.

    `numbers` (row, e164) are those that would not be called; `blocked` are Int64.
    """
    if not numbers or blocked.is_empty():
        return no_findings()
    found = pl.concat(numbers).filter(pl.col("e164").is_in(blocked.implode())).unique("row", keep="first").sort("row")
    value = pl.concat_str(pl.lit("+"), "e164")
    return findings(found, "blocked", None, value, detail="another number of the row")


def _in_lists(numbers: pl.DataFrame, lists: Sequence[Listed]) -> Iterator[pl.DataFrame]:
    for listed in lists:
        found = numbers.filter(pl.col("e164").is_in(listed.numbers.implode())).unique("row", keep="first")
        value = pl.concat_str(pl.lit("+"), "e164")
        yield findings(found, "suppressed", None, value, detail=f"stands in {listed.told.name}")


def outdated(lists: Iterable[SuppressionList], start: datetime) -> Iterator[str]:
    """The reasons not to make calls by these lists; the last of them start at `start` (aware), and nobody looks again."""
    for told in lists:
        each = replace(told, age_days=max(0, (start - told.as_of).days))
        if each.is_too_old:
            yield (
                f"the suppression list {each.name} is of {each.as_of:%Y-%m-%d}, {each.age_days} days before the last calls "
                f"start, and may be {each.most_days} days old at most; obtain it anew"
            )


def said_of(each: SuppressionList) -> str:
    """What was made of a list; cells that are no number protect nobody."""
    days = "1 day" if each.age_days == 1 else f"{each.age_days} days"
    numbers = "1 number" if each.numbers == 1 else f"{each.numbers:,} numbers"
    read_as = f" ({each.read_as})" if each.read_as else ""
    return f"Nobody of {each.name} is called: {numbers}{read_as}, {days} old at the start{_not_read(each)}." + "".join(
        f" {sentence}" for sentence in each.said
    )


def _not_read(each: SuppressionList) -> str:
    if not each.refused:
        return ""
    more = "; …" if each.refused > len(each.unread) else ""
    return f"; cells that are no number and protect nobody: {each.refused:,} ({'; '.join(each.unread)}{more})"
