"""The ways in which the campaign file can write a value."""

import tomllib

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.template import Column, Template
from schemas.value import Value
from schemas.written import FieldValue, shape

ADAPTER = TypeAdapter(FieldValue)


@pytest.fixture
def read(tmp_path):
    """`read('{ column = "{A}" }')` → the value, with paths in tmp_path."""
    return lambda text: ADAPTER.validate_python(tomllib.loads(f"x = {text}")["x"], context={"folder": tmp_path})


@pytest.fixture
def refused(read):
    def told(text: str) -> str:
        with pytest.raises(ValidationError) as raised:
            read(text)
        return raised.value.errors()[0]["msg"].removeprefix("Value error, ")

    return told


def test_a_text_is_a_template(read):
    assert read('"Hi {A}"').template == Template(("Hi ", Column("A")))
    assert read('{ template = "Hi {A}", max_length = 5 }').template == Template(("Hi ", Column("A")))


def test_a_column_is_one_column_in_braces(read, refused):
    assert read("""{ column = '{ A|or "b" }' }""").template == Template((Column("A", "b"),))
    assert refused('{ column = "A|b" }') == r'column must be written "{A\|b}"'
    assert refused('{ column = "{A} {B}" }').startswith("column is one column")
    assert refused('{ column = "" }').startswith("column is one column")
    assert refused("{ column = 5 }") == "a template is a text in quotes"


@pytest.mark.parametrize(
    ("text", "constant"),
    [("0.7", 0.7), ("true", True), ("3", 3), ("2024-03-15", "2024-03-15"), ('["a", "{{b}}"]', ["a", "{{b}}"])],
)
def test_what_is_no_text_is_a_constant(read, text, constant):
    assert read(text).constant == constant


def test_a_constant_is_never_parsed(read):
    assert read('{ constant = "{A} {{b}} \\\\{" }').constant == "{A} {{b}} \\{"
    assert read('{ constant = { a = ["{A}"], day = 2024-03-15 } }').constant == {"a": ["{A}"], "day": "2024-03-15"}


def test_a_column_inside_a_list_is_refused_with_what_to_write(refused):
    for text in ('["{A}"]', '[{ a = ["x{A}"] }]', '["{"]'):
        assert refused(text) == (
            "columns inside a list are not available in this version; for the text itself write { constant = [ … ] }"
        )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"Be kind.\n", "Be kind."),
        (b"a\r\nb\r\n", "a\r\nb"),
        (b"a\n\n", "a\n"),
        (b"\xef\xbb\xbf {A} {{b}}", " {A} {{b}}"),
    ],
)
def test_a_file_is_sent_exactly_but_for_one_line_break_at_its_end(read, tmp_path, content, text):
    (tmp_path / "prompt.md").write_bytes(content)
    value = read('{ file = "prompt.md" }')
    assert (value.constant, value.file, value.template) == (text, "prompt.md", None)


def test_a_file_that_cannot_be_read_is_told_with_its_path(refused, tmp_path):
    (tmp_path / "latin.md").write_bytes(b"caf\xe9")
    (tmp_path / "empty.md").write_bytes(b" \n")
    assert refused('{ file = "no.md" }').startswith(
        "the file 'no.md' cannot be read: No such file or directory; the path"
    )
    assert refused('{ file = "." }').startswith("the file '.' cannot be read: Is a directory")
    assert refused(r'{ file = "a\u0000" }').startswith(r"the file 'a\x00' cannot be read: ")
    assert refused('{ file = "latin.md" }') == "the file 'latin.md' is not UTF-8 at byte 4; save it as UTF-8"
    assert refused('{ file = "empty.md" }') == "the file 'empty.md' is empty"
    assert refused("{ file = 1 }") == "file must be a path in quotes"


def test_a_table_has_one_source(refused):
    assert refused('{ column = "{A}", constant = 1 }') == "has both column and constant; keep one"
    assert refused("{ required = true }") == "needs one of column, template, constant, file"
    assert refused('{ colunm = "{A}" }').endswith("; did you mean column for colunm?")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ('["a", "b"]', "string"),
        ('{ a = "b" }', "string"),
        ("{ a = true, b = false }", "boolean"),
        ("{ a = 1, b = 2 }", "integer"),
        ("{ a = 1, b = 2.5 }", "number"),
    ],
)
def test_values_say_the_type_that_is_not_given(read, values, kind):
    assert read(f'{{ column = "{{A}}", values = {values} }}').type == kind


def test_a_type_that_is_given_is_not_overruled_by_values(read):
    assert read('{ column = "{A}", type = "number", values = { a = 1 } }').type == "number"


def test_a_template_that_cannot_be_read_is_told_with_the_place(refused):
    assert refused('"{A"').startswith("character 3: '}' is missing")


def test_a_value_is_taken_as_it_is():
    value = Value(constant=1)
    assert ADAPTER.validate_python(value) is value


def test_a_table_without_a_source_is_an_object():
    assert shape({"a": 1, "file": "x"}) == "<value>"
    assert shape({"a": 1}) == "<object>"
    assert shape("x") == "<value>"
