"""Phone numbers by the column: E.164, the reason where there is none, damage and its repair, and what a number tells."""

from pipeline.phone.column import to_e164
from pipeline.phone.damage import fillers
from pipeline.phone.facts import TYPES, facts_of
from pipeline.phone.library import REASONS
from pipeline.phone.repair import read_numbers
from pipeline.phone.several import numbers_within
from pipeline.phone.us_states import us_states_of
from pipeline.phone.zones import zones_of_area

__all__ = [
    "REASONS",
    "TYPES",
    "facts_of",
    "fillers",
    "numbers_within",
    "read_numbers",
    "to_e164",
    "us_states_of",
    "zones_of_area",
]
