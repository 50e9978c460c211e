"""Workbooks read as a person sees them. people.* in tests/data were saved by LibreOffice 7.4; the others openpyxl writes here."""

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.plan.ingest import Export
from schemas.errors import CampaignError
from schemas.source_table import SourceTable

DATA = Path(__file__).parent / "data"
HEADERS = ("Record", "Name", "Phone", "Zip", "Joined", "Called at", "Share", "VIP", "Rate", "Sum")
#: People.xlsx as Excel would show it, but for thousands separators and the order of a date.
SEEN = [
    (4, "r1", "Ann Lee", "4155552671", "02139", "2024-03-14", "2024-03-14 09:30:00", "50%", "TRUE", "1234.5", "2"),
    (5, "r2", "José Peña", "+34 612 345 678", "00501", "2024-03-15", "2024-03-15 09:30:15", "12.5%", "FALSE", "0.3", "0.6"),
    (6, "r3", "Zoë", "(415) 555-2673", "SW1A", "2024-03-16", None, None, None, "12345678", "ab"),
    (8, "r4", "高橋", "4155552674", "94103", "2024-12-01", "09:30:00", "100%", "TRUE", "7", "#DIV/0!"),
]  # fmt: skip


def read(path, sheet=None):
    """Rows and source of a workbook."""
    with Export(path, SourceTable(sheet=sheet)) as export:
        rows = [row for chunk in export.chunks() for row in chunk.frame.rows()]
    return rows, export.source


def refusal(path, sheet=None):
    with pytest.raises(CampaignError) as raised:
        read(path, sheet)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.fixture
def saved(tmp_path):
    """`saved(fill)` → a workbook that openpyxl has written after `fill(workbook, first sheet)`."""

    def written(fill):
        workbook = openpyxl.Workbook()
        fill(workbook, workbook.active)
        workbook.save(tmp_path / "people.xlsx")
        return tmp_path / "people.xlsx"

    return written


def rows(*lines):
    """Fill a sheet with lines."""
    return lambda _, sheet: [sheet.append(line) for line in lines]


# What LibreOffice writes


def test_an_xlsx_reads_as_it_is_seen_and_what_is_hidden_is_said():
    seen, source = read(DATA / "people.xlsx")
    assert (seen, source.headers) == (SEEN, HEADERS)
    assert source.said == (
        "The sheet “People” was read, of 3; [source] sheet names another.",
        "Hidden rows were read like the others: 1 (5).",
        "Of formulas the last stored results were read: 8 cells.",
        "Merged cells count for their first row and column alone: 1 ranges.",
        "Row 1 stands above the header and was passed over: “Contacts of March”.",
        "Row 10 stands below the table and was passed over: “Total 4”.",
    )


def test_an_ods_reads_the_same_but_times_as_it_shows_them():
    seen, source = read(DATA / "people.ods")
    assert (seen[:3], source.headers) == (SEEN[:3], HEADERS)
    assert seen[3] == tuple("9:30:00" if cell == "09:30:00" else cell for cell in SEEN[3])
    assert "Hidden rows were read like the others: 1 (5)." in source.said


def test_an_xls_reads_plain_values_and_says_so():
    seen, source = read(DATA / "people.xls")
    assert [row[:4] for row in seen] == [row[:4] for row in SEEN]
    assert [row[4:7] for row in seen[:2]] == [("2139", *SEEN[0][5:7]), ("501", *SEEN[1][5:7])]
    assert any("old kind of workbook" in each for each in source.said)


# What openpyxl writes


def test_numbers_and_dates_become_the_text_that_a_person_sees(saved):
    formats = {
        "A": (4155552671, "General", "4155552671"),
        "B": (4155552671.0, "0", "4155552671"),
        "C": (2139, "00000", "02139"),
        "D": (4155552671, "(000) 000-0000", "(415) 555-2671"),
        "E": (123456789, r"000\-00\-0000", "123-45-6789"),
        "F": (0.075, "0.0%", "7.5%"),
        "G": (2.5, "0.00", "2.50"),
        "H": (1234.5, "#,##0.00 [$€-407]", "1234.5"),
        "I": (date(2024, 3, 14), "dd/mm/yyyy", "2024-03-14"),
        "J": (datetime.fromisoformat("2024-03-14T09:30"), "d/m/yy h:mm", "2024-03-14 09:30:00"),
        "K": (time(9, 30), "h:mm", "09:30:00"),
        "L": (True, "General", "TRUE"),
        "M": (0.1 + 0.2, "General", "0.3"),
        "N": ("00123", "@", "00123"),
        "O": ("=A1", None, None),
    }

    def fill(_, sheet):
        sheet.append([f"Column {letter}" for letter in formats if letter != "O"])
        for letter, (value, code, _text) in formats.items():
            if code:
                sheet[f"{letter}2"] = value
                sheet[f"{letter}2"].number_format = code

    assert read(saved(fill))[0] == [(2, *(text for *_, text in formats.values() if text))]


