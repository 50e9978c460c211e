"""The ledger: every run, batch, attempt and row, and whom each campaign has claimed. Begin reading in `tables.py`."""

from pipeline.ledger.opening import LedgerMissing, default_location, open_ledger
from pipeline.ledger.store import Ledger

__all__ = ["Ledger", "LedgerMissing", "default_location", "open_ledger"]
