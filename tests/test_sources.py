"""Files as commands take them: several, patterns, a pipe, workbooks and what is packed; and how all is said."""

import gzip
import io
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.plan import files
from tests.program import CAMPAIGN, NUMBERS, Desk


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path, capsys)
    desk.write(people=0)
    return desk


def table(first, last, header="Id,Name,Phone"):
    return "\n".join([header, *(f"r{n},Person {n},{NUMBERS[n]}" for n in range(first, last))]) + "\n"


def checked(desk, *files):
    ended = desk.call("check", *files, "--json")
    return ended.document


def test_several_files_are_one_and_rows_to_fix_name_their_file(desk):
    (desk.folder / "a.csv").write_text(table(0, 3))
    (desk.folder / "b.csv").write_text(table(3, 5) + "r9,Short\n")
    told = checked(desk, "a.csv", "b.csv")
    assert told["counts"]["rows"] == 6
    assert told["counts"]["planned"] == 5
    assert told["source"] == "a.csv and 1 more"
    example = told["findings"][0]["examples"][0]
    assert (example["row"], example["detail"].split(":")[0]) == (8, "b.csv row 4")
    assert "b.csv holds 3 rows, whose rows are numbered on from 5 here: row 2 is 6." in told["notes"]
    assert (desk.folder / "a.csv-report" / "to-fix.csv").read_text().splitlines()[1].startswith("r9,Short,,8,")


def test_a_number_in_two_files_is_called_once(desk):
    (desk.folder / "a.csv").write_text(table(0, 3))
    (desk.folder / "b.csv").write_text(table(2, 5))
    assert checked(desk, "a.csv", "b.csv")["counts"] | {"rows": 6} == {
        "rows": 6, "planned": 5, "to_fix": 0, "left_out": 1, "called_before": 0
    }  # fmt: skip


def test_a_pattern_names_files_in_the_order_of_their_names(desk):
    for name, first in (("day-2", 2), ("day-1", 0)):
        (desk.folder / f"{name}.csv").write_text(table(first, first + 2))
    told = checked(desk, "day-*.csv")
    assert told["counts"]["planned"] == 4
    assert told["notes"][0].startswith("day-1.csv holds 2 rows")
    assert (desk.folder / "day-1.csv-report").is_dir()
    assert "no file matches" in desk.call("check", "night-*.csv").err


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Id,Name,Telephone", "b.csv has other columns than a.csv: it lacks 'Phone' and adds 'Telephone'"),
        ("Id,Phone,Name", "b.csv has the columns of a.csv in another order"),
    ],
)
def test_files_with_other_columns_are_refused_by_both_names(desk, header, told):
    (desk.folder / "a.csv").write_text(table(0, 3))
    (desk.folder / "b.csv").write_text(table(3, 5, header))
    ended = desk.call("check", "a.csv", "b.csv")
    assert ended.code == 2
    assert told in ended.err.replace("\n", " ")


def test_standard_input_is_read_whatever_it_holds(desk, monkeypatch):
    piped = gzip.compress(table(0, 4).replace(",", ";").encode("utf-16"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
    files.spooled.cache_clear()
    told = checked(desk, "-")
    assert (told["source"], told["counts"]["planned"]) == ("standard input", 4)
    assert (desk.folder / "stdin-report" / "to-call.csv").exists()
    assert files.spooled().stat().st_mode & 0o077 == 0
    assert checked(desk, "-")["counts"]["planned"] == 4  # read once, planned as often as needed


def test_what_a_shell_makes_of_a_command_is_read(desk):
    pipe = desk.folder / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as other:
        other.submit(pipe.write_text, table(0, 4))
        assert checked(desk, str(pipe))["counts"]["planned"] == 4


def test_how_a_file_was_read_is_among_what_was_assumed(desk):
    desk.file.write_bytes(b"Kontakte\n" + table(0, 4).replace(",", ";").replace("Person", "Zoë").encode("cp1252"))
    told = desk.call("check", str(desk.file))
    assert told.code == 0
    for part in ("Windows-1252", "semicolons", "Row 1 stands above the header"):
        assert part in told.out.replace("\n", " ")


def test_what_is_declared_comes_from_the_campaign_file(desk):
    desk.write(people=0, campaign=CAMPAIGN + '[source]\nencoding = "utf-16"\ndelimiter = "tab"\n')
    desk.file.write_bytes(table(0, 4).replace(",", "\t").encode("utf-16-le"))
    assert checked(desk, str(desk.file))["counts"]["planned"] == 4


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('encoding = "klingon"', "'klingon' is no encoding"),
        ('encoding = "base64"', "'base64' is no encoding"),
        ('delimiter = "ab"', "'ab' is no separator"),
        ("sheet = 0", "0 is no sheet"),
    ],
)
def test_what_cannot_be_declared_is_refused(desk, line, told):
    desk.write(people=2, campaign=CAMPAIGN + f"[source]\n{line}\n")
    ended = desk.call("check", str(desk.file))
    assert ended.code == 2
    assert told in ended.err.replace("\n", " ")
