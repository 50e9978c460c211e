"""Addresses: when a WhatsApp id is a number."""

import polars as pl
import pytest

from schemas.addresses import whatsapp_number


@pytest.mark.parametrize(
    ("whatsapp", "number"),
    [
        ("14155552671", 14155552671),
        ("+14155552671", 14155552671),
        ("0049301", 49301),
        ("9223372036854775808", None),
        ("-5", None),
        ("++1", None),
        ("1 415", None),
        ("zoë.business", None),
        ("", None),
        (None, None),
    ],
)
def test_digits_with_or_without_a_plus_are_a_number(whatsapp, number):
    frame = pl.DataFrame({"whatsapp": [whatsapp]}, schema={"whatsapp": pl.String})
    column = frame.select(whatsapp_number())["whatsapp"]
    assert (column.to_list(), column.dtype) == ([number], pl.Int64)
