"""E.164 for a whole column: plain numbers by a binary search in tables of all numbers, and the library for all others."""

from collections.abc import Callable

import numpy as np
import polars as pl
from phonenumbers import SUPPORTED_REGIONS

from pipeline.phone.codes import calling_codes
from pipeline.phone.library import REASONS, by_library, place_of
from pipeline.phone.numbers import SPAN, digits_of, key_of
from pipeline.phone.plain import is_plain, plain_numbers
from pipeline.phone.table import (
    AS_AFTER_PLUS,
    MOST_TABLES,
    REFUSED,
    VALID,
    Table,
    joined,
    table_of_code,
    table_of_region,
)

#: For fewer rows of a region or calling code, or in all, making tables costs more than asking the library.
FEWEST_ROWS, FEWEST_IN_ALL = 100, 2_000
#: A refused text with more digits than this may hold two numbers, which `library` tells apart.
_DIGITS_OF_ONE_NUMBER = 13
_DIGITS = pl.col("digits")


def to_e164(
    numbers: pl.Series, regions: pl.Series, *, fewest_rows: int = FEWEST_ROWS, fewest_in_all: int = FEWEST_IN_ALL
) -> pl.DataFrame:
    """Give every number's E.164 digits, or why it has none.

    `numbers` (String, null = none) and `regions` (String, ISO alpha-2, null = unknown) have the same length.
    Columns: `e164` (Int64, the digits without a plus; null where there is none), `reason` (REASONS; null where the
    number is valid or null). The answer is phonenumbers' `parse`, `is_valid_number` and E164 format; an extension is
    dropped, since E.164 has none. Regions and calling codes of fewer than `fewest_rows` rows are left to the library,
    and so are all where there are fewer than `fewest_in_all`.
    """
    pairs = pl.DataFrame({"number": numbers, "region": regions}, schema={"number": pl.String, "region": pl.String})
    answers = _Answers(pairs)
    if pairs.height >= fewest_in_all:
        _answer_plain(pairs, answers, fewest_rows)
    return answers.completed()


def _answer_plain(pairs: pl.DataFrame, answers: "_Answers", fewest_rows: int) -> None:
    """Answer for plain numbers; what is not answered is left open."""
    plain = plain_numbers(pairs.with_row_index("row").drop_nulls("number"))
    keyed = plain.with_columns(key=key_of(_DIGITS)).drop_nulls("key")
    is_placed = pl.col("plus") | pl.col("region").is_in(SUPPORTED_REGIONS)
    unplaced = plain.filter(~is_placed)["row"]
    answers.refuse(unplaced, pl.repeat(place_of("phone_country_missing"), unplaced.len(), dtype=pl.UInt8, eager=True))
    after_plus, dialled = keyed.filter("plus"), keyed.filter(is_placed & ~pl.col("plus"))
    read = _looked_up(dialled.select("row", "key", group="region"), table_of_region, fewest_rows)
    answers.note(read)
    international = read.filter(pl.col("verdict") == AS_AFTER_PLUS).select("row", key="read")
    coded = pl.concat([after_plus.select("row", "key"), international]).with_columns(
        group=calling_codes(digits_of("key"))
    )
    answers.note(_looked_up(coded, table_of_code, fewest_rows))


def _looked_up(numbers: pl.DataFrame, table_of: Callable[[str], Table], fewest_rows: int) -> pl.DataFrame:
    """In: row, key, group (null: none). Out, for groups that are large enough: row, verdict, read."""
    counts = numbers["group"].drop_nulls().value_counts().filter(pl.col("count") >= fewest_rows)
    names = counts["group"].head(MOST_TABLES)
    place = pl.col("group").replace_strict(names, range(names.len()), default=None, return_dtype=pl.Int64)
    asked = numbers.select("row", key=pl.col("key") + SPAN * place).drop_nulls()
    verdicts, read = joined([table_of(name) for name in names]).find(asked["key"].to_numpy())
    return asked.select("row", verdict=pl.Series(verdicts), read=pl.Series(read))


class _Answers:
    """The answers so far to each of (`number`, `region`)."""

    def __init__(self, pairs: pl.DataFrame) -> None:
        self._pairs = pairs
        self._e164 = np.zeros(pairs.height, dtype=np.int64)  # 0 where there is none
        self._reason = np.zeros(pairs.height, dtype=np.uint8)  # 0 where there is none, else counted from 1

    def note(self, found: pl.DataFrame) -> None:
        """Note valid numbers and, by their reason, refused ones (`row`, `verdict`, `read`)."""
        valid = found.filter(pl.col("verdict") == VALID)
        self._e164[valid["row"].to_numpy()] = valid["read"].to_numpy()
        refused = found.filter(pl.col("verdict") >= REFUSED)
        self.refuse(refused["row"], refused["verdict"] - REFUSED)

    def refuse(self, rows: pl.Series, reasons: pl.Series) -> None:
        """Note why rows are refused (places in REASONS); a text that may deserve a plainer reason is left open."""
        text = pl.col("number")
        is_certain = is_plain(text) & (text.str.count_matches("[0-9]") <= _DIGITS_OF_ONE_NUMBER)
        certain = self._pairs.select(text.gather(rows)).select(is_certain).to_series()
        self._reason[rows.filter(certain).to_numpy()] = 1 + reasons.filter(certain).to_numpy()

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
