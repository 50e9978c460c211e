"""Binding finds every column the campaign file names, and tells all that it cannot find at once."""

import pytest

from pipeline.plan.bind import bind
from schemas.errors import CampaignError
from schemas.headers import Headers
from tests.build import a_campaign, bound

DASHBOARD = '[source]\nmapping = "dashboard"\n[columns]\nphone_number = []'


def problems(text: str, *headers: str) -> list[str]:
    with pytest.raises(CampaignError) as raised:
        bound(text, *headers)
    return str(raised.value).splitlines()


def test_every_missing_column_is_told_with_the_key_and_the_nearest_names():
    told = problems('[dynamic_variables]\na = "{Frist Name}"\nb = "{Nothing}"', "Phone", "First Name")
    assert [("[dynamic_variables] a" in line, "{First Name}" in line) for line in told] == [
        (True, True),
        (False, False),
    ]
    assert told[1].startswith("[dynamic_variables] b: the file has no column {Nothing}")


def test_a_text_that_equals_a_header_was_meant_as_the_column():
    assert 'did you mean "{Name}"?' in problems('[dynamic_variables]\na = "Name"', "Phone", "Name")[0]
    bound('[dynamic_variables]\na = { constant = "Name" }', "Phone", "Name")


def test_a_placeholder_that_nothing_feeds_names_what_was_meant():
    text = '[dynamic_variables]\ncustomer_name = "{Name}"\n[overrides.agent]\nfirst_message = "Hi {{custmer_name}} {{city}}"'
    told = problems(text, "Phone", "Name", "City")
    assert "did you mean {{customer_name}}?" in told[0]
    assert "{City}" in told[1]


def test_placeholders_of_constants_and_defaults_are_checked_too():
    text = '[overrides.agent.prompt]\nprompt = { constant = "Dear {{x}}" }'
    assert "{{x}}" in problems(text, "Phone")[0]
    text = '[dynamic_variables]\na = { column = "{A}", default = "{{y}}" }'
    assert "{{y}}" in problems(text, "Phone", "A")[0]


def test_what_the_service_feeds_itself_needs_no_variable():
    bound('[overrides.agent]\nfirst_message = "It is {{system__time_utc}}"', "Phone")


def test_whom_to_call_must_come_from_a_column():
    assert "must read a column" in problems('[columns]\nid = "same"', "Phone")[0]


def test_the_dashboards_columns_are_known_by_name_and_others_are_variables():
    binding = bound(
        DASHBOARD,
        "phone_number",
        "language",
        "system_prompt",
        "voice_id",
        "first_message",
        "city",
        "campaign_codes",
        "",
    )
    places = {field.place[-1]: field.place[-2] for field in binding.carried}
    assert places == {
        "language": "agent", "prompt": "prompt", "voice_id": "tts", "first_message": "agent", "city": "dynamic_variables",
    }  # fmt: skip
    assert not any(field.required for field in binding.carried)
    assert len(binding.phones) == 1


def test_the_dashboards_mapping_needs_its_number():
    assert "phone_number" in problems(DASHBOARD, "Phone", "city")[0]


def test_what_the_campaign_file_says_wins_over_the_dashboards_mapping():
    campaign = a_campaign('[source]\nmapping = "dashboard"\n[overrides.agent]\nlanguage = "de"')
    binding = bind(campaign, Headers(("Phone", "language")))
    assert [field.constant for field in binding.carried if field.place[-1] == "language"] == ["de"]


PIECES = "[text]\ngreeting = 'Hello {Name}'\n"


def test_a_piece_is_found_whatever_its_case_and_brings_its_columns():
    binding = bound(PIECES + '[dynamic_variables]\na = "{Greeting}, {City}"', "Phone", "Name", "City")
    (field,) = binding.carried
    assert (dict(field.columns), list(field.pieces)) == ({"City": "c2", "Name": "c1"}, ["Greeting"])
    assert [[each.key for each in layer] for layer in binding.layers] == [
        ["[text] greeting"],
        ["[dynamic_variables] a"],
    ]


def test_a_piece_and_a_header_of_one_name_are_both_named():
    told = problems(PIECES + '[dynamic_variables]\na = "{greeting}"', "Phone", "Name", "GREETING")
    assert told == ["[text] greeting: the file has the column {GREETING} too; rename the piece"]


