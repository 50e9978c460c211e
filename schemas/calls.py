"""Calls of the ledger as values: what the rules on frequency and recall need to know of them, by column."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from schemas.addresses import Kind


@dataclass(frozen=True)
class Calls:
    """Calls of all campaigns, by the addresses of whoever was called, is being called, or will be.

    `by` has a frame for each kind: key (Int64 for phones, else String), call (Int64, the same under each address of the
    person) and at (Int64, Unix seconds: the latest that is known of; null is still to come). `last_run` is the newest run
    that was there then.
    """

    by: Mapping[Kind, pl.DataFrame]
    last_run: int


@dataclass(frozen=True)
class Recalls:
    """People whom the campaign's name has called with an ending that `[recall] when` names, and how often.

    `by` has a frame for each kind but hashes: key (as in Calls), attempt (Int64: their last such call, 1 is the first) and
    at (Int64, Unix seconds: when it was over). `unknown` is how many batches have no final results yet.
    """

    by: Mapping[Kind, pl.DataFrame]
    unknown: int
