"""Row files: each row as the source wrote it, in the file of what became of it; what is to fix feeds back."""

import csv
from dataclasses import replace

import polars as pl
import pytest

from pipeline.report import row_files
from pipeline.report.row_files import write_row_files
from schemas.dialect import Dialect
from schemas.findings import findings, repairs
from schemas.outcomes import Outcome
from tests.plans import Person, people, plan_of

TO_FIX = [Person(row, outcome=Outcome.TO_FIX, codes="phone_too_short") for row in (2, 3, 4)]


class Cells:
    """Source columns that hold the given cell in every row."""

    def __init__(self, cell):
        self.cell = cell

    def source_columns(self, rows):
        for part in rows.iter_slices(2):
            yield part.with_columns(pl.lit(self.cell).alias(f"c{at}") for at in range(3))


def a_plan(cell="Ann", rows=TO_FIX, **dialect):
    plan = plan_of([*rows, *people(first=10)])
    return replace(plan, source=replace(plan.source, dialect=Dialect(**dialect)), spilled=Cells(cell))


def repaired(plan):
    row = pl.DataFrame({"row": [10]})
    return replace(plan, repairs=repairs(row, "Phone", "phone_wrapped", pl.lit('="415"'), pl.lit("+1415")))


def test_they_are_written_as_the_source_is(tmp_path):
    plan = repaired(a_plan("Zoë; Ann", encoding="cp1252", delimiter=";", newline="\r\n"))
    for path in write_row_files(plan, tmp_path):
        if path.suffix == ".csv":
            text = path.read_bytes().decode("cp1252")
            lines = text.split("\r\n")
            assert text.count("\n") == text.count("\r\n") == len(lines) - 1, path
            assert ";" in lines[0], path
            assert "," not in lines[0], path
    assert (tmp_path / "to-fix.csv").read_bytes().split(b"\r\n")[1].startswith(b'"Zo\xeb; Ann";"Zo\xeb; Ann"')


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_all_are_marked_utf8_where_a_cell_needs_it(tmp_path, encoding):
    paths = write_row_files(a_plan("漢字", encoding=encoding, delimiter=";"), tmp_path)
    texts = [path.read_bytes() for path in paths if path.suffix == ".csv"]
    assert all(text.startswith(b"\xef\xbb\xbfRecord ID;") for text in texts)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_reason_that_the_encoding_cannot_say_does_not_make_it_another_file(tmp_path):
    plan = a_plan("Zoë", encoding="cp1252")
    row = pl.DataFrame({"row": [2]}, schema={"row": pl.UInt32})
    said = findings(row, "value_not_allowed", "Tier", detail="tier takes 金, gold")
    write_row_files(replace(plan, findings=said), tmp_path)
    assert "takes ?, gold" in (tmp_path / "to-fix.csv").read_bytes().decode("cp1252")


def test_only_a_file_for_reading_is_changed_where_a_spreadsheet_would_run_a_cell(tmp_path):
    write_row_files(repaired(a_plan("=1+1", rows=[*TO_FIX, Person(5, outcome=Outcome.LEFT_OUT)])), tmp_path)
    cells = {}
    for name in ("to-call", "to-fix", "left-out", "repaired"):
        with (tmp_path / f"{name}.csv").open(newline="") as file:
            cells[name] = list(csv.reader(file))[1]
    assert (cells["to-call"][0], cells["to-fix"][0], cells["left-out"][0]) == ("'=1+1", "=1+1", "=1+1")
    assert cells["repaired"][:5] == ["10", "phone_wrapped", "Phone", '\'="415"', "+1415"]


def test_what_has_nothing_to_tell_is_not_there_nor_left_from_before(tmp_path):
    names = {path.name for path in write_row_files(repaired(a_plan()), tmp_path)}
    assert names == {path.name for path in tmp_path.iterdir()} >= {"to-fix.xlsx", "repaired.csv"}
    fewer = {path.name for path in write_row_files(a_plan(rows=[]), tmp_path)}
    assert fewer == {path.name for path in tmp_path.iterdir()} == names - {"to-fix.xlsx", "repaired.csv"}


def test_a_workbook_holds_as_many_rows_as_are_mended_by_hand(tmp_path, monkeypatch):
    monkeypatch.setattr(row_files, "MOST_IN_WORKBOOK", 2)
    write_row_files(a_plan(), tmp_path)
    sheet = pl.read_excel(tmp_path / "to-fix.xlsx", infer_schema_length=0, sheet_name="2 of 3 to fix")
    assert sheet["campaign_row"].to_list() == ["2", "3"]
    assert (tmp_path / "to-fix.csv").read_text().count("\n") == 4