def test_a_piece_that_nobody_uses_is_known_and_not_made():
    text = PIECES + "other = '{greeting} and {City}'\n"
    binding = bound(text, "Phone", "Name", "City")
    assert (binding.unused, binding.pieces, binding.layers) == (("[text] greeting", "[text] other"), (), ())
    assert "[text] other: the file has no column {City}" in problems(text, "Phone", "Name")[0]


def test_pieces_that_use_each_other_in_a_circle_are_refused():
    for text in ("a = '{b}'\nb = '{c}'\nc = '{a}'", "a = '{a}'"):
        (told,) = problems(f"[text]\n{text}", "Phone")
        assert told.startswith("[text] uses itself in a circle: ")
        assert told.endswith("; take one of them out")
        assert told.count("→") == text.count("=")


def test_a_name_that_is_neither_a_column_nor_a_piece_names_the_nearest_of_both():
    told = problems(PIECES + '[dynamic_variables]\na = "{greting}"', "Phone", "Name")
    assert told[0].endswith("; or the piece {greeting}")


def test_a_text_that_equals_a_piece_was_meant_as_the_piece():
    told = problems(PIECES + '[dynamic_variables]\na = "greeting"', "Phone", "Name")
    assert '"greeting" is a piece of [text] but stands there as plain text; did you mean "{greeting}"?' in told[0]


def test_whom_to_call_is_told_by_columns_and_never_by_pieces():
    told = problems("[text]\npiece = '{Phone}'\n[columns]\nid = '{piece}'", "Phone")
    assert told[0].startswith("[columns] id: the file has no column {piece}")


def test_placeholders_of_pieces_and_of_values_are_checked():
    text = '[text]\nx = "{{y}} {A}"\n[dynamic_variables]\na = { column = "{A}", values = { a = "{x} {{z}}", b = "{{w}}" } }'
    told = problems(text, "Phone", "A")
    assert [line.split(":")[0] for line in told] == ["[text] x", "[dynamic_variables] a", "[dynamic_variables] a"]
    assert all("nothing feeds {{" in line for line in told)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{A|money USX}", "[dynamic_variables] a: |money USX: there is no such currency; did you mean UZS?"),
        ('{A|date "hh:mm"}', '[dynamic_variables] a: |date "hh:mm": write "long"'),
        ('{A|date "x"}', '[dynamic_variables] a: |date "x": write "long"'),
        ('{A|date "ddddd"}', '[dynamic_variables] a: |date "ddddd": write "long"'),
        ("{company|upper}", "[dynamic_variables] a: |upper is of no use to {company}, which is the same for all"),
        ('{company|or "x"}', "[dynamic_variables] a: |or is of no use to {company}, which is the same for all"),
    ],
)
def test_filters_are_checked_before_the_first_row(template, told):
    text = f"[text]\ncompany = 'Larkspur'\n[dynamic_variables]\nb = '{{company}}'\na = '{template}'"
    (line,) = problems(text, "Phone", "A")
    assert line.startswith(told)


def test_the_language_cannot_be_told_by_what_is_written_in_it():
    text = "[text]\nday = '{A|date}'\nnext = '{day}'\n[overrides.agent]\nlanguage = '{next}'"
    assert problems(text, "Phone", "A") == [
        "[text] day: |date writes in the row's language, which this is to tell; remove it"
    ]
    bound("[overrides.agent]\nlanguage = '{A|lower}'\nfirst_message = '{A|date}'", "Phone", "A")


def test_the_campaigns_language_must_be_one_that_can_be_written():
    text = '[campaign]\nlanguage = "xq"\n[dynamic_variables]\na = '
    assert problems(f'{text}"{{A|date}}"', "Phone", "A")[0].startswith(
        "[campaign] language: there are no formats for 'xq'"
    )
    bound(f'{text}"{{A|upper}}"', "Phone", "A")


def test_what_is_made_of_others_comes_after_them():
    text = """
    [text]
    tongue = { column = "{T}", type = "language" }
    day = "{D|date}"
    hello = { column = "{tongue}", values = { de = "Hallo {day}", "*" = "Hi" } }
    [overrides.agent]
    language = "{tongue}"
    first_message = "{hello}"
    """
    names = [[each.key for each in layer] for layer in bound(text, "Phone", "T", "D").layers]
    assert names == [
        ["[text] tongue"], ["[overrides.agent] language"], ["[text] day"], ["[text] hello"],
        ["[overrides.agent] first_message"],
    ]  # fmt: skip
