"""`phonenumbers.number_type` and `region_code_for_number`: all national numbers of a calling code, by region and type."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from phonenumbers import PhoneMetadata, PhoneNumberType

from pipeline.phone.metadata import is_number_matching_desc, metadata_for, regions_for
from pipeline.phone.numbers import EVERY, LONGEST, Numbers, all_of, matched_by
from pipeline.side_by_side import once


class Kind(NamedTuple):
    """National numbers of one region and one type (`PhoneNumberType`); UNKNOWN are those that are not valid."""

    region: str
    type: int
    numbers: Numbers


@cache
def valid_numbers(code: str) -> Numbers:
    """Give all national numbers of a calling code for which `is_valid_number` holds."""
    return all_of(kind.numbers for kind in kinds_of(code) if kind.type != PhoneNumberType.UNKNOWN)


@once
def kinds_of(code: str) -> tuple[Kind, ...]:
    """Give the national numbers of a calling code by region and type; what is in none has no region."""
    return tuple(_kinds(code))


def _kinds(code: str) -> Iterator[Kind]:
    """A number belongs to the first region whose leading digits it has, or, where it has none, one of whose types it has.

    So says `_region_code_for_number_from_list`; where there is only one region, all belong to it.
    """
    regions, left = regions_for(code), EVERY
    for region in regions:
        metadata = metadata_for(region, code)
        types = _types(metadata)
        if len(regions) == 1:
            here = left
        elif metadata.leading_digits is None:
            here = left & all_of(types.values())
        else:
            here = left & matched_by(rf"(?:{metadata.leading_digits})\d{{0,{LONGEST}}}")
        left -= here
        for kind, numbers in types.items():
            yield Kind(region, kind, here & numbers)
            here -= numbers
        yield Kind(region, PhoneNumberType.UNKNOWN, here)


def _types(metadata: PhoneMetadata) -> dict[int, Numbers]:
    """The numbers of each type, a number's type being the first that has it: `_number_type_helper`."""
    fixed, mobile = is_number_matching_desc(metadata.fixed_line), is_number_matching_desc(metadata.mobile)
    if metadata.same_mobile_and_fixed_line_pattern:
        mobile = fixed
    types = {
        PhoneNumberType.PREMIUM_RATE: is_number_matching_desc(metadata.premium_rate),
        PhoneNumberType.TOLL_FREE: is_number_matching_desc(metadata.toll_free),
        PhoneNumberType.SHARED_COST: is_number_matching_desc(metadata.shared_cost),
        PhoneNumberType.VOIP: is_number_matching_desc(metadata.voip),
        PhoneNumberType.PERSONAL_NUMBER: is_number_matching_desc(metadata.personal_number),
        PhoneNumberType.PAGER: is_number_matching_desc(metadata.pager),
        PhoneNumberType.UAN: is_number_matching_desc(metadata.uan),
        PhoneNumberType.VOICEMAIL: is_number_matching_desc(metadata.voicemail),
        PhoneNumberType.FIXED_LINE_OR_MOBILE: fixed & mobile,
        PhoneNumberType.FIXED_LINE: fixed,
        PhoneNumberType.MOBILE: mobile,
    }
    general = is_number_matching_desc(metadata.general_desc)
    return {kind: numbers & general for kind, numbers in types.items()}
