"""Locate: what each row's number tells of the person, once for all rules that ask."""

from collections.abc import Collection

import polars as pl

from pipeline.phone import facts_of, zones_of_area
from schemas.addresses import whatsapp_number


def locate(frame: pl.DataFrame, wanted: Collection[str]) -> pl.DataFrame:
    """Add what is wanted of `region` (String), `type` (TYPES) and `zones` (List(String)), as `facts_of` gives them.

    Of an area code with several zones they are all of these: no exchange in it holds anybody to its place.

    In: e164 (Int64) and whatsapp (String), as normalize gives them. They are of the number that is called, or else of a
    WhatsApp id that is one; all are null where there is neither. Nothing is looked up where nothing is wanted.
    """
    if not wanted:
        return frame
    number = frame.select(pl.coalesce("e164", whatsapp_number())).to_series()
    facts = facts_of(number, zones="zones" in wanted)
    if "zones" in wanted:
        facts = facts.with_columns(zones_of_area(number, facts["zones"]))
    return frame.hstack(facts.select(sorted(wanted)))
