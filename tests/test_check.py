"""`campaign check`: says what a run would do, writes the report, and touches nothing else."""

import csv
import json
import stat
from datetime import UTC, datetime, timedelta

import pytest

from schemas.errors import Exit
from tests.program import CAMPAIGN, NUMBERS

BAD = f"b1,Ann,123\nd1,Dup,{NUMBERS[0]}\nn1,None,\n"


@pytest.fixture
def report(desk):
    """The folder of a report on ten good rows and three others."""
    desk.write(people=10, more=BAD)
    assert desk.call("check", str(desk.file)).code == 0
    return desk.folder / "people.csv-report"


def test_a_dry_run_says_what_would_happen(desk):
    desk.write(people=10, more=BAD)
    ended = desk.call("check", str(desk.file))
    assert ended.code == 0
    assert "10 people would be called at once, in 4 batches." in ended.out
    assert "13 rows = 10 to call + 1 to fix + 2 left out." in ended.out
    assert "phone_too_short" in ended.out
    assert "nobody counts as called before" in ended.err


def test_it_makes_no_ledger_and_needs_no_key(desk, monkeypatch):
    monkeypatch.delenv("ELEVENLABS_API_KEY")
    desk.write()
    assert desk.call("check", str(desk.file)).code == 0
    assert not desk.ledger.exists()


def test_strict_fails_on_any_row_to_fix(desk):
    desk.write(people=10, more=BAD)
    assert desk.call("check", str(desk.file), "--strict").code == 1
    desk.write(people=10)
    assert desk.call("check", str(desk.file), "--strict").code == 0


def test_every_row_is_in_one_file_and_the_files_are_private(report):
    names = {"to-call.csv": 10, "to-fix.csv": 1, "left-out.csv": 2}
    assert {name: len((report / name).read_text("utf-8").splitlines()) - 1 for name in names} == names
    assert {path.name for path in report.iterdir()} == {*names, "report.html", "report.json", "to-fix.xlsx"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in report.iterdir()} == {0o600}


def test_the_document_on_stdout_is_the_report(desk):
    desk.write(people=10, more=BAD)
    ended = desk.call("check", str(desk.file), "--json")
    written = json.loads((desk.folder / "people.csv-report" / "report.json").read_text("utf-8"))
    assert ended.document | {"seconds": 0, "planned_at": 0} == written | {"seconds": 0, "planned_at": 0}
    counts = written["counts"]
    assert counts["rows"] == sum(count for name, count in counts.items() if name != "rows") == 13


def test_no_report_writes_none(desk):
    desk.write()
    desk.call("check", str(desk.file), "--no-report")
    assert not (desk.folder / "people.csv-report").exists()


def test_the_requests_folder_holds_one_plan(desk):
    folder = desk.folder / "requests"
    desk.write(people=10)
    desk.call("check", str(desk.file), "--requests", str(folder))
    assert sorted(path.name for path in folder.iterdir()) == [f"batch-000{n}.json" for n in (1, 2, 3, 4)]
    desk.write(people=3)
    desk.call("check", str(desk.file), "--requests", str(folder))
    assert [path.name for path in folder.iterdir()] == ["batch-0001.json"]
    assert [each["id"] for each in json.loads((folder / "batch-0001.json").read_text("utf-8"))["recipients"]] == [
        "r0",
        "r1",
        "r2",
    ]


def test_that_no_request_was_written_is_said(desk):
    desk.write(people=0, more="x,Ann,\n")
    ended = desk.call("check", str(desk.file), "--requests", str(desk.folder / "requests"))
    assert "No request bodies were written" in ended.err


def test_a_ledger_that_was_named_and_is_not_there_is_a_warning(desk):
    desk.write(people=2)
    checked = desk.call("check", str(desk.file), "-q")
    assert (checked.code, checked.err) == (
        0,
        f"warning: there is no ledger at {desk.ledger}: nobody counts as called before\n",
    )


def test_what_the_campaign_called_before_is_read_from_the_ledger(desk, at_service):
    at_service()
    desk.write(people=3)
    desk.run()
    desk.write(people=4)
    assert "1 to call + 0 to fix + 0 left out + 3 called before" in desk.call("check", str(desk.file)).out


