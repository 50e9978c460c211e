"""Calling codes by the column: those with which digits begin."""

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

#: No code is the beginning of another.
_CODES = "^(" + "|".join(map(str, COUNTRY_CODE_TO_REGION_CODE)) + ")"


def calling_codes(digits: pl.Expr) -> pl.Expr:
    """The calling code (String) that digits (String) begin with, null if none: `_extract_country_code`."""
    return digits.str.extract(_CODES)
