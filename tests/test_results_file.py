"""The file of results holds the export's columns as they stood, beside ours."""

import polars as pl
import pytest

from pipeline.ledger.results import _TOLD
from pipeline.report.results_file import write_for_crm, write_results

TOLD = pl.DataFrame(
    [
        (2, "planned", None, "a", 1, "accepted", "completed", "conv_1", 1_711_976_400, 1_711_976_460, None, None, None),
        (3, "planned", None, "b", 1, "accepted", None, None, None, None, "nobody has it", None, 2),
        (4, "to_fix", "phone_invalid", None, None, None, None, None, None, None, None, None, None),
    ],
    schema=_TOLD,
    orient="row",
)

ADDED = (
    "campaign_row,campaign_batch,campaign_recipient_id,campaign_status,campaign_codes,"
    "campaign_conversation_id,campaign_created_at,campaign_updated_at,campaign_problem,campaign_attempt"
)


def part(first: int, headers: list[str], *rows: tuple[str | None, ...]) -> tuple[list[str], pl.DataFrame]:
    """A part as the ledger has it: names that are told apart."""
    names = [f"{text}#{n}" if text in headers[:n] else text for n, text in enumerate(headers)]
    lines = [(row, *cells) for row, cells in enumerate(rows, first)]
    return headers, pl.DataFrame(lines, schema={"row": pl.UInt32} | dict.fromkeys(names, pl.String), orient="row")


def written(path) -> list[str]:
    return path.read_bytes().decode().split("\r\n")


def test_every_row_has_its_cells_and_how_its_call_went(tmp_path):
    parts = [part(2, ["Id", "Note"], ("a", 'says "hi"'), ("b", None)), part(4, ["Id", "Note"], ("c", "=1+1"))]
    write_results(tmp_path / "r.csv", TOLD, parts)
    assert written(tmp_path / "r.csv") == [
        f"Id,Note,{ADDED}",
        'a,"says ""hi""",2,1,a,completed,,conv_1,2024-04-01T13:00:00Z,2024-04-01T13:01:00Z,,1',
        "b,,3,1,b,ambiguous,,,,,nobody has it,2",
        "c,'=1+1,4,,,to_fix,phone_invalid,,,,,",
        "",
    ]


@pytest.mark.parametrize("name", ["status", "row", "state", "unclear", "c0", "problem"])
def test_a_header_may_be_called_as_a_column_of_the_ledger(tmp_path, name):
    headers, frame = part(2, [name if name != "row" else "row#2", "x"], ("mine", "1"), ("mine", "2"), ("mine", "3"))
    write_results(tmp_path / "r.csv", TOLD, [([name, "x"], frame)])
    first, *lines = written(tmp_path / "r.csv")
    assert first.startswith(f"{name},x,campaign_row")
    assert [line.split(",")[:3] for line in lines[:3]] == [["mine", "1", "2"], ["mine", "2", "3"], ["mine", "3", "4"]]
    assert len(headers) == 2


def test_columns_of_an_earlier_file_of_ours_give_way(tmp_path):
    parts = [part(2, ["Id", "campaign_status", "campaign_reasons"], *[("a", "old", "old")] * 3)]
    write_results(tmp_path / "r.csv", TOLD, parts)
    assert written(tmp_path / "r.csv")[0].startswith("Id,campaign_row,")
    assert "old" not in (tmp_path / "r.csv").read_text("utf-8")


def test_parquet_keeps_cells_as_they_are(tmp_path):
    write_results(tmp_path / "r.PARQUET", TOLD, [part(2, ["Id"], ("=1+1",), ("b",), ("c",))])
    frame = pl.read_parquet(tmp_path / "r.PARQUET")
    assert frame["Id"].to_list() == ["=1+1", "b", "c"]
    assert frame["campaign_status"].to_list() == ["completed", "ambiguous", "to_fix"]


@pytest.mark.parametrize("name", ["crm.csv", "crm.parquet"])
def test_a_crm_gets_only_whom_it_knows_and_what_is_certain(tmp_path, name):
    write_for_crm(tmp_path / name, TOLD)
    read = pl.read_parquet if name.endswith("t") else pl.read_csv
    assert read(tmp_path / name).rows() == [("a", "completed", "2024-04-01T13:01:00Z", "conv_1")]
