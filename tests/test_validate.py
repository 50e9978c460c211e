"""Validate casts each field, and tells all broken rules of a row together."""

import polars as pl
import pytest

from pipeline.plan.validate import validate
from tests.build import a_frame, bound, codes_of


def checked(value: str, *cells: str | None, table: str = "dynamic_variables", key: str = "x"):
    """The values of one field fed by the column A, and (row, code) of what was found."""
    binding = bound(f"[{table}]\n{key} = {value}", "A", "Phone")
    frame, found = validate(a_frame(*((cell, "1") for cell in cells)), binding)
    return frame[binding.carried[0].frame].to_list(), codes_of(found)


def typed(kind: str, *cells: str, **more: str):
    rest = "".join(f', {name} = "{text}"' for name, text in more.items())
    return checked(f'{{ column = "{{A}}", type = "{kind}"{rest} }}', *cells)


@pytest.mark.parametrize("text", ["007", "02139", "+14155552671", " padded ", "1e5", "null", "a\nb", '"'])
def test_a_text_survives_as_it_is(text):
    assert checked('"{A}"', text) == ([text], [])


@pytest.mark.parametrize(("kind", "text", "sent"), [
    ("integer", "12", "12"), ("integer", " -3 ", "-3"), ("integer", "98765432109876543210", "98765432109876543210"),
    ("number", "12.50", "12.50"), ("number", "-1e5", "-1e5"), ("number", "0", "0"),
    ("boolean", "Yes", "true"), ("boolean", "0", "false"), ("boolean", " TRUE ", "true"), ("boolean", "n", "false"),
    ("date", "2024-03-15", "2024-03-15"), ("date", "15/03/2024", "2024-03-15"), ("date", "3/15/2024", "2024-03-15"),
    ("date", "15.3.2024", "2024-03-15"), ("date", "03/03/2024", "2024-03-03"), ("date", "5 March 2024", "2024-03-05"),
    ("date", "Mar 5, 2024", "2024-03-05"), ("date", "2024-03-15T10:20:30Z", "2024-03-15"),
])  # fmt: skip
def test_a_typed_value_is_sent_as_json_writes_it(kind, text, sent):
    assert typed(kind, text) == ([sent], [])


@pytest.mark.parametrize(("kind", "text", "code"), [
    ("integer", "007", "not_an_integer"), ("integer", "1.0", "not_an_integer"), ("integer", "1e5", "not_an_integer"),
    ("number", "nan", "not_a_number"), ("number", "inf", "not_a_number"), ("number", "1e999", "not_a_number"),
    ("number", "1,5", "not_a_number"), ("number", "+1", "not_a_number"), ("boolean", "maybe", "not_a_boolean"),
    ("date", "03/04/2024", "date_ambiguous"), ("date", "3/4/24", "not_a_date"), ("date", "31/02/2024", "not_a_date"),
    ("date", "soon", "not_a_date"), ("date", "45366", "date_serial"), ("date", "45366.5", "date_serial"),
    ("date", "2024", "not_a_date"), ("integer", "4.15556E+09", "digits_lost"),
])  # fmt: skip
def test_a_text_that_is_no_such_value_is_to_fix_and_told_once(kind, text, code):
    assert typed(kind, text) == ([None], [(2, code)])


def test_a_format_says_which_figure_is_the_month():
    assert typed("date", "03/04/2024", "3/4/2024", "13/04/2024", format="%m/%d/%Y") == (
        ["2024-03-04", "2024-03-04", None],
        [(4, "not_a_date")],
    )


def test_a_workbooks_dates_are_read_beside_a_format_unless_it_begins_with_the_year():
    cells = ("2026-05-14", "2026-05-14 15:30:00", "05/14/2026", "2026/05/14")
    assert typed("date", *cells, format="%m/%d/%Y") == (["2026-05-14"] * 3 + [None], [(5, "not_a_date")])
    assert typed("date", "2026-05-04", "2026-14-05", format="%Y-%d-%m")[0] == ["2026-04-05", "2026-05-14"]
    assert typed("date", "2026-05-14", format="%Y-%d-%m")[0] == [None]


def test_a_year_of_two_figures_is_no_year_even_with_a_format():
    assert typed("date", "3/4/24", format="%m/%d/%Y")[1] == [(2, "not_a_date")]


@pytest.mark.parametrize("empty", [None, "", "   ", "\u00a0"])
def test_an_empty_cell_empties_a_dynamic_variable_which_is_required(empty):
    assert checked('"Dear {A}"', empty) == ([None], [(2, "required_missing")])


