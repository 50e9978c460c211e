"""Phone numbers by the column: E.164, the reason where there is none, and what a number tells."""

from pipeline.phone.column import to_e164
from pipeline.phone.facts import TYPES, facts_of
from pipeline.phone.library import REASONS

__all__ = ["REASONS", "TYPES", "facts_of", "to_e164"]
