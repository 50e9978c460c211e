"""Screening: a no in a do-not-call column holds for the row, and for every other row of its numbers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.flow import plan
from pipeline.plan.screen import screen
from schemas.outcomes import Outcome
from schemas.plan import Known, Memory, Plan
from schemas.screening import DoNotCall
from tests.build import a_campaign, a_frame, bound, codes_of, problems_of
from tests.program import NUMBERS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SIMPLE = '[rules]\ndo_not_call = { column = "{No}" }'


def told(text: str, *cells: str) -> list[str | None]:
    """The code of each cell, None where people may be called."""
    frame = a_frame(*(("1", cell) for cell in cells))
    _, found = screen(frame, bound(text, "Phone", "No"), a_campaign(text).rules, (NOW.date(), NOW.date()))
    codes = dict(codes_of(found))
    return [codes.get(row) for row in frame["row"]]


def planned(folder: Path, text: str, *rows: str, headers: str = "Phone,No") -> Plan:
    file = folder / "people.csv"
    file.write_text("\n".join([headers, *rows]) + "\n", "utf-8")
    return plan(a_campaign(text), file, Memory(), NOW)


def outcomes(made: Plan) -> list[str]:
    return made.rows["outcome"].cast(str).to_list()


def test_plain_words_are_known_whatever_their_case():
    assert told(SIMPLE, "Yes", " TRUE ", "1", "x", "Ja", "Sí") == ["do_not_call"] * 6
    assert told(SIMPLE, "no", "False", "0", "", "  ", "Nein") == [None] * 6


def test_an_unknown_word_is_never_called_silently():
    assert told(SIMPLE, "maybe", "?", "2024-03-01") == ["do_not_call_unclear"] * 3


def test_values_and_free_say_what_cells_mean():
    text = '[rules]\ndo_not_call = { column = "{No}", values = ["Stop"], free = ["go"] }'
    assert told(text, "STOP ", "Go", "", "yes") == ["do_not_call", None, "do_not_call_unclear", "do_not_call_unclear"]


def test_the_rest_is_left_out_with_a_star():
    text = '[rules]\ndo_not_call = { column = "{No}", values = ["*"], free = ["yes"] }'
    assert told(text, "yes", "no", "", "later") == [None, "do_not_call", "do_not_call", "do_not_call"]
    assert told('[rules]\ndo_not_call = { column = "{No}", values = ["*"] }', "2024-03-01", "", "no") == [
        "do_not_call", None, None,
    ]  # fmt: skip


def test_a_no_that_is_listed_as_a_value_is_one():
    assert told('[rules]\ndo_not_call = { column = "{No}", values = ["no"] }', "no", "", "yes") == [
        "do_not_call", None, "do_not_call_unclear",
    ]  # fmt: skip


def test_any_of_several_columns_leaves_out(tmp_path):
    text = '[rules]\ndo_not_call = [ { column = "{No}" }, { column = "{Blocked}", values = ["b"], free = [""] } ]'
    rows = (f"{NUMBERS[0]},yes,", f"{NUMBERS[1]},,b", f"{NUMBERS[2]},,", f"{NUMBERS[3]},,c")
    made = planned(tmp_path, text, *rows, headers="Phone,No,Blocked")
    assert outcomes(made) == ["left_out", "left_out", "planned", "to_fix"]


def test_a_no_holds_for_every_row_of_the_number_wherever_it_stands(tmp_path):
    made = planned(tmp_path, SIMPLE, f"{NUMBERS[0]},no", f"{NUMBERS[1]},no", f"{NUMBERS[0]},yes", f"{NUMBERS[0]},")
    assert outcomes(made) == ["left_out", "planned", "left_out", "left_out"]
    assert made.rows["codes"].cast(str).to_list() == ["do_not_call", None, "do_not_call", "do_not_call"]
    assert "the same number as row 4" in made.findings["detail"].to_list()


def test_an_unclear_word_holds_for_every_row_of_the_number_too_but_a_no_is_stronger(tmp_path):
    rows = (f"{NUMBERS[0]},no", f"{NUMBERS[0]},perhaps", f"{NUMBERS[1]},no", f"{NUMBERS[1]},eh", f"{NUMBERS[1]},yes")
    assert outcomes(planned(tmp_path, SIMPLE, *rows)) == ["to_fix", "to_fix", "left_out", "left_out", "left_out"]


def test_a_no_holds_for_every_number_of_its_row_not_only_for_the_first(tmp_path):
    text = f'{SIMPLE}\n[columns]\nphone_number = ["{{Phone}}", "{{Other}}"]'
    rows = (f"{NUMBERS[0]},{NUMBERS[1]},yes", f"{NUMBERS[1]},,", f"{NUMBERS[2]},,")
    assert outcomes(planned(tmp_path, text, *rows, headers="Phone,Other,No")) == ["left_out", "left_out", "planned"]


def test_a_no_in_a_row_that_is_to_fix_holds_for_its_number(tmp_path):
    text = f'{SIMPLE}\n[dynamic_variables]\nname = "{{Name}}"'
    made = planned(tmp_path, text, f"{NUMBERS[0]},yes,", f"{NUMBERS[0]},,Ann", headers="Phone,No,Name")
    assert outcomes(made) == ["to_fix", "left_out"]


def test_a_row_to_fix_of_a_number_that_says_no_is_left_out_for_it_may_be_mended_in_a_file_without_the_no(tmp_path):
    text = f'{SIMPLE}\n[dynamic_variables]\nname = "{{Name}}"'
    rows = (f"{NUMBERS[0]},,", f"{NUMBERS[0]},yes,Ann", f"{NUMBERS[1]},,")
    made = planned(tmp_path, text, *rows, headers="Phone,No,Name")
    assert outcomes(made) == ["left_out", "left_out", "to_fix"]
    assert made.rows["codes"].cast(str)[0] == "do_not_call,required_missing"


def test_a_no_holds_for_a_whatsapp_id_that_is_the_number(tmp_path):
    text = f"""{SIMPLE}
