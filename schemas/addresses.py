"""Addresses: by what a person is known to the memory: a number, a WhatsApp id that is no number, a mapped id."""

from enum import StrEnum

import polars as pl


class Kind(StrEnum):
    """The kind of an address. A WhatsApp id in digits is a number: it is the same person's phone.

    `HASH` stands in the ledger only: the keyed hash of a forgotten person's address, whatever its kind was.
    """

    PHONE = "phone"
    WHATSAPP = "whatsapp"
    ID = "id"
    HASH = "hash"


def whatsapp_number(whatsapp: str | pl.Expr = "whatsapp") -> pl.Expr:
    """The number (Int64) that a WhatsApp id is, digits with or without a plus; null where it is none."""
    text = pl.col(whatsapp) if isinstance(whatsapp, str) else whatsapp
    return pl.when(text.str.contains(r"^\+?[0-9]+$")).then(text.str.strip_prefix("+").cast(pl.Int64, strict=False))
