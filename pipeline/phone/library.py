"""The phonenumbers library, pair by pair: its answer to a text and a region, and why it refused."""

import re

import phonenumbers
import polars as pl
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

# The library compiles its patterns again and again otherwise.
phonenumbers.enable_pattern_cache()

#: The reasons of a refusal: row codes of `schemas.codes`.
REASONS = pl.Enum(
    [
        "phone_not_a_number",
        "phone_too_short",
        "phone_too_long",
        "phone_unknown_country_code",
        "phone_not_assigned",
        "phone_letters",
        "phone_several",
        "phone_country_missing",
    ]
)


def place_of(reason: str) -> int:
    """Where a reason stands in REASONS."""
    return REASONS.categories.to_list().index(reason)


_ANSWER: dict[str, pl.DataType | type[pl.DataType]] = {"e164": pl.Int64, "reason": REASONS}

_PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: "phone_unknown_country_code",
    NumberParseException.NOT_A_NUMBER: "phone_not_a_number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "phone_too_short",
    NumberParseException.TOO_SHORT_NSN: "phone_too_short",
    NumberParseException.TOO_LONG: "phone_too_long",
}
#: What `is_possible_number_with_reason` says, as row codes; all else is "phone_not_assigned".
LENGTH_REASONS = {
    ValidationResult.INVALID_COUNTRY_CODE: "phone_unknown_country_code",
    ValidationResult.TOO_SHORT: "phone_too_short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "phone_too_short",
    ValidationResult.TOO_LONG: "phone_too_long",
}

#: What people write between two numbers of one cell, besides a second plus.
_BETWEEN_NUMBERS = re.compile(r"[/\\;,|&\n]|(?=[+\uFF0B])|\b(?:or|and|oder|und|ou|et|o|y|e)\b", re.IGNORECASE)
#: Fewer digits than this are an extension or a local number, not a second one.
_DIGITS_OF_A_NUMBER = 7

_EXTENSION = re.compile(r"[\s,;]*(?:e?xt(?:ensi[oó]n)?|anexo|int|доб|x|#)[\s.:=]*\d{1,20}#?\s*$", re.IGNORECASE)
_LETTER_AFTER_A_DIGIT = re.compile(r"[+\uFF0B\d].*[^\W\d_\u30FC]", re.DOTALL)
_SPACE = re.compile(r"\s+")
_START = re.compile(r"[+\uFF0B\d]")


def by_library(pairs: pl.DataFrame) -> pl.DataFrame:
    """Ask the library for each different pair of `number` and `region` (String, null = none): `e164`, `reason`."""
    unique = pairs.filter(pl.col("number").is_not_null()).unique(maintain_order=True)
    answers = pl.DataFrame([answer(*pair) for pair in unique.iter_rows()], schema=_ANSWER, orient="row")
    known = unique.hstack(answers)
    return pairs.join(known, on=["number", "region"], how="left", nulls_equal=True, maintain_order="left").select(
        "e164", "reason"
    )


def answer(number: str, region: str | None) -> tuple[int | None, str | None]:
    """Give (E.164 digits, None) for a valid number, else (None, reason)."""
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException as error:
        return None, _why(number, region, _PARSE_REASONS[error.error_type])
    if phonenumbers.is_valid_number(parsed):
        return int(phonenumbers.format_number(parsed, PhoneNumberFormat.E164)[1:]), None
    return None, _why(number, region, _length_reason(parsed))


def _length_reason(parsed: PhoneNumber) -> str:
    return LENGTH_REASONS.get(phonenumbers.is_possible_number_with_reason(parsed), "phone_not_assigned")


def _why(number: str, region: str | None, library_reason: str) -> str:
    """Put the library's reason more plainly where the text shows a likelier one."""
    if _holds_several(number) or (library_reason == "phone_too_long" and _holds_several(_SPACE.sub(",", number))):
        return "phone_several"
    if library_reason == "phone_unknown_country_code" and _needs_a_region(number, region):
        return "phone_country_missing"
    if _LETTER_AFTER_A_DIGIT.search(_EXTENSION.sub("", number)):
        return "phone_letters"
    return library_reason


def _holds_several(text: str) -> bool:
    parts = _BETWEEN_NUMBERS.split(text)
    return sum(sum(map(str.isdecimal, part)) >= _DIGITS_OF_A_NUMBER for part in parts) > 1


def _needs_a_region(number: str, region: str | None) -> bool:
    start = _START.search(number)
    return region not in phonenumbers.SUPPORTED_REGIONS and start is not None and start.group().isdecimal()
