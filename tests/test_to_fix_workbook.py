"""to-fix.xlsx: text cells that read back as they were, the wrong ones coloured, the remedy beside them."""

from dataclasses import replace

import fastexcel
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.report.to_fix_workbook import write_workbook
from schemas.findings import findings, gathered
from schemas.outcomes import Outcome
from schemas.plan import OWN_COLUMNS
from tests.build import bound
from tests.plans import HEADERS, Person, plan_of

openpyxl = pytest.importorskip("openpyxl")
COLUMNS = [f"c{at}" for at in range(len(HEADERS))]


def rows_of(*rows: tuple[str | None, ...]) -> pl.DataFrame:
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    own = [pl.lit(f"of {name}").alias(name) for name in OWN_COLUMNS]
    return frame.with_row_index("row", offset=2).with_columns(own)


def a_plan(rows: int, *found: tuple[int, str, str | None]):
    told = pl.DataFrame(list(found), schema=["row", "code", "column"], orient="row") if found else None
    plan = plan_of([Person(2 + at, outcome=Outcome.TO_FIX) for at in range(rows)])
    binding = bound(
        '[columns]\nphone_number = "{Phone Number}"\n[dynamic_variables]\nn = "{First Name} {Record ID}"', *HEADERS
    )
    each = [] if told is None else [findings(told, pl.col("code"), pl.col("column"))]
    return replace(plan, binding=binding, findings=gathered(each))


def written(tmp_path, plan, frame):
    write_workbook(tmp_path / "to-fix.xlsx", plan, frame, list(HEADERS))
    return tmp_path / "to-fix.xlsx"


def read(path) -> list[tuple[str | None, ...]]:
    return fastexcel.read_excel(path).load_sheet(0, header_row=0, dtypes="string").to_polars().rows()


CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=8
) | st.sampled_from(
    [
        "=1+1",
        "+14155552671",
        "0049 30",
        "'x",
        "4.15556E+09",
        "_x0041_",
        "<r>x</r>",
        "a\r\nb",
        " padded ",
        "TRUE",
        "#N/A",
        "007",
    ]
)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=3))
def test_every_cell_reads_back_as_it_was(tmp_path_factory, rows):
    path = written(tmp_path_factory.mktemp("workbook"), a_plan(len(rows)), rows_of(*rows))
    # Excel has no empty text.
    assert [tuple(cell or "" for cell in row[: len(HEADERS)]) for row in read(path)] == rows


def test_cells_are_text_to_excel_and_the_wrong_ones_are_coloured(tmp_path):
    plan = a_plan(
        3,
        (2, "phone_too_short", "Phone Number"),
        (3, "required_missing", "First Name, Record ID"),
        (4, "fields_extra", None),
    )
    path = written(tmp_path, plan, rows_of(*[("1", None, "123")] * 3))
    sheet = openpyxl.load_workbook(path).active
    coloured = [[cell.coordinate for cell in row if cell.fill.fgColor.rgb == "FFFFC7CE"] for row in sheet.iter_rows()]
    assert coloured == [[], ["C2"], ["A3", "B3"], ["F4"]]
    assert {cell.number_format for row in sheet.iter_rows() for cell in row} == {"@"}
    assert (sheet.freeze_panes, sheet.title, sheet["C2"].value) == ("A2", "to fix", "123")
    assert [cell.value for cell in sheet[1]] == [*HEADERS, *OWN_COLUMNS]


@pytest.mark.parametrize("cell", ["x" * 32_768, "\uffff"])
def test_what_excel_cannot_hold_is_left_away_and_the_sheets_name_says_so(tmp_path, cell):
    path = written(tmp_path, a_plan(2), rows_of(("1", cell, "2"), ("3", "4", "5")))
    assert read(path)[0][:3] == ("3", "4", "5")
    assert fastexcel.read_excel(path).sheet_names == ["1 of 2 to fix"]


def test_only_its_owner_may_read_it(tmp_path):
    assert written(tmp_path, a_plan(1), rows_of(("1", "2", "3"))).stat().st_mode & 0o777 == 0o600
