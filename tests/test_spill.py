"""What is put aside comes back: payloads by batch across chunks, source columns by row; and no name is left on disk."""

import polars as pl

from pipeline.plan.spill import Spill, packed
from schemas.plan import ROWS_SCHEMA
from schemas.request import RECIPIENT_SEPARATOR


def spilled(*chunks: list[int]) -> Spill:
    spill = Spill()
    for chunk in chunks:
        rows = pl.Series("row", chunk, pl.UInt32)
        source = pl.DataFrame([rows, pl.Series("c0", [f"cell {n}" for n in chunk])])
        recipients = pl.DataFrame([rows, pl.Series("recipient", [f'{{"r":{n}}}' for n in chunk])])
        spill.add(packed(source), packed(recipients))
    return spill


def planned(places: dict[int, int | None]) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"row": list(places), "batch": list(places.values())}, schema={"row": pl.UInt32, "batch": pl.UInt32}
    )
    outcome = pl.when(pl.col("batch").is_null()).then(pl.lit("left_out")).otherwise(pl.lit("planned"))
    return frame.with_columns(outcome=outcome.cast(ROWS_SCHEMA["outcome"]))


def test_batches_reach_across_chunks_and_leave_out_rows_that_left():
    rows = planned({2: 1, 3: None, 4: 1, 5: 1, 6: 2, 7: 2})
    payloads = list(spilled([2, 3, 4], [5, 6], [7]).payloads(rows))
    join = RECIPIENT_SEPARATOR.join
    assert payloads == [(1, join([b'{"r":2}', b'{"r":4}', b'{"r":5}'])), (2, join([b'{"r":6}', b'{"r":7}']))]


def test_they_can_be_read_again_and_in_turn():
    spill, rows = spilled([2, 3]), planned({2: 1, 3: 1})
    assert list(spill.payloads(rows)) == list(spill.payloads(rows))
    assert [frame["c0"].to_list() for frame in spill.source_columns(rows)] == [["cell 2", "cell 3"]]


def test_source_columns_of_some_rows_come_in_file_order():
    frames = list(spilled([2, 3, 4], [5]).source_columns(planned({3: None, 5: 1})))
    assert [row for frame in frames for row in frame["row"]] == [3, 5]


def test_the_file_has_no_name_and_is_let_go_with_the_plan(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spill = spilled([2])
    file = spill._file
    assert list(tmp_path.iterdir()) == []
    del spill
    assert file.closed