[campaign]
channel = "both"
[campaign.whatsapp_params]
whatsapp_call_permission_request_template_name = "t"
whatsapp_call_permission_request_template_language_code = "en"
[columns]
whatsapp_user_id = "{{WA}}"
"""
    wa = NUMBERS[0].removeprefix("+")
    rows = (f"{NUMBERS[1]},{wa},yes", f"{NUMBERS[0]},14155559999,", f"{NUMBERS[2]},{wa},", f"{NUMBERS[3]},14155558888,")
    assert outcomes(planned(tmp_path, text, *rows, headers="Phone,WA,No")) == [
        "left_out", "left_out", "left_out", "planned",
    ]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from([*NUMBERS[:4], ""]), st.sampled_from(["yes", "no", "", "hm"])),
        min_size=1,
        max_size=12,
    )
)
def test_nobody_is_called_of_whom_any_row_says_no(tmp_path, rows):
    made = planned(tmp_path, SIMPLE, *(f"{number},{word}" for number, word in rows))
    called = {
        NUMBERS.index(f"+{number}") for number in made.rows.filter(made.rows["outcome"] == Outcome.PLANNED)["e164"]
    }
    unwanted = {NUMBERS.index(number) for number, word in rows if number and word in {"yes", "hm"}}
    free = {NUMBERS.index(number) for number, _ in rows if number} - unwanted
    assert called == free


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('{ column = "No" }', "must be one column"),
        ('{ column = "{A} {B}" }', "must be one column"),
        ('{ column = "{A|or \\"x\\"}" }', "must be the column alone"),
        ('{ column = "{A}", values = "yes" }', "must be a list of texts"),
        ('{ column = "{A}", values = [] }', "must be a list of texts"),
        ('{ column = "{A}", values = ["Yes"], free = ["yes"] }', '"yes" stands in `values` too'),
        ('{ values = ["yes"] }', "is required"),
        ('{ column = "{A}", value = ["yes"] }', "did you mean values?"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule, said):
    (line,) = problems_of(f"[rules]\ndo_not_call = {rule}")
    assert line.startswith("[rules] do_not_call")
    assert said in line


def test_a_yes_that_is_free_is_no_value():
    rule = DoNotCall.model_validate({"column": "{Opt-in}", "free": ["yes"]})
    assert ("yes" in rule.barred_cells, "yes" in rule.free_cells) == (False, True)


def test_what_is_ignored_must_be_there():
    text = '[source]\nignore = ["DNC"]'
    with pytest.raises(Exception, match=r"\[source\] ignore: the file has no column \{DNC\}"):
        bound(text, "Phone")


def test_the_dashboards_mapping_passes_over_what_is_ignored():
    text = '[source]\nmapping = "dashboard"\nignore = ["DNC"]'
    carried = bound(text, "Phone", "phone_number", "DNC", "city").carried
    assert {field.place[-1] for field in carried} == {"Phone", "city"}


TWO = '[columns]\nphone_number = ["{Phone}", "{Other}"]'
BLOCKED = Memory(blocked=Known(phones=pl.Series("phone", [int(NUMBERS[0])])))


def of_two(folder: Path, rows: Sequence[tuple[str, str, str]], rules: str, memory: Memory) -> Plan:
    """The plan of rows with two numbers and a word."""
    file = folder / "people.csv"
    file.write_text("\n".join(["Phone,Other,No", *map(",".join, rows)]) + "\n", "utf-8")
    (folder / "list.txt").write_text(f"{NUMBERS[0]}\n", "utf-8")
    rules = rules.replace("list.txt", str(folder / "list.txt"))
    return plan(a_campaign(f"{TWO}\n{rules}"), file, memory, NOW)


@pytest.mark.parametrize(
    ("rules", "word", "memory", "code"),
    [
        ('[rules]\ndo_not_call = { column = "{No}" }', "yes", Memory(), "do_not_call"),
        ('[rules.consent]\ncolumn = "{No}"\nvalues = ["ok"]', "no", Memory(), "consent_refused"),
        (
            '[[rules.suppression]]\nfile = "list.txt"\nas_of = 2026-11-20\n[source]\nignore = ["No"]',
            "",
            Memory(),
            "suppressed",
        ),
        ('[source]\nignore = ["No"]', "", BLOCKED, "blocked"),
    ],
)
def test_a_no_holds_for_every_row_with_any_number_of_its_row(tmp_path, rules, word, memory, code):
    one, two, three, four, five = NUMBERS[:5]
    free = "ok" if "consent" in rules else ""
    rows = [(one, two, word), (three, two, free), (four, one, free), (five, "", free)]
    made = of_two(tmp_path, rows, rules, memory)
    assert made.rows["codes"].cast(str).to_list() == [code] * 3 + [None]


NUMBER = st.sampled_from([*NUMBERS[:6], "", "x"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    rows=st.lists(st.tuples(NUMBER, NUMBER, st.sampled_from(["yes", "no", "", "", "hm"])), min_size=1, max_size=10),
    is_listed=st.booleans(),
    memory=st.sampled_from([Memory(), BLOCKED]),
)
def test_nobody_one_of_whose_numbers_is_one_of_a_row_that_said_no_is_in_any_body(tmp_path, rows, is_listed, memory):
    listed = '[[rules.suppression]]\nfile = "list.txt"\nas_of = 2026-11-20' if is_listed else ""
    made = of_two(tmp_path, rows, f"{SIMPLE}\n{listed}", memory)
    is_gone = is_listed or memory is BLOCKED
    says_no = [row for row in rows if row[2] in {"yes", "hm"} or (is_gone and NUMBERS[0] in row)]
    unwanted = {number for row in says_no for number in row[:2] if number in NUMBERS}
    called = made.rows.filter(made.rows["outcome"] == Outcome.PLANNED)["row"].to_list()
    assert not [number for row in called for number in rows[row - 2][:2] if number in unwanted]
    said = b"".join(body for _, body in made.spilled.payloads(made.rows)).decode()
    assert not [number for number in unwanted if number in said]
    for row, why in zip(rows, made.rows["codes"].cast(str), strict=True):
        if row not in says_no and not unwanted & set(row):
            assert str(why) in {"None", "duplicate_phone", "no_phone", "phone_not_a_number"}
