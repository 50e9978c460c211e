"""What the library knows of a numbering plan, as sets of numbers.

Every function bears the name of its counterpart in `phonenumbers.phonenumberutil`, or gives the numbers for which that
one holds.
"""

from typing import cast

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, PhoneMetadata, ValidationResult
from phonenumbers.phonemetadata import PhoneNumberDesc

from pipeline.phone.numbers import LONGEST, NOTHING, Numbers, all_of, matched_by


def metadata_for(region: str, code: str = "0") -> PhoneMetadata:
    """Give the metadata of a supported region, or that of a calling code of no country (region "001")."""
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    if metadata is None:
        raise KeyError(region)
    return metadata


def regions_for(code: str) -> tuple[str, ...]:
    """Give the regions that share a calling code, the main one first."""
    return tuple(COUNTRY_CODE_TO_REGION_CODE[int(code)])


def main_metadata_for(code: str) -> PhoneMetadata:
    """Give the metadata by which numbers with a calling code are read: that of its main region."""
    return metadata_for(regions_for(code)[0], code)


def is_supported(region: str | None) -> bool:
    """Whether numbers without a plus can be read as this region's (`_is_valid_region_code`)."""
    return region in SUPPORTED_REGIONS


def match_national_number(desc: PhoneNumberDesc | None) -> Numbers:
    """All that the whole pattern of a desc matches, of any length."""
    return matched_by(desc.national_number_pattern) if desc is not None and desc.national_number_pattern else NOTHING


def is_number_matching_desc(*descs: PhoneNumberDesc | None) -> Numbers:
    """All that have a length and the pattern of any desc."""
    return all_of(
        matched_by(desc.national_number_pattern, desc.possible_length or range(LONGEST + 1))
        for desc in descs
        if desc is not None and desc.national_number_pattern
    )


def test_number_length(length: int, metadata: PhoneMetadata) -> int:
    """How the length of a number suits the plan: a `ValidationResult`."""
    desc = cast("PhoneNumberDesc", metadata.general_desc)  # every plan has one
    if length in desc.possible_length_local_only:
        return ValidationResult.IS_POSSIBLE_LOCAL_ONLY
    if length in desc.possible_length:
        return ValidationResult.IS_POSSIBLE
    if length < desc.possible_length[0]:
        return ValidationResult.TOO_SHORT
    return ValidationResult.TOO_LONG if length > desc.possible_length[-1] else ValidationResult.INVALID_LENGTH
