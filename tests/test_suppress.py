"""Suppression lists: whoever stands in one is not called, however the number is written there."""

import gzip
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.campaign_file import load
from pipeline.flow import plan
from pipeline.plan.suppress import Listed, read_lists, said_of
from schemas.errors import CampaignError
from schemas.plan import Memory, Plan
from schemas.suppression import Suppression
from tests.build import CAMPAIGN, a_campaign, problems_of
from tests.program import NUMBERS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the campaign file of `a_campaign` looks for lists."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listed(folder: Path, content: str | bytes, name: str = "dnc.csv", days: float = 0.5) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    moment = (NOW - timedelta(days=days)).timestamp()
    os.utime(file, (moment, moment))
    return file


def planned(folder: Path, *rows: str, rules: str = "", text: str = "", headers: str = "Phone") -> Plan:
    (folder / "people.csv").write_text("\n".join([headers, *rows]) + "\n", "utf-8")
    campaign = a_campaign(f'{text}\n[[rules.suppression]]\nfile = "dnc.csv"\n{rules}')
    return plan(campaign, folder / "people.csv", Memory(), NOW)


def codes(made: Plan) -> list[str | None]:
    return made.rows["codes"].cast(str).to_list()


@pytest.mark.parametrize(
    "content",
    [
        "Number\n+1 (415) 555-2600\n",
        "4155552600\n",
        "who,tel\nAnn,415.555.2600\n",
        "tel;name\n=\"4155552600\";Ann\n",
        "Phone\n4155552600.0\n",
        gzip.compress(b"tel:+1-415-555-2600\n", mtime=0),
    ],
    ids=["header", "bare", "found", "formula", "decimal", "gzip"],
)  # fmt: skip
def test_a_number_is_known_however_it_is_written_and_whatever_the_file(folder, content):
    listed(folder, content)
    made = planned(folder, NUMBERS[0], NUMBERS[1])
    assert codes(made) == ["suppressed", None]
    assert made.findings["detail"].to_list() == ["stands in dnc.csv"]


def test_a_workbook_is_a_list_too(folder):
    book = openpyxl.Workbook()
    for line in (["Name", "Phone"], ["Ann", 14155552600]):
        book.active.append(line)
    book.save(folder / "dnc.csv")
    assert codes(planned(folder, NUMBERS[0], NUMBERS[1])) == ["suppressed", None]


def test_columns_are_named_where_several_hold_numbers(folder):
    listed(folder, f"Home,Mobile,Agent\n{NUMBERS[0]},{NUMBERS[1]},{NUMBERS[2]}\n")
    with pytest.raises(CampaignError, match=r"\[\[rules.suppression\]\]: dnc.csv: 3 columns \(Home, Mobile, Agent\)"):
        planned(folder, NUMBERS[0])
    made = planned(folder, *NUMBERS[:3], rules='column = ["{Home}", "Mobile"]')
    assert codes(made) == ["suppressed", "suppressed", None]


def test_numbers_without_a_plus_are_of_the_lists_own_region_or_of_the_campaigns(folder):
    listed(folder, "030 12345678\n")
    assert codes(
        planned(folder, "+493012345678", rules='default_region = "DE"', text='rules.allowed_countries = "any"')
    ) == ["suppressed"]


def test_a_list_holds_for_every_number_of_a_row_and_for_every_row_of_such_a_number(folder):
    listed(folder, f"{NUMBERS[1]}\n")
    text = '[columns]\nphone_number = ["{Phone}", "{Other}"]'
    rows = (f"{NUMBERS[0]},{NUMBERS[1]}", f"{NUMBERS[0]},", f",{NUMBERS[2]}")
    made = planned(folder, *rows, text=text, headers="Phone,Other")
    assert codes(made) == ["suppressed", "suppressed", None]
    assert made.findings["detail"].to_list() == ["stands in dnc.csv", "the same number as row 2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Phone\ncall me\n", "dnc.csv yields no valid number (column Phone)"),
        ("Phone\n", "dnc.csv yields no valid number"),
        ("", "dnc.csv"),
        ("Name,City\nAnn,Bonn\n", "no column can be seen to hold the numbers"),
    ],
)
def test_a_list_that_yields_no_number_is_an_error_and_no_empty_list(folder, content, said):
    listed(folder, content)
    with pytest.raises(CampaignError) as raised:
        planned(folder, NUMBERS[0])
    assert str(raised.value).startswith("[[rules.suppression]]: ")
    assert said in str(raised.value)