def test_cells_that_a_spreadsheet_would_run_are_neutralised_where_they_are_only_read(desk):
    desk.write(people=1, more=f"r8,=1+1,{NUMBERS[8]}\nr9,=2+2,12\n", campaign=CAMPAIGN.replace('"20%"', '"50%"'))
    desk.call("check", str(desk.file))
    report = desk.folder / "people.csv-report"
    assert f"r8,'=1+1,{NUMBERS[8]}," in (report / "to-call.csv").read_text("utf-8")
    assert "r9,=2+2,12," in (report / "to-fix.csv").read_text("utf-8")


@pytest.mark.parametrize("cell", ['say ""hi"", ok', "two\nlines", "ümläut 漢字 🎉", " padded ", "semi;colon", "007"])
def test_a_file_to_fix_keeps_every_cell_as_it_was(desk, cell):
    desk.write(people=9, more=f'b1,"{cell}",12\n')
    desk.call("check", str(desk.file))
    to_fix = desk.folder / "people.csv-report" / "to-fix.csv"
    again = desk.call("check", str(to_fix), "--no-report", "--json").document
    assert again["counts"]["to_fix"] == 1
    with to_fix.open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["Name"] == cell.replace('""', '"')


@pytest.mark.parametrize(("bom", "name", "marked"), [
    (b"", "Ann", False), (b"\xef\xbb\xbf", "Ann", True),
    (b"", "Łukasz", True),  # Excel takes UTF-8 without a mark for Windows-1252
])  # fmt: skip
def test_row_files_begin_with_a_byte_order_mark_where_the_export_does_or_excel_needs_it(desk, bom, name, marked):
    desk.write(people=9, more=f"b1,{name},12\n")
    desk.file.write_bytes(bom + desk.file.read_bytes())
    desk.call("check", str(desk.file))
    report = desk.folder / "people.csv-report"
    for file in ("to-call.csv", "to-fix.csv", "left-out.csv"):
        assert (report / file).read_bytes().startswith(b"\xef\xbb\xbfId," if marked else b"Id,")
    assert desk.call("check", str(report / "to-fix.csv"), "--no-report", "--json").document["counts"]["to_fix"] == 1


def test_a_file_to_fix_of_a_file_to_fix_names_its_reasons_once(desk):
    desk.write(people=9, more="b1,Ann,12\n")
    desk.call("check", str(desk.file))
    first = desk.folder / "people.csv-report" / "to-fix.csv"
    desk.call("check", str(first))
    second = desk.folder / "people.csv-report" / "to-fix.csv-report" / "to-fix.csv"
    assert second.read_text("utf-8").splitlines()[0] == first.read_text("utf-8").splitlines()[0]


@pytest.mark.parametrize(("content", "said"), [
    (b"", "empty"), (b"Id,Na\0me,Phone\n1,A,2\n", "NUL"), (b"Id,Name,Phone\n1,\xff,2\n", "line 2"),
    (b'Id,Name,Phone\n1,"A,2\n', "quote"), (b"Id,Name\n1,A\n", "{Phone}"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_one_line(desk, content, said):
    desk.write()
    desk.file.write_bytes(content)
    ended = desk.call("check", str(desk.file))
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert len(ended.err.strip().splitlines()[-1:]) == 1


def test_a_missing_campaign_file_says_what_to_do(desk):
    desk.write()
    (desk.folder / "campaign.toml").unlink()
    ended = desk.call("check", str(desk.file))
    assert ended.code == 2
    assert "campaign.toml" in ended.err


def test_a_report_that_cannot_be_written_is_an_error_and_leaves_nothing_behind(desk):
    desk.write()
    (desk.folder / "taken").write_text("a file", "utf-8")
    ended = desk.call("check", str(desk.file), "--report", str(desk.folder / "taken"))
    assert ended.code == 2
    assert "cannot be written" in ended.err


def test_what_other_runs_are_still_calling_is_before_these_people_as_it_is_for_a_run(desk, at_service):
    at_service()
    soon = datetime.now(UTC) + timedelta(hours=3)
    finish = CAMPAIGN.replace('timezone = "UTC"', f'timezone = "UTC"\nfinish_by = "{soon:%Y-%m-%d %H:%M}"')
    text = finish + "[rules.capacity]\nconcurrency = 1\nminutes_per_call = 10\n"
    desk.write(15, campaign=text)
    assert desk.run().code == Exit.DONE
    desk.sql("update batches set service_status = null")  # the sandbox calls everybody in no time
    desk.write(15, campaign=text.replace('name = "spring"', 'name = "another"'))
    checked = desk.call("check", str(desk.file), "--json").document["counts"]
    ran = desk.run("--json").document["counts"]
    assert checked == ran
    assert 0 < checked["left_out"] < 15
