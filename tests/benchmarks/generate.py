"""Makes big CRM exports: 14 columns, about 178 bytes a row, eight countries, three in a hundred phones odd.

`python -m tests.benchmarks.generate --rows 1000000 --seed 1 out.csv`. The same rows and seed give the same file.
Numbers are drawn from whole ranges, so some may be somebody's: these files are read, never called.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

Numbers = npt.NDArray[np.int64]

#: Rows made at once.
CHUNK = 250_000
GROUPS = ("A", "B", "C", "D", "E")


@dataclass(frozen=True)
class Country:
    """`blocks` are national numbers in groups, x a free digit; `styles` write them, the groups by the letters A to E."""

    share: float
    names: tuple[str, ...]
    blocks: tuple[str, ...]
    styles: tuple[str, ...]
    cities: tuple[str, ...]  # city|postal code
    language: str


_NORTH_AMERICAN = ("(A) B-C", "A-B-C", "+1 A-B-C", "+1ABC", "ABC", "1-A-B-C", "A.B.C", "+1 (A) B-C")


def _blocks(*areas: str) -> tuple[str, ...]:
    """All numbers of North American area codes."""
    return tuple(f"{area} {digit}xx xxxx" for area in areas for digit in "23456789")


COUNTRIES = (
    Country(0.34, ("United States", "USA", "US"),
            _blocks("212", "206", "305", "312", "404", "415", "503", "512", "602", "615", "617", "702", "801", "973"),
            _NORTH_AMERICAN, ("Cambridge|02139", "Newark|07102", "San Francisco|94103", "Washington, DC|20001"), "en"),
    Country(0.15, ("Germany", "Deutschland", "DE"), ("30 2xxx xxxx", "171 xxx xxxx", "176 2xxx xxxx", "89 3xxx xxxx"),
            ("0A BC", "0A/B-C", "+49 A BC", "+49 (0)A BC", "0049 A BC", "+49ABC"),
            ("Berlin|10115", "Dresden|01067", "Köln|50667", "München|80331"), "de"),
    Country(0.13, ("United Kingdom", "UK", "GB"), ("20 7xxx xxxx", "20 8xxx xxxx",
            *(f"{prefix} xxx xxx" for prefix in ("7402", "7503", "7725", "7760", "7830", "7890", "7939"))),
            ("0A B C", "(0A) B C", "+44 A B C", "+44 (0)A B C", "+44ABC", "0044 A B C"),
            ("London|SW1A 1AA", "Manchester|M1 1AE", "Leeds|LS1 4DY"), "en"),
    Country(0.11, ("France", "FR"), ("1 4x xx xx xx", "6 1x xx xx xx", "6 8x xx xx xx"),
            ("0A B C D E", "0A.B.C.D.E", "+33 A B C D E", "+33 (0)A B C D E", "0ABCDE", "+33ABCDE"),
            ("Paris|75001", "Nice|06000", "Besançon|25000"), "fr"),
    Country(0.09, ("Canada", "CA"), _blocks("204", "403", "416", "514", "604", "613", "902"),
            _NORTH_AMERICAN, ("Toronto|M5H 2N2", "Montréal|H2X 1Y4", "Vancouver|V6B 1A1"), "en"),
    Country(0.06, ("Italy", "Italia", "IT"), ("06 4xxx xxxx", "02 6xxx xxxx", "347 xxx xxxx", "333 xxx xxxx"),
            ("A B C", "+39 A B C", "0039 A BC", "A/BC", "+39ABC"), ("Roma|00184", "Milano|20121", "Forlì|47121"), "it"),
    Country(0.06, ("Mexico", "México", "MX"), ("55 2xxx xxxx", "33 3xxx xxxx", "81 8xxx xxxx"),
            ("A B C", "+52 A B C", "(A) B-C", "+52ABC", "ABC"), ("Ciudad de México|06600", "Monterrey|64000"), "es"),
    Country(0.06, ("Japan", "日本", "JP"), ("3 3xxx xxxx", "6 6xxx xxxx", "90 2xxx xxxx", "80 3xxx xxxx"),
            ("0A-B-C", "+81 A-B-C", "0A(B)C", "+81ABC", "0A B C"), ("東京|100-0001", "大阪市|530-0001"), "ja"),
)  # fmt: skip

FIRST = (
    "Ava",
    "Benoît",
    "Chloé",
    "Deshawn",
    "Étienne",
    "Fiona",
    "Jürgen",
    "Marc-André",
    "Niccolò",
    "Sarah",
    "葵",
    "Zoë",
)
LAST = (
    "Abbott",
    "Bianchi",
    "D'Angelo",
    "Fernández",
    "Großmann",
    "Leblanc",
    "MacDonald",
    "Müller",
    "Smith-Jones",
    "佐藤",
)
NOTES = (
    "",
    "",
    "Prefers calls after lunch and in the evening, never on a Friday",
    "Asked for a catalogue, twice, and for the price list of last year",
    'Said: "call me in May", and bought the tent in a size that fits both of them',
    "Moved.\nNew address confirmed in the last order, the old one may be deleted",
    "Interested in boots, poles and rucksacks – sends her regards to the whole team",
)

#: What makes a phone odd, each as likely: two can still be called, the rest are to fix.
ODD: tuple[Callable[[pl.Expr], pl.Expr], ...] = (
    lambda phone: phone + " ext. 12",
    lambda phone: phone.str.replace_all("-", "–"),
    lambda phone: phone.str.head(6),
    lambda phone: phone + "77777777",  # with fewer, some German numbers would still be valid
    lambda phone: phone + " / " + phone,
    lambda phone: "see " + phone.str.head(0) + "notes",
)
ODD_SHARE = 0.03


class Draw:
    """Random columns of `height` values."""

    def __init__(self, height: int, seed: Sequence[int]) -> None:
        self.height = height
        self._random = np.random.default_rng(seed)

    def below(self, limit: int) -> Numbers:
        """Whole numbers from 0 to limit - 1."""
        return self._random.integers(0, limit, self.height)

    def one(self, of: Sequence[str]) -> pl.Series:
        """One of these texts a row."""
        return pl.Series(of)[self.below(len(of))]

    def country(self) -> Numbers:
        """The country of each row, as its place in COUNTRIES."""
        return self._random.choice(len(COUNTRIES), self.height, p=[country.share for country in COUNTRIES])

    def place(self, country: Numbers, of: Sequence[Sequence[str]]) -> Numbers:
        """For each row the place of one of its country's texts, were all countries' texts one list."""
        lengths = np.array([len(texts) for texts in of])
        begins = np.cumsum(lengths) - lengths
        inside: Numbers = (self._random.random(self.height) * lengths[country]).astype(np.int64)
        return begins[country] + inside

    def of_country(self, country: Numbers, of: Sequence[Sequence[str]]) -> pl.Series:
        """For each row one of its country's texts."""
        return pl.Series([text for texts in of for text in texts])[self.place(country, of)]

    def digits(self, counts: Numbers) -> pl.Series:
        """So many random digits a row, as text."""
        numbers = (self._random.random(self.height) * 10.0**counts).astype(np.int64)
        frame = pl.DataFrame({"number": numbers, "count": counts})
        text = pl.col("number").cast(pl.String).str.zfill(pl.col("count"))
        return frame.select(pl.when(pl.col("count") > 0).then(text).otherwise(pl.lit(""))).to_series()

    def happens(self, share: float) -> pl.Series:
        """True in this share of the rows."""
        return pl.Series(self._random.random(self.height) < share)


