"""Cells that hold several numbers: each of them, where all are to be known."""

import re

import phonenumbers
import polars as pl

#: Fewer digits are no number of their own.
_DIGITS_OF_A_NUMBER = 7
_READ: dict[str, pl.DataType] = {"at": pl.UInt32(), "found": pl.List(pl.Int64), "is_whole": pl.Boolean()}


def numbers_within(texts: pl.Series, region: str | None) -> pl.DataFrame:
    """The valid numbers in each text: `at` (its place), `found` (digits of E.164), and `is_whole`.

    The latter is whether there are several and nothing is left that may be one more. Meant for the few texts of which it
    is known that they hold several (`phone_several`): each is looked at by itself.
    """
    read = [(at, *_within(text, region)) for at, text in enumerate(texts)]
    return pl.DataFrame(read, schema=_READ, orient="row")


def _within(text: str, region: str | None) -> tuple[list[int], bool]:
    matches = list(phonenumbers.PhoneNumberMatcher(text, region))
    found = [_e164(match.number) for match in matches]
    for match in reversed(matches):  # from behind: the places before it stay
        text = text[: match.start] + (match.number.extension or "") + text[match.end :]
    return found, len(found) > 1 and len(re.sub(r"\D", "", text)) < _DIGITS_OF_A_NUMBER


def _e164(number: phonenumbers.PhoneNumber) -> int:
    return int(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:])
