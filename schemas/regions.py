"""Countries as the campaign file names them: ISO 3166-1 alpha-2 codes that numbers can be of."""

from typing import Annotated

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator


def checked_region(code: str) -> str:
    """The code itself; raises ValueError for one that is none."""
    if code not in SUPPORTED_REGIONS:
        hint = "GB" if code.upper() == "UK" else code.upper() if code.upper() in SUPPORTED_REGIONS else "US"
        raise ValueError(f"must be a country's ISO code, such as {hint}")
    return code


Region = Annotated[str, AfterValidator(checked_region)]
