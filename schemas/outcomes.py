"""What becomes of a row, and how much a finding weighs."""

from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of a row. `PLANNED` rows are called; `CALLED_BEFORE` rows are counted, not stored."""

    PLANNED = "planned"
    TO_FIX = "to_fix"
    LEFT_OUT = "left_out"
    CALLED_BEFORE = "called_before"


class Weight(StrEnum):
    """What a finding does to its row: it must be mended, a rule leaves it out, or something is only said."""

    TO_FIX = "to_fix"
    LEFT_OUT = "left_out"
    SAID = "said"
