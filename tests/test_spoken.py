"""What people hear: filters, pieces of text and languages, from the campaign file to each row's words."""

import subprocess
import sys
from datetime import date

import polars as pl
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.plan.bind import bind
from pipeline.plan.refuse import notes_of
from pipeline.plan.validate import validate
from schemas.headers import Headers
from tests.build import a_campaign, a_frame, bound, codes_of
from tests.program import CAMPAIGN, NUMBERS

#: Babel reads a language from disk when it is first asked.
SLOWLY = settings(deadline=None, max_examples=40)
TAG = '[overrides.agent]\nlanguage = "{Language}"\n'
HEARD = "[overrides.agent]\nfirst_message = "


def heard(text: str, headers: str, *rows: tuple[str | None, ...]):
    """The first variable of each row, (row, code) of what was found, and the columns named."""
    binding = bound(text, *headers.split(), "Phone")
    frame, found = validate(a_frame(*((*row, "1") for row in rows)), binding)
    field = next(field for field in binding.carried if field.place[-1] == "x")
    return frame[field.frame].to_list(), codes_of(found), found


def variable(written: str) -> str:
    return f"[dynamic_variables]\nx = {written}\n"


def test_each_row_hears_its_own_language():
    text = variable("""'{Day|date}, {Sum|money EUR}, {Things|list}'""") + TAG
    row = ("2024-03-05", "1,234.50", "A;B")
    words, codes, _ = heard(text, "Day Sum Things Language", (*row, "de"), (*row, "en-GB"), (*row, "fr"), (*row, None))
    assert words == [
        "5. März 2024, 1.234,50\u00a0€, A und B",
        "5 March 2024, €1,234.50, A and B",
        "5 mars 2024, 1\u202f234,50\u00a0€, A et B",
        "March 5, 2024, €1,234.50, A and B",
    ]
    assert codes == []


def test_rows_without_a_language_hear_that_of_the_campaign():
    text = '[campaign]\nlanguage = "de"\n' + variable('"{Day|date}"')
    assert heard(text, "Day", ("2024-03-05",))[0] == ["5. März 2024"]
    assert heard(text + TAG, "Day Language", ("2024-03-05", None), ("2024-03-05", "fr"))[0] == [
        "5. März 2024",
        "5 mars 2024",
    ]
    same = variable('"{Day|date}"') + '[overrides.agent]\nlanguage = "fr"\n'
    assert heard(same, "Day", ("2024-03-05",))[0] == ["5 mars 2024"]


def test_a_language_that_nobody_has_formats_for_is_said_and_the_campaigns_is_used():
    words, codes, found = heard(variable('"{Day|date}"') + TAG, "Day Language", ("2024-03-05", "German"))
    assert words == ["March 5, 2024"]
    assert (2, "language_without_formats") in codes
    assert "German" in found["value"].to_list()


def test_a_language_read_from_its_name_is_the_rows_language():
    text = variable('"{Day|date}"') + '[overrides.agent]\nlanguage = { column = "{Language}", type = "language" }\n'
    words, codes, found = heard(text, "Day Language", ("2024-03-05", "Deutsch"), ("2024-03-05", "Germn"))
    assert words[0] == "5. März 2024"
    assert codes == [(3, "language_unknown")]
    assert found["detail"].to_list() == ["[overrides.agent] language: did you mean German?"]


def test_a_cell_that_a_filter_cannot_read_is_to_fix_and_told_once():
    words, codes, found = heard(
        variable("'{Day|date} {Sum|money USD} {Things|list}'"),
        "Day Sum Things",
        ("03/04/2024", "1", "A"),
        ("2024-03-04", "1,234", "A"),
        ("2024-03-04", "1", ";"),
    )
    assert words == [None] * 3
    assert codes == [(2, "date_ambiguous"), (3, "amount_ambiguous"), (4, "not_a_list")]
    assert found["column"].to_list() == ["Day", "Sum", "Things"]
    assert found["detail"][0] == "[dynamic_variables] x, |date"


