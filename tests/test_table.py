"""What all tables of the campaign file hold to."""

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.table import Line, nearest

LINE = TypeAdapter(Line)


def test_a_line_is_the_same_on_every_keyboard():
    assert LINE.validate_python(" e\u0301te\u0301 ") == "\u00e9t\u00e9"


@pytest.mark.parametrize(
    ("text", "told"), [("", "is empty"), (" \t", "is empty"), ("C:\temp", "single quotes"), ("a\nb", "line")]
)
def test_a_line_is_not_empty_and_has_no_control_characters(text, told):
    with pytest.raises(ValidationError, match=told):
        LINE.validate_python(text)


def test_the_nearest_name_is_found_whatever_its_case():
    assert nearest("Max_Call", ["max_calls", "max_bytes"]) == "max_calls"
    assert nearest("new_york", {"America/New_York", "Asia/Tokyo"}) == "America/New_York"
    assert nearest("xyz", ["max_calls"]) is None
    assert nearest("texts", ["tts"], cutoff=0.8) is None