def rows(first: int, height: int, seed: int) -> pl.DataFrame:
    """The rows from `first` on, all of them text."""
    draw = Draw(height, (seed, first))
    country = draw.country()
    cities = draw.of_country(country, [country.cities for country in COUNTRIES]).str.split_exact("|", 1).struct
    fixed, mobile = _phones(draw, country)
    numbers = pl.int_range(first, first + height, eager=True)
    columns = {
        "Record ID": numbers + 20_480_000_000,
        "First Name": draw.one(FIRST),
        "Last Name": draw.one(LAST),
        "Email": "contact." + numbers.cast(pl.String) + "@mail.example.com",
        "Phone Number": fixed,
        "Mobile Phone Number": mobile,
        "Country/Region": draw.of_country(country, [country.names for country in COUNTRIES]),
        "City": cities.field("field_0"),
        "Postal Code": cities.field("field_1"),
        "Preferred Language": pl.Series([country.language for country in COUNTRIES])[country],
        "Customer No": draw.digits(np.full(height, 7)),
        "Last Purchase": pl.Series(np.datetime64("2026-03-31") - draw.below(700)).dt.strftime("%m/%d/%Y"),
        "VIP": draw.one(("Yes", "No", "")),
        "Notes": draw.one(NOTES),
    }
    return pl.DataFrame(columns).cast(pl.String).select(pl.all().replace("", None))


def _phones(draw: Draw, country: Numbers) -> list[pl.Series]:
    """Two phone columns: a number in the one, in the other or, in a tenth of the rows, in both."""
    groups = _groups(draw, draw.place(country, [country.blocks for country in COUNTRIES]))
    odd = pl.when(pl.col("odd")).then(_odd(pl.col("text"), pl.col("kind"))).otherwise(pl.col("text"))
    numbers = groups.with_columns(odd=draw.happens(ODD_SHARE), kind=draw.below(len(ODD)))
    where = pl.Series(draw.below(10))
    columns = []
    for filled in (where < 5, where > 3):
        style = draw.of_country(country, [country.styles for country in COUNTRIES])
        text = numbers.select(_written(pl.lit(style)).alias("text"), "odd", "kind").select(odd.alias("text"))
        columns.append(text.to_series().zip_with(filled, pl.Series([""])))
    return columns


def _groups(draw: Draw, block: Numbers) -> pl.DataFrame:
    """Columns A to E: the groups of digits of each row's number, empty where its block has fewer."""
    split = [text.split() for country in COUNTRIES for text in country.blocks]
    padded = [[*groups, *[""] * (len(GROUPS) - len(groups))] for groups in split]
    columns = {}
    for name, texts in zip(GROUPS, zip(*padded, strict=True), strict=True):
        prefixes = pl.Series([text.rstrip("x") for text in texts])
        columns[name] = prefixes[block] + draw.digits(np.array([text.count("x") for text in texts])[block])
    return pl.DataFrame(columns)


def _written(style: pl.Expr) -> pl.Expr:
    for name in GROUPS:
        style = style.str.replace(name, pl.col(name), literal=True)
    return style


def _odd(text: pl.Expr, kind: pl.Expr) -> pl.Expr:
    result = text
    for number, change in enumerate(ODD):
        result = pl.when(kind == number).then(change(text)).otherwise(result)
    return result


def write(path: Path, height: int, seed: int = 1) -> None:
    """Write an export of so many rows."""
    with path.open("wb") as export:
        for first in range(0, height, CHUNK):
            chunk = rows(first, min(CHUNK, height - first), seed)
            chunk.write_csv(export, include_header=first == 0)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.path, given.rows, given.seed)


if __name__ == "__main__":
    main()