def test_a_fallback_is_for_the_empty_cell_and_not_for_a_bad_one():
    words, codes, _ = heard(variable("""'{Day|date|or "soon"}'"""), "Day", (None,), ("2024-03-05",), ("x",))
    assert words == ["soon", "March 5, 2024", None]
    assert codes == [(4, "not_a_date")]


def test_an_empty_cell_beside_a_bad_one_is_told_too():
    _, codes, found = heard(variable("'{A} {Day|date}'"), "A Day", (None, "x"))
    assert codes == [(2, "not_a_date"), (2, "required_missing")]
    assert found["column"].to_list() == ["Day", "A"]


def test_a_format_is_for_the_dates_of_a_template():
    text = variable("""{ template = '{Day|date} {Day|date "MMMM"}', format = "%m/%d/%Y" }""")
    assert heard(text, "Day", ("03/04/2024",))[:2] == (["March 4, 2024 March"], [])


def test_one_column_with_two_filters_is_two_texts():
    text = variable("'{A|upper} {A|lower} {A|name} {A}'")
    assert heard(text, "A", ("ANNA",))[0] == ["ANNA anna Anna ANNA"]


LANGUAGES = st.sampled_from(["de", "en", "fr", "ja", "tr", "xx", None])
CELLS = st.none() | st.text(st.sampled_from("aB;, 12."), max_size=6) | st.dates(date(1990, 1, 1)).map(str)


@SLOWLY
@given(st.lists(st.tuples(CELLS, LANGUAGES), min_size=1, max_size=8))
def test_each_row_hears_what_babel_writes_for_it_alone(rows):
    text = variable("""{ template = '{A|list ";"|or "-"}', required = false }""") + TAG
    words, _, _ = heard(text, "A Language", *rows)
    for (cell, language), told in zip(rows, words, strict=True):
        parts = [part.strip() for part in (cell or "").split(";") if part.strip()]
        locale = "en" if language in (None, "xx") else language
        blank = not (cell or "").strip()
        assert told == ("-" if blank else format_list(parts, locale=locale) if parts else None)


@SLOWLY
@given(st.lists(st.tuples(st.dates(date(1990, 1, 1)), st.integers(0, 10**6), LANGUAGES), min_size=1, max_size=8))
def test_days_and_amounts_of_one_file_do_not_change_places(rows):
    text = variable("'{Day|date} {Sum|money USD}'") + TAG
    words, _, _ = heard(text, "Day Sum Language", *((str(day), str(amount), lang) for day, amount, lang in rows))
    for (day, amount, language), told in zip(rows, words, strict=True):
        locale = "en" if language in (None, "xx") else language
        assert told == f"{format_date(day, 'long', locale)} {format_currency(amount, 'USD', locale=locale)}"


PARTS = st.lists(st.sampled_from(["{A}", "{B}", '{A|or "x"}', " text ", "{{system__time}}"]), min_size=1, max_size=4)


@SLOWLY
@given(
    PARTS, st.lists(st.tuples(*[st.none() | st.text(st.sampled_from("a |"), max_size=3)] * 2), min_size=1, max_size=5)
)
def test_a_template_without_filters_is_its_cells_and_texts_in_order(parts, rows):
    words, _, _ = heard(
        f"[dynamic_variables]\nx = {{ template = '{''.join(['{A}', *parts])}', required = false }}", "A B", *rows
    )
    for (a, b), told in zip(rows, words, strict=True):
        cells = {"{A}": a if (a or "").strip() else None, "{B}": b if (b or "").strip() else None}
        cells['{A|or "x"}'] = cells["{A}"] or "x"
        filled = [cells.get(part, part) for part in ["{A}", *parts]]
        assert told == (None if None in filled else "".join(filled))


def test_a_file_without_rows_is_no_error():
    binding = bound(variable("'{A|name} {A|date} {A|money USD} {A|list}'") + TAG, "A", "Language", "Phone")
    frame, found = validate(a_frame(("x", "de", "1")).clear(), binding)
    assert frame.height == found.height == 0
    empty = a_frame((None, None, "1"))
    assert codes_of(validate(empty, binding)[1]) == [(2, "required_missing")]


