r"""`phonenumbers.parse` for all that can be dialled: which digits are read as which number.

The functions bear the names of the library's steps. Digits in no reading are left to the library itself: those of which
it takes more than a few to know where a prefix ends.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from phonenumbers import PhoneMetadata, ValidationResult

from pipeline.phone.metadata import main_metadata_for, match_national_number, metadata_for, test_number_length
from pipeline.phone.numbers import EVERY, LONGEST, NOTHING, Numbers, beginning_with, matched_by, of_lengths
from pipeline.phone.patterns import beginnings

#: A pattern of prefixes after one of whole local numbers, which the rule completes: `([457]\d{6})$|1` and `268\1`.
_LOCAL_NUMBERS = re.compile(r"\(([^()]*)\)\$(?:\||$)")

#: Fewer digits after a prefix are no number: the library's _MIN_LENGTH_FOR_NSN, and one more.
_SHORTEST_AFTER_IDD = 3


class Reading(NamedTuple):
    """`written` and the digits x after it are read as `read` and x, for every x of `numbers`."""

    written: str
    read: str
    numbers: Numbers


def after_plus(code: str) -> tuple[Reading, ...]:
    """How digits after a plus that begin with a calling code are read: as national numbers."""
    return tuple(_each_after([Reading(code, "", EVERY)], national_numbers(main_metadata_for(code))))


def after_idd(region: str) -> tuple[Reading, ...]:
    """How digits that begin with the region's international prefix are read: as those after a plus.

    They do not begin with 0, as no calling code does: `_parse_prefix_as_idd`.
    """
    coded = EVERY - EVERY.behind("0") - of_lengths(range(_SHORTEST_AFTER_IDD))
    pattern = metadata_for(region).international_prefix or ""
    return tuple(Reading(written, "", numbers & coded) for written, _, numbers in _prefixes(pattern, ""))


def as_dialled(region: str) -> tuple[Reading, ...]:
    """How all other digits are read in a region: as national numbers of its calling code.

    Its own code is cut off, though without a plus, when only the rest is a national number, or the whole is too long
    for one: `_maybe_extract_country_code`.
    """
    metadata = metadata_for(region)
    code, general = str(metadata.country_code), match_national_number(metadata.general_desc)
    too_long = _of_lengths(metadata, ValidationResult.TOO_LONG)
    here = EVERY - beginning_with(begin.digits for begin in beginnings(metadata.international_prefix or ""))
    own, national = [], here - EVERY.behind(code)
    for written, read, numbers in maybe_strip_national_prefix(metadata, EVERY):
        whole = f"{code}{written}"
        candidates = numbers & here.without(whole)
        cut = candidates & ((general.without(read) - general.without(whole)) | too_long.without(whole))
        own.append(Reading(whole, read, cut))
        national |= (candidates - cut).behind(whole)
    return (
        *_each_after(own, national_numbers(main_metadata_for(code))),
        *_each_after([Reading("", "", national)], national_numbers(metadata)),
    )


def national_numbers(metadata: PhoneMetadata) -> tuple[Reading, ...]:
    """How national digits are read, the end of `parse`: a prefix is cut off if what is left may be a whole number."""
    possible = _of_lengths(metadata, ValidationResult.IS_POSSIBLE, ValidationResult.TOO_LONG)
    return tuple(maybe_strip_national_prefix(metadata, possible))


def maybe_strip_national_prefix(metadata: PhoneMetadata, possible: Numbers) -> Iterator[Reading]:
    """How digits are read without a national prefix and carrier code, unless that makes a national number none.

    All is left as it is where the result is not `possible`.
    """
    general, local = match_national_number(metadata.general_desc), _local_numbers(metadata)
    pattern, rule = _prefix_pattern(metadata), metadata.national_prefix_transform_rule or ""
    unchanged = EVERY - beginning_with(begin.digits for begin in beginnings(pattern) if begin.match is None)
    prefixes = [
        Reading(written, read, numbers - local.without(written)) for written, read, numbers in _prefixes(pattern, rule)
    ]
    completed = [Reading("", rule.replace(r"\1", ""), local)] if local.bounds.size else []
    for written, read, numbers in [*completed, *prefixes]:
        worse = general.without(written) - general.without(read)
        shorter = (numbers & possible.without(read)) - worse
        unchanged -= shorter.behind(written)
        yield Reading(written, read, shorter)
    yield Reading("", "", unchanged)


def _prefixes(pattern: str, rule: str) -> Iterator[Reading]:
    """What prefixes become: nothing, or by the transform rule what it says, where the pattern's last group has matched."""
    words = defaultdict(list)
    for digits, match in beginnings(pattern):
        if match:
            is_transformed = rule and match.groups() and match.groups()[-1] is not None
            words[match.group(), match.expand(rule) if is_transformed else ""].append(digits[match.end() :])
    for (written, read), following in words.items():
        yield Reading(written, read, beginning_with(following))


def _local_numbers(metadata: PhoneMetadata) -> Numbers:
    found = _LOCAL_NUMBERS.match(metadata.national_prefix_for_parsing or "")
    return matched_by(found[1]) if found else NOTHING


def _prefix_pattern(metadata: PhoneMetadata) -> str:
    """The pattern of prefixes alone."""
    return _LOCAL_NUMBERS.sub("", metadata.national_prefix_for_parsing or "")


def _of_lengths(metadata: PhoneMetadata, *results: int) -> Numbers:
    return of_lengths(length for length in range(LONGEST + 1) if test_number_length(length, metadata) in results)


def _each_after(firsts: Iterable[Reading], thens: Iterable[Reading]) -> Iterator[Reading]:
    """Read what was read once more."""
    thens = tuple(thens)
    for first in firsts:
        for then in thens:
            if then.written.startswith(first.read):
                more = then.written[len(first.read) :]
                numbers = then.numbers & first.numbers.without(more)
                yield Reading(first.written + more, then.read, numbers)
            elif first.read.startswith(then.written):
                more = first.read[len(then.written) :]
                yield Reading(first.written, then.read + more, first.numbers & then.numbers.without(more))
