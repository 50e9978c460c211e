"""The way of a damaged export through the whole program: told, repaired or mended in a spreadsheet, and read again."""

import csv
import json

import openpyxl
import pytest

from tests.program import CAMPAIGN, NUMBERS, called

LENIENT = CAMPAIGN.replace('"20%"', '"100%"')
NATIONAL = NUMBERS[7].removeprefix("+1")
DAMAGED = f"d1,Ann,{NATIONAL}.0\nd2,Bob,n/a\nd3,Cem,4.15556E+09\n"


@pytest.fixture
def folder(desk):
    """The report on three good rows and three damaged ones."""
    desk.write(people=3, more=DAMAGED, campaign=LENIENT)
    desk.call("check", str(desk.file))
    return desk.folder / "people.csv-report"


def test_repairs_are_told_on_the_terminal_in_the_report_and_in_a_file_of_their_own(desk, folder):
    told = json.loads((folder / "report.json").read_text("utf-8"))["repairs"]
    assert [(each["code"], each["count"], each["examples"][0]["row"]) for each in told] == [
        ("phone_decimal", 1, 5),
        ("phone_filler", 1, 6),
    ]
    assert NATIONAL not in json.dumps(told)
    out = desk.call("check", str(desk.file)).out
    assert "Assumed: 1 × counted as empty: a filler such as n/a (phone_filler), as 'n/a' in row 6." in out
    assert NATIONAL not in out
    with (folder / "repaired.csv").open(newline="") as file:
        assert [(row["campaign_row"], row["cell"], row["read_as"]) for row in csv.DictReader(file)] == [
            ("5", f"{NATIONAL}.0", NUMBERS[7]),
            ("6", "n/a", ""),
        ]


def test_numbers_are_shown_where_that_is_asked_for(desk):
    desk.write(people=3, more=DAMAGED, campaign=LENIENT)
    report = desk.call("check", str(desk.file), "--show-numbers", "--json").document
    assert report["repairs"][0]["examples"][0] == {
        "row": 5, "column": "Phone", "before": f"{NATIONAL}.0", "after": NUMBERS[7],
    }  # fmt: skip


def test_without_repair_nothing_is_assumed(desk):
    desk.write(people=3, more=DAMAGED, campaign=LENIENT.replace("[phone]", "[phone]\nrepair = false"))
    report = desk.call("check", str(desk.file), "--json").document
    assert (report["counts"]["to_fix"], report["repairs"]) == (3, [])
    assert {each["code"] for each in report["findings"]} == {"phone_decimal", "phone_filler", "digits_lost"}
    assert not (desk.folder / "people.csv-report" / "repaired.csv").exists()


def test_a_workbook_to_fix_that_was_mended_and_saved_runs_as_it_is(desk, folder):
    book = openpyxl.load_workbook(folder / "to-fix.xlsx")
    assert [cell.value for cell in book.active[2]][:5] == ["d3", "Cem", "4.15556E+09", "7", "digits_lost"]
    book.active["C2"] = NUMBERS[8]
    book.save(folder / "mended.xlsx")
    report = desk.call("check", str(folder / "mended.xlsx"), "--json", "--no-report", "--show-numbers").document
    assert report["counts"]["planned"] == report["counts"]["rows"] == 1
    assert report["first"][0]["phone_number"] == NUMBERS[8]


def test_what_is_said_of_a_row_that_is_not_whole_is_not_said_of_its_cells_either(desk):
    desk.write(people=3, more=f"d1,Ann,{NATIONAL}.0,surplus\n", campaign=LENIENT)
    report = desk.call("check", str(desk.file), "--json").document
    assert ([each["code"] for each in report["findings"]], report["repairs"]) == (["fields_extra"], [])


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_mended_csv_runs_in_the_encoding_of_the_export(desk, encoding):
    desk.write(people=3, campaign=LENIENT)
    text = desk.file.read_text("utf-8").replace(",", ";") + 'b1;"Zoë; die Größte";123\n'
    desk.file.write_bytes(text.encode(encoding))
    desk.call("check", str(desk.file))
    to_fix = desk.folder / "people.csv-report" / "to-fix.csv"
    mended = to_fix.read_bytes().decode(encoding).replace("123", NUMBERS[8], 1)
    assert mended.startswith("Id;Name;Phone;campaign_row;")
    assert '\nb1;"Zoë; die Größte";' in mended
    to_fix.write_bytes(mended.encode(encoding))
    assert desk.call("check", str(to_fix), "--json", "--no-report").document["counts"]["planned"] == 1


def test_a_mended_number_of_somebody_who_said_no_in_the_export_is_not_called(desk, at_service):
    sandbox = at_service()
    rule = 'do_not_call = { column = "{Id}", values = ["no"], free = ["r1", "r2", "r3"] }'
    desk.write(people=2, campaign=LENIENT.replace("[rules]", f"[rules]\n{rule}"))
    desk.file.write_text(f"Id,Name,Phone\nno,Nora,{NUMBERS[5]}\nr1,Ann,{NUMBERS[1]}\nr2,Bob,123\nr3,Cem,12\n", "utf-8")
    assert desk.run().code == 0
    mended = desk.folder / "mended.csv"
    to_fix = (desk.folder / "people.csv-report" / "run-1" / "to-fix.csv").read_text("utf-8")
    mended.write_text(to_fix.replace(",123,", f",{NUMBERS[5]},").replace(",12,", f",{NUMBERS[6]},"), "utf-8")
    report = desk.call("check", str(mended), "--json", "--no-report").document
    assert [each["code"] for each in report["findings"]] == ["do_not_call"]
    assert desk.call("run", str(mended), "--yes").code == 0
    assert sorted(called(sandbox)) == [NUMBERS[1], NUMBERS[6]]