def test_a_list_that_is_not_there_is_an_error(folder):
    with pytest.raises(CampaignError, match=r"dnc.csv cannot be read: No such file.*begins at the campaign file"):
        planned(folder, NUMBERS[0])


def test_what_was_read_stands_in_the_plan(folder):
    listed(folder, f"Phone\n{NUMBERS[0]}\n{NUMBERS[0]}\n{NUMBERS[1]}\nn/a?\n", days=3.4)
    made = planned(folder, NUMBERS[0])
    (told,) = made.lists
    assert (told.name, told.numbers, told.refused, told.age_days) == ("dnc.csv", 2, 1, 3)
    assert len(told.sha256) == 64
    note = (
        "Nobody of dnc.csv is called: 2 numbers (column Phone, region US), 3 days old at the start; "
        "cells that are no number and protect nobody: 1 (row 5, Phone: 'n/a?' (phone_filler))."
    )
    assert note in made.notes


@pytest.mark.parametrize(
    ("content", "unread"),
    [
        (f"41555526O3\n{NUMBERS[0]}\n", 1),
        (f"+1 415 55\n{NUMBERS[0]}\n", 1),
        (f"415 555 2603 oder so\nx\n{NUMBERS[0]}\n", 2),
        (f"Phone 2\n{NUMBERS[0]}\n", 0),
        (f"Tel. (3x)\nx\n{NUMBERS[0]}\n", 1),
    ],
)
def test_a_first_line_is_a_header_only_where_it_is_plainly_no_number(folder, content, unread):
    listed(folder, content)
    (told,) = planned(folder, NUMBERS[1]).lists
    assert (told.numbers, told.refused) == (1, unread)


def test_a_first_line_that_lacks_its_region_is_unread(folder):
    listed(folder, "(415) 555-2603\n+14155552600\n")
    text = '[phone]\ndefault_region = "GB"\n[rules]\nallowed_countries = "any"'
    (told,) = planned(folder, NUMBERS[1], text=text).lists
    assert (told.numbers, told.refused) == (1, 1)


def test_a_named_column_has_a_header_whatever_its_digits(folder):
    listed(folder, f"Phone 2024-05\n{NUMBERS[0]}\n")
    (told,) = planned(folder, NUMBERS[1], rules='column = "{Phone 2024-05}"').lists
    assert (told.numbers, told.refused) == (1, 0)


def test_a_cell_with_several_numbers_protects_each(folder):
    listed(folder, "Phone\n415-555-2600 / (415) 555-2601\n4155552602; 4155552603; 41555526\n")
    made = planned(folder, *NUMBERS[:5])
    assert codes(made) == ["suppressed"] * 4 + [None]
    assert (made.lists[0].numbers, made.lists[0].refused) == (4, 1)


def read_without_a_region(folder: Path, content: str) -> Listed:
    rule = Suppression(file=listed(folder, content).name)
    (read,) = read_lists([rule], None, NOW)
    return read


def test_cells_that_were_not_read_are_named_and_masked_with_what_helps(folder):
    told = read_without_a_region(folder, f"Tel\n{NUMBERS[0]}\n(415) 555-2602\n+1 415 555 26 04 04 04\nx\ny\n").told
    assert said_of(told) == (
        "Nobody of dnc.csv is called: 1 number (column Tel, numbers with + only), 0 days old at the start; "
        "cells that are no number and protect nobody: 4 (row 3, Tel: '(415) •••02' (phone_country_missing; give "
        "default_region); row 4, Tel: '+1 41•••04' (phone_too_long); row 5, Tel: 'x' (phone_filler); …)."
    )
    assert not {"unread", "said"} & set(told.as_json)


@pytest.mark.parametrize("content", ["Who,Tel\nAnn,030 12345678\n", "Tel\n030 12345678\n"])
def test_a_list_whose_numbers_lack_a_region_says_what_helps(folder, content):
    with pytest.raises(CampaignError, match=r"numbers without \+ need default_region in \[\[rules.suppression\]\]"):
        read_without_a_region(folder, content)