def test_babel_is_loaded_only_where_it_is_needed():
    program = """
import sys
import pipeline.flow
from pipeline.plan.validate import validate
from tests.build import a_frame, bound
for x in ("{A}", "{A|date}"):
    validate(a_frame(("2024-01-01", "1")), bound(f'[dynamic_variables]\\nx = "{x}"', "A", "Phone"))
    print("babel" in sys.modules, "pipeline.plan.languages" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "True", "False"]


GREETING = """
[text]
language = { column = "{Tongue}", type = "language" }
greeting = { column = "{language}", values = { de = "Guten Tag {Name|name}", "*" = "Hello {Name|name}" } }
"""


def test_a_piece_is_chosen_by_a_column_and_holds_templates():
    text = GREETING + variable('"{greeting}!"')
    words, codes, _ = heard(text, "Tongue Name", ("German", "ANNA"), ("en", "Ben"), ("French", "Eve"), (None, "Ida"))
    assert words == ["Guten Tag Anna!", "Hello Ben!", "Hello Eve!", "Hello Ida!"]
    assert codes == []


def test_what_is_wrong_in_a_piece_is_told_with_the_piece_and_once():
    words, codes, found = heard(GREETING + variable('"{greeting}!"'), "Tongue Name", ("Germn", "Ann"), ("de", None))
    assert words == ["Hello Ann!", None]
    assert codes == [(2, "language_unknown"), (3, "required_missing")]
    assert found["column"].to_list() == ["Tongue", "Name"]
    assert found["detail"][0].startswith("[text] language")


def test_pieces_feed_the_language_and_are_written_in_it():
    text = GREETING + variable('"{when}"') + '[overrides.agent]\nlanguage = "{language}"\n'
    text = text.replace("[text]", """[text]\nwhen = '{Day|date|or "soon"}, {greeting}'""")
    rows = (("ger", "anna", "2024-03-05"), ("en", "ben", None))
    assert heard(text, "Tongue Name Day", *rows)[0] == ["5. März 2024, Guten Tag Anna", "soon, Hello Ben"]


def test_a_piece_without_columns_is_the_same_for_all():
    text = "[text]\ncompany = 'Larkspur {{system__time}}'\nlegal = { constant = 'x {y}' }\n" + variable(
        '"{company}: {A} {legal}"'
    )
    assert heard(text, "A", ("1",))[0] == ["Larkspur {{system__time}}: 1 x {y}"]


def test_a_piece_that_is_empty_empties_what_it_stands_in_unless_something_stands_in_for_it():
    text = "[text]\nhello = 'Hello {Name}'\n" + variable("""{ template = '{hello}', required = false }""")
    assert heard(text, "Name", (None,), ("Ann",))[:2] == ([None, "Hello Ann"], [])
    text = "[text]\nhello = 'Hello {Name}'\n" + variable("""'{hello|or "Hi"}'""")
    assert heard(text, "Name", (None,), ("Ann",))[:2] == (["Hi", "Hello Ann"], [])


def test_filters_work_on_pieces():
    text = "[text]\nfull = '{First} {Last}'\n" + variable('"{full|name}"')
    assert heard(text, "First Last", ("ANNA", "VAN DER BERG"), ("anna", "Bo"))[0] == ["Anna van der Berg", "anna Bo"]


def test_the_cells_of_a_piece_may_not_hold_placeholders_either():
    text = "[text]\nfull = '{First}'\n" + variable('"{full}"')
    _, codes, found = heard(text, "First", ("{{x}}",))
    assert codes == [(2, "placeholder_in_cell")]
    assert found["column"].to_list() == ["First"]


def test_values_stand_for_each_text_and_the_star_for_the_rest():
    text = variable("""{ column = "{A}", values = { a = "{B|upper}", b = "plain", "*" = "other {B}" } }""")
    rows = (("a", "x"), ("b", None), ("c", "y"), (None, "z"), ("a", None))
    words, codes, found = heard(text, "A B", *rows)
    assert words == ["X", "plain", "other y", "other z", None]
    assert codes == [(6, "required_missing")]
    assert found["column"].to_list() == ["B"]


def test_a_default_is_for_the_empty_cell_before_the_star():
    text = variable("""{ column = "{A}", values = { a = 1, "*" = 2 }, default = 3 }""")
    assert heard(text, "A", ("a",), ("b",), (None,))[:2] == (["1", "2", "3"], [])


def test_the_star_alone_is_for_every_cell():
    assert heard(variable("""{ column = "{A}", values = { "*" = "x" } }"""), "A", ("a",), (None,))[:2] == (
        ["x", "x"],
        [],
    )
    text = variable("""{ column = "{A}", values = { "*" = "{B}" }, default = "d" }""")
    assert heard(text, "A B", ("a", "b"), (None, "b"))[:2] == (["b", "d"], [])


def test_turkish_letters_are_for_turkish_rows_only():
    rows = (("IŞIK", "tr"), ("IŞIK", "az-Latn"), ("IŞIK", "trv"), ("IŞIK", None))
    assert heard(variable("'{A|name}'") + TAG, "A Language", *rows)[0] == ["Işık", "Işık", "Işik", "Işik"]


def test_without_the_star_a_text_that_is_not_listed_is_to_fix():
    text = variable("""{ column = "{A}", values = { a = "{B}" } }""")
    words, codes, found = heard(text, "A B", ("b", "x"), ("a", "y"), (None, "z"))
    assert words == [None, "y", None]
    assert codes == [(2, "value_not_allowed"), (4, "required_missing")]
    assert found["column"].to_list() == ["A", "A"]


def test_rows_come_out_in_the_order_of_the_file():
    rows = [(f"NAME {n % 7}", ("de", "en", "fr")[n % 3]) for n in range(60)]
    text = variable("'{A|name|list}'") + TAG
    assert heard(text, "A Language", *rows)[0] == [f"Name {n % 7}" for n in range(60)]


def test_a_column_of_the_file_may_be_called_as_the_program_calls_its_own():
    frame, _ = validate(
        a_frame(("ANNA", "de", "1")), bound(variable("'{text|name} {locale}'"), "text", "locale", "Phone")
    )
    assert "Anna de" in frame.select(pl.col(pl.String)).row(0)


def test_a_dry_run_says_the_words_the_rows_to_fix_and_what_nobody_uses(desk):
    words = (
        '[text]\nhello = "Hello {Name|name}"\nspare = "Bye"\n[overrides.agent]\nfirst_message = "{hello}, {Day|date}"\n'
    )
    people = [f"r{n},ANNA,{number},2024-03-{n + 13}" for n, number in enumerate(NUMBERS[:9])]
    desk.file.write_text("\n".join(["Id,Name,Phone,Day", *people, f"r9,Ben,{NUMBERS[9]},3/4/2024"]), "utf-8")
    (desk.folder / "campaign.toml").write_text(CAMPAIGN + words, "utf-8")
    ended = desk.call("check", str(desk.file), "--json")
    assert ended.document["counts"]["planned"] == 9
    client = ended.document["first"][0]["conversation_initiation_client_data"]
    assert client["conversation_config_override"]["agent"]["first_message"] == "Hello Anna, March 13, 2024"
    assert [told["code"] for told in ended.document["findings"]] == ["date_ambiguous"]
    assert ended.document["notes"][2:] == [
        "[text] spare: no template uses it.",
        "Only numbers of US are called, which the file or [phone] names ([rules] allowed_countries).",
    ]
    assert ended.document["unused_columns"] == []


def test_a_language_of_all_that_has_no_formats_is_noted():
    base = '[overrides.agent]\nlanguage = "xq"\n' + variable('"{A|date}"')
    campaign = a_campaign(base)
    notes = notes_of(campaign, bind(campaign, Headers(("A", "Phone"))))
    assert (
        notes[-1] == "Dates, amounts and lists are written in en ([campaign] language): there are no formats for 'xq'."
    )
    assert not any("formats" in note for note in notes_of(campaign, bound(base.replace("|date", ""), "A", "Phone")))