def test_an_empty_cell_takes_the_default_and_a_bad_one_does_not():
    value = '{ column = "{A}", type = "boolean", default = false }'
    assert checked(value, "yes", None, "maybe") == (["true", "false", "false"], [(4, "not_a_boolean")])


def test_a_field_that_is_not_required_is_absent_where_empty():
    assert checked('{ column = "{A}", required = false }', None) == ([None], [])
    assert checked('"{A}"', None, table="overrides.tts", key="voice_id") == ([None], [])


def test_a_fallback_stands_in_for_an_empty_cell():
    assert checked(r'"Hi {A|or \"there\"}!"', None, "Ann") == (["Hi there!", "Hi Ann!"], [])


@pytest.mark.parametrize(("key", "text", "code"), [
    ("speed", "0.69", "out_of_range"), ("speed", "1.21", "out_of_range"), ("stability", "1.01", "out_of_range"),
    ("similarity_boost", "-0.1", "out_of_range"), ("speed", "fast", "not_a_number"), ("voice_id", "v" * 257, "text_too_long"),
])  # fmt: skip
def test_the_bounds_of_the_contract_are_kept(key, text, code):
    assert checked('"{A}"', text, table="overrides.tts", key=key)[1] == [(2, code)]


@pytest.mark.parametrize(
    ("key", "text"), [("speed", "0.7"), ("speed", "1.2"), ("stability", "0"), ("similarity_boost", "1")]
)
def test_the_bounds_themselves_are_allowed(key, text):
    assert checked('"{A}"', text, table="overrides.tts", key=key) == ([text], [])


def test_a_list_of_values_allows_no_other():
    assert checked('{ column = "{A}", values = ["gold", "blue"] }', "gold", "red") == (
        ["gold", "red"],
        [(3, "value_not_allowed")],
    )


def test_a_table_of_values_puts_another_in_its_place():
    value = '{ column = "{A}", values = { German = "de", French = "fr" } }'
    assert checked(value, "German", " French", "Dutch") == (["de", "fr", None], [(4, "value_not_allowed")])


def test_a_cell_with_double_braces_is_to_fix():
    assert checked('"{A}"', "Hi {{name}}")[1] == [(2, "placeholder_in_cell")]


def test_an_unlisted_language_or_model_is_only_said():
    assert checked('"{A}"', "xq", "en-GB", "de", table="overrides.agent", key="language")[1] == [
        (2, "language_unlisted")
    ]
    assert checked('"{A}"', "gpt-99", "gpt-4o", table="overrides.agent.prompt", key="llm")[1] == [(2, "llm_unlisted")]


def test_the_source_is_one_of_the_contract():
    assert checked('"{A}"', "twilio", "fax", table="source_info", key="source")[1] == [(3, "value_not_allowed")]


def test_all_that_is_wrong_with_a_row_is_told_together():
    text = """
    [dynamic_variables]
    a = { column = "{A}", type = "integer" }
    b = "{B}"
    [overrides.tts]
    speed = "{C}"
    """
    _, found = validate(a_frame(("x", None, "9", "1"), ("1", "b", "1", "1")), bound(text, "A", "B", "C", "Phone"))
    assert sorted(codes_of(found)) == [(2, "not_an_integer"), (2, "out_of_range"), (2, "required_missing")]
    assert dict(found.select("code", "column").rows()) == {
        "not_an_integer": "A",
        "out_of_range": "C",
        "required_missing": "B",
    }


def test_a_missing_value_names_the_cells_that_are_empty():
    _, found = validate(a_frame(("Ann", None, "1")), bound('[dynamic_variables]\nname = "{A} {B}"', "A", "B", "Phone"))
    assert found["column"].to_list() == ["B"]


def test_a_file_without_rows_is_no_error():
    frame, found = validate(a_frame(("x", "1")).clear(), bound('[dynamic_variables]\nx = "{A}"', "A", "Phone"))
    assert frame.height == found.height == 0


def test_rows_come_out_in_number_and_order_as_they_came():
    frame, _ = validate(
        a_frame(*((str(n), "1") for n in range(50))), bound('[dynamic_variables]\nx = "{A}"', "A", "Phone")
    )
    assert frame["row"].to_list() == list(range(2, 52))
    assert frame.schema["row"] == pl.UInt32


def test_an_identifier_that_a_spreadsheet_has_shortened_is_to_fix_for_it_would_be_that_of_many():
    binding = bound('[columns]\nid = "{Id}"\nuser_id = "{No}"', "Phone", "Id", "No")
    _, found = validate(a_frame(("+1", "1.2E+05", "4.15556E+09"), ("+1", "1E5", "12E+05")), binding)
    assert found.select("row", "code", "column").rows() == [(2, "digits_lost", "Id"), (2, "digits_lost", "No")]