def test_what_is_said_of_a_list_shows_nobodys_number(folder):
    for content, rules in (("4155552603,x\n4155552604,y\n", 'column = "Phone"'), (f"{NUMBERS[0]},{NUMBERS[1]}\n", "")):
        listed(folder, content)
        with pytest.raises(CampaignError) as raised:
            planned(folder, NUMBERS[0], rules=rules)
        assert "415555" not in str(raised.value)
        assert "•••" in str(raised.value)


def test_the_name_of_a_file_is_shown_though_it_looks_like_a_number(folder):
    listed(folder, "a,b\n", name="20241103-1.csv")
    listed(folder, "4155552603,b\n", name="20241103-2.csv")
    with pytest.raises(CampaignError) as raised:
        read_lists([Suppression(file="20241103-*.csv")], None, NOW)
    assert "20241103-2.csv has other columns than 20241103-1.csv" in str(raised.value)
    assert "4155552603" not in str(raised.value)


def workbook(folder: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Oct"
    for sheet, number in ((book.active, NUMBERS[0]), (book.create_sheet("Nov"), NUMBERS[1])):
        for line in (["Name", "Phone"], ["Ann", number]):
            sheet.append(line)
    book.save(folder / "dnc.csv")


def test_of_a_workbook_with_several_sheets_the_one_that_was_read_is_said(folder):
    workbook(folder)
    made = planned(folder, *NUMBERS[:2])
    assert codes(made) == ["suppressed", None]
    said = "The sheet “Oct” was read, of 2; sheet in [[rules.suppression]] names another."
    assert any(note.endswith(f"old at the start. {said}") for note in made.notes)
    assert made.lists[0].said == (said,)


def test_a_sheet_can_be_named(folder):
    workbook(folder)
    assert codes(planned(folder, *NUMBERS[:2], rules='sheet = "Nov"')) == [None, "suppressed"]
    assert codes(planned(folder, *NUMBERS[:2], rules="sheet = 2")) == [None, "suppressed"]
    with pytest.raises(CampaignError, match=r"sheet in \[\[rules.suppression\]\] is 3|there is no sheet"):
        planned(folder, NUMBERS[0], rules="sheet = 3")


@pytest.mark.parametrize(
    ("content", "rules", "read_as"),
    [
        (f"{NUMBERS[0]}\n", "", "column 1, without a header, region US"),
        (f"Home,Cell\n{NUMBERS[0]},{NUMBERS[1]}\n", 'column = ["{Home}", "Cell"]', "columns Home, Cell, region US"),
        (f"Home,Cell\n{NUMBERS[0]},\n,x\n,{NUMBERS[1]}\n,y\n,z\n", "", "column Home, region US"),
        (f"Home\n{NUMBERS[0]}\n", 'default_region = "DE"', "column Home, region DE"),
    ],
)
def test_the_columns_and_the_region_that_a_list_was_read_with_are_said(folder, content, rules, read_as):
    listed(folder, content)
    made = planned(folder, NUMBERS[5], rules=rules)
    assert made.lists[0].read_as == read_as
    assert any(f" ({read_as}), 0 days old" in note for note in made.notes)


def test_a_registry_must_be_fresh_when_the_calls_begin(folder):
    listed(folder, f"{NUMBERS[0]}\n", days=31.5)
    assert planned(folder, NUMBERS[1], rules="registry = true").refusals == ()
    assert planned(folder, NUMBERS[1]).refusals == ()
    later = planned(folder, NUMBERS[1], rules="registry = true", text='[schedule]\nstart = "2026-11-25 09:00"')
    assert later.refusals == (
        "the suppression list dnc.csv is of 2026-10-24, 32 days before the last calls start, and may be 31 days old at most; obtain it anew",
    )


def test_a_registry_must_be_fresh_when_the_last_calls_are_moved_to_later_days(folder):
    listed(folder, f"{NUMBERS[0]}\n", days=30.5)
    hours = '[rules]\nhours = { from = "09:00", to = "17:00", exclude_dates = ["2026-11-24", "2026-11-25"] }'
    made = planned(folder, NUMBERS[1], rules="registry = true", text=hours)
    assert "days before the last calls start, and may be 31 days old" in made.refusals[0]


def test_any_list_may_have_an_age_and_say_its_day(folder):
    listed(folder, f"{NUMBERS[0]}\n")
    dated = "as_of = 2026-11-20\nmax_age_days = {}"
    assert planned(folder, NUMBERS[1], rules=dated.format(4)).refusals == ()
    assert len(planned(folder, NUMBERS[1], rules=dated.format(3)).refusals) == 1


def test_a_list_is_not_of_a_day_that_is_still_to_come(folder):
    listed(folder, f"{NUMBERS[0]}\n")
    with pytest.raises(CampaignError, match=r"as_of = 2062-11-20 of dnc\.csv lies behind the start"):
        planned(folder, NUMBERS[1], rules="registry = true\nas_of = 2062-11-20")


def test_several_files_of_one_pattern_are_a_list_as_old_as_the_oldest(folder):
    (folder / "lists").mkdir()
    for at, days in ((0, 2.5), (1, 9.5)):
        listed(folder / "lists", f"Phone\n{NUMBERS[at]}\n", name=f"{at}.csv", days=days)
    (folder / "people.csv").write_text("\n".join(["Phone", *NUMBERS[:3]]) + "\n", "utf-8")
    campaign = a_campaign('[[rules.suppression]]\nfile = "lists/*.csv"')
    made = plan(campaign, folder / "people.csv", Memory(), NOW)
    assert (codes(made), made.lists[0].age_days) == (["suppressed", "suppressed", None], 9)


def test_several_lists_hold_together_and_each_that_names_a_row_is_told(folder):
    listed(folder, f"{NUMBERS[0]}\n{NUMBERS[1]}\n")
    listed(folder, f"{NUMBERS[1]}\n{NUMBERS[2]}\n", name="b.txt")
    made = planned(folder, *NUMBERS[:4], rules='[[rules.suppression]]\nfile = "b.txt"')
    assert codes(made) == ["suppressed"] * 3 + [None]
    assert made.findings["detail"].to_list() == [f"stands in {n}" for n in ("dnc.csv", "dnc.csv", "b.txt", "b.txt")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(
    rows=st.lists(st.tuples(*[st.sampled_from([*NUMBERS[:5], "", "x"])] * 2), min_size=1, max_size=10),
    barred=st.sets(st.sampled_from(NUMBERS[:5]), min_size=1),
)
def test_nobody_of_a_list_is_in_any_body_and_every_row_left_out_says_why(folder, rows, barred):
    listed(folder, "\n".join(barred) + "\n")
    text = '[columns]\nphone_number = ["{Phone}", "{Other}"]'
    made = planned(folder, *(",".join(row) for row in rows), text=text, headers="Phone,Other")
    said = b"".join(body for _, body in made.spilled.payloads(made.rows)).decode()
    assert not [number for number in barred if number in said]
    for row, outcome, why in zip(rows, made.rows["outcome"].cast(str), codes(made), strict=True):
        assert (why is None) == (outcome == "planned")
        if barred & set(row):
            assert "suppressed" in str(why)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "[rules] suppression, entry 1, file: is required"),
        ('file = ""', "must be a path in quotes"),
        ('file = "a"\nmax_age_days = 0', "must be at least 1"),
        ('file = "a"\ndefault_region = "UK"', "must be a country's ISO code, such as GB"),
        ('file = "a"\ncolumns = "x"', "did you mean column?"),
        ('file = "a"\nas_of = "may"', "[rules] suppression, entry 1, as_of"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(rule, said):
    (line,) = problems_of(f"[[rules.suppression]]\n{rule}")
    assert said in line


def test_the_path_begins_at_the_campaign_file(tmp_path):
    (tmp_path / "campaign.toml").write_text(
        f'{CAMPAIGN}\n[[rules.suppression]]\nfile = "lists/a.csv"\nas_of = 2026-01-02'
    )
    (rule,) = load(tmp_path / "campaign.toml")[0].rules.suppression
    assert (rule.file, rule.as_of) == (tmp_path / "lists" / "a.csv", date(2026, 1, 2))
