"""E.164 for a whole column: plain numbers by expressions, plan by plan, and the library itself for all others."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

import numpy as np
import polars as pl

from pipeline.phone.library import REASONS, by_library
from pipeline.phone.parse import Read, Refused, maybe_extract_country_code, national_number
from pipeline.phone.plain import is_plain, plain_numbers
from pipeline.phone.valid import is_valid_number

#: For fewer rows of a plan, compiling its patterns costs more than asking the library.
FEWEST_ROWS = 300
#: Rows that one thread works on at a time.
ROWS_A_TASK = 100_000
#: A refused text with more digits than this may hold two numbers, which `library` tells apart.
_DIGITS_OF_ONE_NUMBER = 13

_Key = TypeVar("_Key")


def to_e164(numbers: pl.Series, regions: pl.Series, *, fewest_rows: int = FEWEST_ROWS) -> pl.DataFrame:
    """Give every number's E.164 digits, or why it has none.

    `numbers` (String, null = none) and `regions` (String, ISO alpha-2, null = unknown) have the same length.
    Columns: `e164` (Int64, the digits without a plus; null where there is none), `reason` (REASONS; null where the
    number is valid or null). The answer is phonenumbers' `parse`, `is_valid_number` and E164 format; an extension is
    dropped, since E.164 has none. Groups of fewer than `fewest_rows` rows are left to the library.
    """
    pairs = pl.DataFrame({"number": numbers, "region": regions}, schema={"number": pl.String, "region": pl.String})
    answers = _Answers(pairs)
    if pairs.height >= fewest_rows:
        _answer_plain(pairs, answers, fewest_rows)
    return answers.completed()


def _answer_plain(pairs: pl.DataFrame, answers: "_Answers", fewest_rows: int) -> None:
    """`parse` and `is_valid_number`, a group of equal plans at a time; what is not answered is left open."""
    texts = pairs.with_row_index("row").drop_nulls("number")
    by_region = texts.partition_by("region", as_dict=True, include_key=False)
    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        dialled = _run(threads, answers, fewest_rows, _read_plain, {key[0]: group for key, group in by_region.items()})
        national = _run(threads, answers, fewest_rows, national_number, dialled)
        valid = _run(threads, answers, fewest_rows, is_valid_number, national)
    for code, numbers in valid.items():
        answers.accept(numbers["row"], (code + numbers["digits"]).cast(pl.Int64))


def _read_plain(texts: pl.DataFrame, region: str | None) -> Iterable[Read | Refused]:
    return maybe_extract_country_code(plain_numbers(texts), region)


def _run(
    threads: ThreadPoolExecutor,
    answers: "_Answers",
    fewest_rows: int,
    step: Callable[[pl.DataFrame, _Key], Iterable[Read | Refused]],
    groups: Mapping[_Key, pl.DataFrame],
) -> dict[str, pl.DataFrame]:
    """Take a step with every group that is large enough: note the refusals, and group the rest by their new plan."""
    tasks = [
        (part, key)
        for key, group in groups.items()
        if group.height >= fewest_rows
        for part in group.iter_slices(ROWS_A_TASK)
    ]
    reads, refused = defaultdict(list), defaultdict(list)
    for outcome in chain.from_iterable(threads.map(lambda task: list(step(*task)), tasks)):
        if isinstance(outcome, Read):
            reads[outcome.plan].append(outcome.numbers)
        else:
            refused[outcome.reason].append(outcome.rows)
    for reason, rows in refused.items():
        answers.refuse(pl.concat(rows), reason)
    return {plan: pl.concat(numbers) for plan, numbers in reads.items()}


class _Answers:
    """The answers so far to each of (`number`, `region`)."""

    def __init__(self, pairs: pl.DataFrame) -> None:
        self._pairs = pairs
        self._e164 = np.zeros(pairs.height, dtype=np.int64)  # 0 where there is none
        self._reason = np.zeros(pairs.height, dtype=np.uint32)  # 0 where there is none, else counted from 1

    def accept(self, rows: pl.Series, e164: pl.Series) -> None:
        """Note valid numbers."""
        self._e164[rows.to_numpy()] = e164.to_numpy()

    def refuse(self, rows: pl.Series, reason: str) -> None:
        """Note why rows are refused; a text that may deserve a plainer reason is left open."""
        text = pl.col("number")
        certain = is_plain(text) & (text.str.count_matches("[0-9]") <= _DIGITS_OF_ONE_NUMBER)
        refused = rows.filter(self._pairs.select(text.gather(rows)).select(certain).to_series())
        self._reason[refused.to_numpy()] = 1 + REASONS.categories.to_list().index(reason)

    def completed(self) -> pl.DataFrame:
        """Ask the library for all that is open, and give `e164` and `reason`."""
        is_open = (self._e164 == 0) & (self._reason == 0) & self._pairs["number"].is_not_null().to_numpy()
        asked = by_library(self._pairs.filter(is_open))
        self._e164[is_open] = asked["e164"].fill_null(0).to_numpy()
        self._reason[is_open] = 1 + asked["reason"].to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
        e164, reason = pl.col("e164"), pl.col("reason")
        return pl.DataFrame({"e164": self._e164, "reason": self._reason}).select(
            pl.when(e164 > 0).then(e164), pl.when(reason > 0).then(reason - 1).cast(pl.UInt8).cat.to(REASONS)
        )
