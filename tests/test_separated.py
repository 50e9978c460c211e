"""Text of a frame in its source's dialect reads back cell by cell."""

import csv
import io
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.plan.ingest import Export
from pipeline.report.separated import first_line, lines, marked, sayable
from schemas.dialect import Dialect
from schemas.source_table import SourceTable

#: What a cell may hold that a sloppy writer loses; all of it is in Windows-1252.
CELLS = st.text("=+@-'\"a1 ,;\t|\r\nüß€…0.", max_size=12)
ENCODINGS = st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "cp1252"])
DIALECTS = st.builds(
    Dialect, ENCODINGS, st.booleans(), st.sampled_from(",;\t|"), st.just('"'), st.sampled_from(["\n", "\r\n"])
)


def written(frame: pl.DataFrame, dialect: Dialect) -> bytes:
    return first_line(frame.columns, dialect) + lines(frame, dialect)


def read(content: bytes, dialect: Dialect) -> list[list[str]]:
    text = content.decode(dialect.encoding).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter, quotechar=dialect.quote or '"'))


def possible(dialect: Dialect) -> Dialect:
    """Windows-1252 has no mark, and UTF-8 without one is written only where it is ASCII."""
    return replace(dialect, bom=dialect.encoding != "cp1252")


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=4), DIALECTS)
def test_every_cell_reads_back_as_it_was(rows, dialect):
    frame = pl.DataFrame(rows, schema={"Name": pl.String, "campaign_reasons": pl.String}, orient="row")
    here = possible(dialect)
    assert read(written(frame, here), here) == [["Name", "campaign_reasons"], *map(list, rows)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_program_reads_it_back_too(tmp_path, encoding, delimiter):
    names = ['say "hi", ok', "two\nlines", "Zoë", " padded ", "=1+1", "'+1", "a;b\tc", "007"]
    cells = {"Id": [f"r{at}" for at in range(len(names))], "Name": names, "Phone": ["+14155552671"] * len(names)}
    dialect = possible(Dialect(encoding, delimiter=delimiter, newline="\r\n"))
    (tmp_path / "people.csv").write_bytes(written(pl.DataFrame(cells), dialect))
    with Export(tmp_path / "people.csv", SourceTable()) as export:
        assert pl.concat(chunk.frame for chunk in export.chunks())["c1"].to_list() == names
        assert export.headers.texts == ("Id", "Name", "Phone")


def test_utf8_without_a_mark_is_written_only_where_it_is_ascii():
    assert written(pl.DataFrame({"Name": ["Ann"]}), Dialect()) == b"Name\nAnn\n"
    with pytest.raises(UnicodeEncodeError):
        lines(pl.DataFrame({"Name": ["Zoë"]}), Dialect())
    assert written(pl.DataFrame({"Name": ["Zoë"]}), marked(Dialect())) == "\ufeffName\nZoë\n".encode()


def test_a_character_that_the_encoding_lacks_is_an_error_and_nothing_is_put_in_its_place():
    with pytest.raises(UnicodeEncodeError):
        lines(pl.DataFrame({"Name": ["漢字"]}), Dialect("cp1252"))


def test_a_mark_keeps_separator_and_line_end():
    assert marked(Dialect("cp1252", delimiter=";", newline="\r\n")) == Dialect("utf-8", True, ";", '"', "\r\n")


def test_a_text_of_ours_is_said_in_what_the_encoding_has():
    ours = pl.Series("reasons", ["takes 漢, ü …", None, "a\x1eb"])
    assert sayable(ours, Dialect("iso8859-1")).to_list() == ["takes ?, ü ?", "", "a b"]
    assert sayable(ours, Dialect("utf-16-le")).to_list() == ours.to_list()
    assert sayable(ours.clear(), Dialect("cp1252")).to_list() == []
