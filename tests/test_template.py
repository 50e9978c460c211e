"""The grammar of templates: what is a column, what is text, and where it says that it does not understand."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.filters import SAMPLES, Filter
from schemas.template import Column, Template, TemplateError, parse_template, placeholders_of, reference

TEXTS = st.text(st.sampled_from('ab {}|\\"é\n')) | st.text(st.characters(exclude_characters="\0"), max_size=10)
NAMES = TEXTS.map(str.strip).filter(bool)


QUOTED = st.none() | TEXTS.filter(lambda text: text.strip(" "))
READING = (
    st.just(Filter("name"))
    | st.builds(Filter, st.just("date"), st.none(), QUOTED)
    | st.builds(Filter, st.just("money"), st.sampled_from(["USD", "EUR"]), st.sampled_from([None, *SAMPLES]))
    | st.builds(Filter, st.just("list"), st.none(), QUOTED)
)
CASES = st.sampled_from([(), (Filter("upper"),), (Filter("lower"),)])
FILTERS = (
    CASES
    | st.tuples(READING)
    | st.tuples(READING.filter(lambda each: each.name != "name"), CASES).map(lambda two: (two[0], *two[1]))
    | st.just((Filter("name"), Filter("list"), Filter("upper")))
)


def written(template: Template) -> str:
    """A template as a person writes it, escaping all that needs it."""
    text = "\0".join(_column(part) if isinstance(part, Column) else _text(part) for part in template.parts)
    return re.sub(r"(\\*)\0\{", r"\1\1{", text).replace("\0", "")


def _column(column: Column) -> str:
    chain = [*column.filters, *([] if column.fallback is None else [Filter("or", None, column.fallback)])]
    return f"{reference(column.name)[:-1]}{''.join(map(_filter, chain))}}}"


def _filter(each: Filter) -> str:
    quoted = "" if each.text is None else ' "' + re.sub(r'[\\"]', r"\\\g<0>", each.text) + '"'
    return f"|{each.name} {each.word or ''}{quoted}"


def _text(text: str) -> str:
    return re.sub(r"(\\*)\{", r"\1\1\{", text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("{First Name}", (Column("First Name"),)),
        ("{ First Name }", (Column("First Name"),)),
        ("Hi {A}, {B}!", ("Hi ", Column("A"), ", ", Column("B"), "!")),
        ('{A|or "you"}', (Column("A", "you"),)),
        ('{ A | or "you" }', (Column("A", "you"),)),
        ('{A|or ""}', (Column("A", ""),)),
        (r'{A|or "a \"b\" \\ }|"}', (Column("A", 'a "b" \\ }|'),)),
        ("{A|name}", (Column("A", None, (Filter("name"),)),)),
        ('{A|date "d MMMM"|upper|or "x"}', (Column("A", "x", (Filter("date", None, "d MMMM"), Filter("upper"))),)),
        ('{ A | money USD "1.234,50" }', (Column("A", None, (Filter("money", "USD", "1.234,50"),)),)),
        ('{A|name|list ";"}', (Column("A", None, (Filter("name"), Filter("list", None, ";"))),)),
        ("{{name}}", ("{{name}}",)),
        ("Hi {{ name }} {A}", ("Hi {{ name }} ", Column("A"))),
        (r"\{A}", ("{A}",)),
        (r"\{{A}}", ("{", Column("A"), "}")),
        (r"\\{A}", ("\\", Column("A"))),
        (r"\\\{A}", (r"\{A}",)),
        (r"C:\new\x", (r"C:\new\x",)),
        ("a } b", ("a } b",)),
        (r"{a\|b\}c}", (Column("a|b}c"),)),
        (r"{a\b}", (Column(r"a\b"),)),
        ("{two\nlines}", (Column("two\nlines"),)),
    ],
)
def test_what_a_template_means(text, parts):
    assert parse_template(text).parts == parts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a {", "character 3: '{' must be followed by a column's header"),
        ("{}", "character 1: '{' must be followed"),
        ("{  }", "character 1: '{' must be followed"),
        ('{"a": 1}, {', "character 11"),
        ("{A", "character 3: '}' is missing after {A"),
        ("{A {B}", "character 4: '}' is missing after {A"),
        ("x {{a b}}", "character 3: '{{' begins a placeholder"),
        ("{{}}", "character 1: '{{' begins a placeholder"),
        ("{A|}", "character 3: after | stands a filter"),
        ("{A|shout}", "character 3: after | stands a filter"),
        (
            "x {A|nmae}",
            'character 5: after | stands a filter, such as {Column|or "text"}; |nmae is none: did you mean |name?',
        ),
        ("{A|money}", "character 3: |money needs the currency"),
        ("{A|money usd}", "character 3: |money takes a currency's code in capitals"),
        ('{A|money USD "1.5"}', "character 3: |money can be shown how cells write amounts"),
        ("{A|date long}", 'character 3: |date takes "long"'),
        ('{A|date " "}', "character 3: |date has an empty text"),
        ("{A|list x}", "character 3: |list takes the separator in quotes"),
        ('{A|name "x"}', "character 3: |name takes nothing"),
        ("{A|upper|name}", "character 9: |name cannot follow |upper; the order is name,"),
        ("{A|date|money USD}", "character 8: |money cannot follow |date"),
        ("{A|upper|upper}", "character 9: |upper cannot follow |upper"),
        ('{A|or "x"|upper}', "character 10: |upper cannot follow |or"),
        ("{A|or 'x'}", "character 3: |or takes one text in quotes, once"),
        ('{A|or "x"|or "y"}', "character 10: |or takes one text in quotes, once"),
        ('{A|or "x"', "character 10: '}' is missing"),
    ],
)
def test_what_it_does_not_understand_is_refused_with_the_place(text, told):
    with pytest.raises(TemplateError) as raised:
        parse_template(text)
    assert str(raised.value).startswith(told)


@given(TEXTS)
def test_any_text_is_read_or_refused_with_a_place_inside_it(text):
    try:
        assert all(part for part in parse_template(text).parts)
    except TemplateError as error:
        place = int(re.match(r"character (\d+): ", str(error))[1])
        assert 1 <= place <= len(text) + 1


@given(st.lists(TEXTS.filter(bool) | st.builds(Column, NAMES, st.none() | TEXTS, FILTERS), max_size=5))
@example(["\\", Column("a")])
def test_every_template_can_be_written(parts):
    joined: list = []
    for part in parts:
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    template = Template(tuple(joined))
    assert parse_template(written(template)) == template


@given(NAMES)
def test_any_header_can_be_named(header):
    assert parse_template(reference(header)).parts == (Column(header),)


def test_columns_and_placeholders_are_listed_in_order():
    template = parse_template('{B} {{x}} {A|or "{{ y }}"} {B}')
    assert [column.name for column in template.columns] == ["B", "A", "B"]
    assert template.placeholders == ("x", "y")
    assert placeholders_of("no {template} {{of}} ours {{ }}") == ("of",)


def test_a_brace_beside_a_cell_is_no_placeholder():
    assert parse_template(r"\{{A}}").placeholders == ()