def test_a_table_may_begin_anywhere_and_blank_rows_are_none(saved):
    def fill(_, sheet):
        for place, value in {"C4": "Name", "D4": "Zip", "C5": "Ann", "D5": 2139, "C8": "Bob", "D8": 501}.items():
            sheet[place] = value
        sheet["D5"].number_format = sheet["D8"].number_format = "00000"

    assert read(saved(fill))[0] == [(5, "Ann", "02139"), (8, "Bob", "00501")]


def test_empty_columns_at_the_end_are_none_and_inside_they_are(saved):
    assert read(saved(rows(["Name", None, "Phone", None], ["Ann", None, 1], ["Bob"])))[1].headers == (
        "Name",
        "",
        "Phone",
    )
    assert read(saved(rows(["Name", None], ["Ann", 1])))[1].headers == ("Name", "")


def test_an_error_is_a_text_that_is_to_fix(saved):
    assert read(saved(rows(["Name", "Phone"], ["Ann", "#N/A"])))[0] == [(2, "Ann", "#N/A")]


def test_formulas_without_a_result_refuse_the_workbook(saved):
    assert "1 formulas in the sheet 'Sheet' have no stored result; open the workbook, save it" in refusal(
        saved(rows(["Name", "Phone"], ["Ann", "=1+1"]))
    )


def test_sheets_are_chosen_by_name_or_number(saved):
    def fill(workbook, sheet):
        sheet.title = "Read & me"
        sheet.append(["Name"])
        workbook.create_sheet("Second").append(["Other"])

    path = saved(fill)
    assert read(path)[1].headers == ("Name",)
    for wanted in ("Second", "second ", 2):
        assert read(path, wanted)[1].headers == ("Other",)
    assert "there is no sheet 'Third'; its sheets are 'Read & me', 'Second'" in refusal(path, "Third")
    assert "[source] sheet is 3, but there are 2 sheets" in refusal(path, 3)


def test_hidden_and_empty_sheets_are_not_read_unasked(saved):
    def fill(workbook, sheet):
        sheet.sheet_state = "hidden"
        sheet.append(["Hidden"])
        workbook.create_sheet("Empty")
        workbook.create_sheet("People").append(["Name"])
        workbook.active = 2

    path = saved(fill)
    assert read(path)[1].headers == ("Name",)
    assert read(path, "Sheet")[1].headers == ("Hidden",)
    assert "the sheet is empty" in refusal(path, "Empty")


def test_a_workbook_with_nothing_in_it_is_refused(saved):
    assert "no visible sheet that holds anything" in refusal(saved(lambda *_: None))


def test_workbooks_with_a_password_and_damaged_ones_are_told_apart(tmp_path, saved):
    path = tmp_path / "locked.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    assert "has a password" in refusal(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    assert "damaged or of an unknown kind" in refusal(path)
    whole = saved(rows(["Name"], ["Ann"])).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged or cut short" in refusal(path)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    path.write_bytes(out.getvalue())
    assert "damaged or of an unknown kind" in refusal(path)


#: Text that XML can hold, without what Excel cannot.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=12).filter(
    lambda text: not text.startswith("=") and "_x" not in text
)


@given(table=st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_any_table_of_texts_reads_back_from_a_workbook(saved, table):
    def fill(_, sheet):
        for number, line in enumerate([["Name", "Phone", "City"], *table], 1):
            for column, text in enumerate(line, 1):
                sheet.cell(number, column, text).data_type = "s"

    assert read(saved(fill))[0] == [(number, *line) for number, line in enumerate(table, 2)]


# Parquet


def test_parquet_is_text_without_loss(tmp_path):
    path = tmp_path / "people.parquet"
    pl.DataFrame(
        {
            "Phone": [4155552671.0, None],
            "Share": [0.1, 1e300],
            "Joined": [date(2024, 3, 14), None],
            "At": [datetime.fromisoformat("2024-03-14T09:30"), datetime.fromisoformat("2024-03-14T09:30:01.000500")],
            "VIP": [True, False],
            "Tags": [["a", "b"], None],
            "Name": ["Zoë", ""],
            "Big": [2**62 + 1, -1],
        }
    ).write_parquet(path)
    seen, source = read(path)
    assert seen == [
        (2, "4155552671", "0.1", "2024-03-14", "2024-03-14 09:30:00", "true", '["a","b"]', "Zoë", str(2**62 + 1)),
        (3, None, "1e+300", None, "2024-03-14 09:30:01.000500", "false", None, None, "-1"),
    ]
    assert source.said == ("The file is Parquet; its columns were read as text.",)


def test_damaged_parquet_is_refused(tmp_path):
    path = tmp_path / "people.parquet"
    path.write_bytes(b"PAR1\x15" + bytes(50) + b"PAR1")
    assert "the Parquet file is damaged" in refusal(path)
