"""Makes contacts.csv: the export of an outdoor shop's CRM, invented, the same byte for byte each time.

`python -m sample_data.generate` writes it beside this file. Nobody in it lives: names are drawn from lists, mail
addresses end in example.com, and numbers come from blocks that regulators keep for films and books (or, where a
country has none, from blocks in which no number is given out). Only `Random.random` is used: its sequence is the one
that Python promises never to change.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

from sample_data.people import BROKEN, COUNTRIES, FAULTY, NOTES, ODD, UNREACHED, Cells, Country

T = TypeVar("T")

FOLDER = Path(__file__).parent
SEED = 20260401
PEOPLE = 1000
#: Of these, so many cannot be reached, or share with an earlier person the number, the id, or all cells.
WITHOUT_PHONE, SAME_PHONE, SAME_ID, SAME_RECORD = 30, 11, 3, 4
#: A blank line stands after this many people, as after a page of an export that was pasted together.
BLANK_LINE_AFTER = 500
LAST_DAY = date(2026, 3, 31)

FULL_WIDTH = {ord("0") + digit: ord("０") + digit for digit in range(10)}

HEADERS = (
    "Record ID", "Create Date", "First Name", "Last Name", "Email", "Phone Number", "Mobile Phone Number",
    "Country/Region", "City", "Postal Code", "Preferred Language", "Customer No", "Last Purchase", "VIP",
    "Number of Orders", "Total Revenue", "Lifecycle Stage", "Notes",
)  # fmt: skip


@dataclass(frozen=True)
class Contact:
    """A person of the export. `codes`: why the row is not called; where there are none, `e164` is."""

    cells: Cells
    e164: str
    codes: frozenset[str] = frozenset()
    spoils: Callable[[str], str] = str

    @property
    def line(self) -> str:
        """The line of the export, without its end."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(self.cells.values())
        return self.spoils(text.getvalue().removesuffix("\n"))


class Draw:
    """Chances, from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random
        self._given: set[str] = set()

    def below(self, limit: int) -> int:
        """A whole number from 0 to limit - 1."""
        return int(self._random() * limit)

    def one(self, of: Sequence[T]) -> T:
        """One of them."""
        return of[self.below(len(of))]

    def order(self, count: int) -> list[int]:
        """The numbers from 0 to count - 1, shuffled."""
        return [number for _, number in sorted((self._random(), number) for number in range(count))]

    def number(self, country: Country) -> list[str]:
        """The groups of a national number that nobody else has."""
        while True:
            text = "".join(str(self.below(10)) if sign == "x" else sign for sign in self.one(country.blocks))
            if text not in self._given:
                self._given.add(text)
                return text.split()


def contacts() -> list[Contact]:
    """The people of the export, in its order: first all well, then one after another spoilt."""
    draw = Draw(SEED)
    countries = [country for country in COUNTRIES for _ in range(country.share)]
    people = [_person(draw, place, countries[drawn]) for place, drawn in enumerate(draw.order(PEOPLE))]
    places = iter(draw.order(PEOPLE))
    for codes, cells in FAULTY:
        _change(people, next(places), cells, *codes.split())
    for code, cells, spoils in BROKEN:
        place = next(places)
        _change(people, place, cells, code)
        people[place] = replace(people[place], spoils=spoils)
    for _ in range(WITHOUT_PHONE):
        _change(people, next(places), {"Phone Number": "", "Mobile Phone Number": ""}, "no_phone")
    for cells in ODD:
        place = next(places)
        _change(people, place, {"Phone Number": people[place].e164, **cells})
    for code, cells in UNREACHED:
        _change(people, next(places), cells, code)
    _repeat(people, list(places))
    return people


def _person(draw: Draw, place: int, country: Country) -> Contact:
    groups, first, last = draw.number(country), draw.one(country.first), draw.one(country.last)
    numbers = [_written(draw.one(country.styles), groups) for _ in range(2)]
    fixed, mobile = draw.one((*[(numbers[0], "")] * 4, *[("", numbers[0])] * 4, (numbers[0], numbers[1])))
    city, _, postal_code = draw.one(country.cities).partition("|")
    created = datetime(2019, 1, 7, 8, tzinfo=UTC) + timedelta(hours=61 * place + draw.below(10), minutes=draw.below(60))
    orders = draw.below(8)
    cells = (
        str(20_480_000_017 + 7_919 * place), f"{created:%Y-%m-%d %H:%M}", first, last, _mail(first, last, place), fixed,
        mobile, draw.one(country.names), city, postal_code, draw.one((*country.languages * 8, "")),
        f"{draw.below(9_999_999):07d}", f"{LAST_DAY - timedelta(days=draw.below(700)):%m/%d/%Y}",
        draw.one(("Yes", "No", "true", "false", "", "", "")), str(orders or ""),
        f"{orders * (1900 + draw.below(9000)) / 100:.2f}" if orders else "",
        draw.one(("customer", "customer", "subscriber", "opportunity", "evangelist")), draw.one((*NOTES, *[""] * 40)),
    )  # fmt: skip
    return Contact(dict(zip(HEADERS, cells, strict=True)), f"+{country.code}{''.join(groups)}")


def _written(style: str, groups: Sequence[str]) -> str:
    text = style.format(*groups)
    return text.translate(FULL_WIDTH) if text.startswith("０") else text


def _mail(first: str, last: str, place: int) -> str:
    names = unicodedata.normalize("NFKD", f"{first}.{last}".lower()).encode("ascii", "ignore").decode()
    return f"{''.join(sign for sign in names if sign.isalnum() or sign == '.').strip('.') or 'mail'}{place}@example.com"


def _change(people: list[Contact], place: int, cells: Cells, *codes: str) -> None:
    people[place] = replace(people[place], cells=people[place].cells | cells, codes=frozenset(codes))


def _repeat(people: list[Contact], free: list[int]) -> None:
    """Let later people share a number, an id or all with an earlier one who is called, and one with one who is not."""
    free.sort()
    pairs = zip(free, reversed(free), strict=True)
    for _, (early, late) in zip(range(SAME_PHONE), pairs, strict=False):
        _change(people, late, {"Phone Number": people[early].e164, "Mobile Phone Number": ""}, "duplicate_phone")
    for _, (early, late) in zip(range(SAME_ID), pairs, strict=False):
        _change(people, late, {"Record ID": people[early].cells["Record ID"]}, "duplicate_id")
    for _, (early, late) in zip(range(SAME_RECORD), pairs, strict=False):
        _change(people, late, people[early].cells, "duplicate_phone", "duplicate_id")
    _, late = next(pairs)
    unready = next(person for person in people if "required_missing" in person.codes)
    _change(people, late, {"Phone Number": unready.e164, "Mobile Phone Number": ""})
    people[late] = replace(people[late], e164=unready.e164)


def lines() -> Iterator[str]:
    """The export, line by line: a header, its people, and a blank line among them."""
    yield ",".join(HEADERS)
    for place, person in enumerate(contacts()):
        if place == BLANK_LINE_AFTER:
            yield ""
        yield person.line


def export() -> bytes:
    """The export as HubSpot writes it: UTF-8 without a byte order mark, lines ended by a line feed."""
    return "".join(f"{line}\n" for line in lines()).encode()


if __name__ == "__main__":
    (FOLDER / "contacts.csv").write_bytes(export())
