"""Ingest reads what people's spreadsheets write, numbers rows as they show them, and says what is wrong, and where."""

import csv
import hashlib
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.plan import blocks, separated
from pipeline.plan.ingest import Export
from schemas.errors import CampaignError
from schemas.findings import FINDINGS_SCHEMA
from tests.build import codes_of

HEADER = b"Name,Phone\n"
#: Any text that a cell can hold; a carriage return alone would be the line end that csv.writer does not quote.
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=8) | st.sampled_from(
    ["", '"', '""', ",", "\n", "\r\n", 'a"b', " ", "\ufeff", "\0", "a,b"]
)


@pytest.fixture
def export(tmp_path):
    """`export(b"…")` → the bytes as an open export."""

    def opened(content, **options):
        path = tmp_path / "people.csv"
        path.write_bytes(content)
        return Export(path, **options)

    return opened


def frame_of(export):
    """All rows of an export, and all findings."""
    with export:
        chunks = list(export.chunks())
    columns = {f"c{index}": pl.String for index in range(len(export.headers))}
    frames = [pl.DataFrame(schema={"row": pl.UInt32} | columns), *(chunk.frame for chunk in chunks)]
    found = [pl.DataFrame(schema=FINDINGS_SCHEMA), *(chunk.findings for chunk in chunks)]
    return pl.concat(frames), pl.concat(found)


def rows_of(export):
    return frame_of(export)[0].rows()


def refusal(export, content):
    """What is said of a file that cannot be read, without its path."""
    with pytest.raises(CampaignError) as raised, export(content) as opened:
        list(opened.chunks())
    assert "\n" not in str(raised.value)
    return str(raised.value).split("people.csv: ", 1)[1]


# What comes out


def test_every_cell_is_text_as_it_is_written(export):
    assert rows_of(export(HEADER + b" Ann ,007\nJos\xc3\xa9,1e5\n")) == [(2, " Ann ", "007"), (3, "José", "1e5")]


def test_an_empty_cell_is_null_quoted_or_not(export):
    assert rows_of(export(HEADER + b',""\n"",1\n')) == [(2, None, None), (3, None, "1")]


def test_the_frame_has_the_promised_types_and_findings_theirs(export):
    frame, found = frame_of(export(HEADER + b"Ann\n"))
    assert dict(frame.schema) == {"row": pl.UInt32, "c0": pl.String, "c1": pl.String}
    assert dict(found.schema) == FINDINGS_SCHEMA


def test_rows_and_sha256_are_of_the_whole_file(export):
    content = b"\xef\xbb\xbf\n" + HEADER + b"Ann,1\n\nBob,2"
    opened = export(content, chunk_bytes=5)
    assert len(rows_of(opened)) == opened.rows == 2
    assert opened.sha256 == hashlib.sha256(content).hexdigest()


def test_a_header_alone_is_no_error(export):
    for content in (HEADER, HEADER.rstrip(), HEADER + b"\n\r\n"):
        opened = export(content)
        assert (rows_of(opened), opened.rows) == ([], 0)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"\n", b"\r\n", b""])
def test_lines_may_end_as_on_any_system_and_the_last_one_not_at_all(export, end, last):
    content = end.join([b"Name,Phone", b'Ann,"1"', b"Bob,2"]) + last
    assert rows_of(export(content)) == [(2, "Ann", "1"), (3, "Bob", "2")]


def test_a_byte_order_mark_is_not_part_of_the_first_header(export):
    with export(b"\xef\xbb\xbf" + HEADER) as opened:
        assert opened.headers.texts == ("Name", "Phone")


def test_a_header_may_be_longer_than_what_is_read_at_first(export, monkeypatch):
    monkeypatch.setattr(separated, "_HEADER_BYTES", 5)
    with export(b'\n"Full\nName",Phone\nAnn,1\n') as opened:
        assert opened.headers.texts == ("Full\nName", "Phone")
        assert [chunk.frame.rows() for chunk in opened.chunks()] == [[(3, "Ann", "1")]]


def test_a_file_is_closed_when_its_header_is_refused_and_at_the_end(export, monkeypatch):
    monkeypatch.setattr(separated, "_HEADER_BYTES", len(HEADER))
    opened = export(HEADER + b"Ann,1\n")
    with opened:
        pass
    with pytest.raises(ValueError, match="closed file"):
        list(opened.chunks())
    refusal(export, b"\n")  # an open file would be a ResourceWarning, which is an error here


def test_blank_and_repeated_headers_are_taken_as_they_are(export):
    with export(b'"Phone",,Phone,"a\nb"\n') as opened:
        assert opened.headers.texts == ("Phone", "", "Phone", "a\nb")


# Numbers of rows


def test_a_quoted_line_break_counts_as_one_row(export):
    assert [row for row, *_ in rows_of(export(HEADER + b'"Ann\nLee",1\n"Bob\r\n\r\nRoy",2\nCid,3\n'))] == [2, 3, 4]


def test_blank_lines_count_as_rows_but_are_none(export):
    opened = export(b"\n\r\n" + HEADER + b"\nAnn,1\n\r\n\nBob,2\n\n")
    assert rows_of(opened) == [(5, "Ann", "1"), (8, "Bob", "2")]
    assert opened.rows == 2


def test_an_empty_cell_in_quotes_is_no_blank_line(export):
    assert rows_of(export(b'Phone\n""\n\n1\n')) == [(2, None), (4, "1")]


# Rows to fix


def test_rows_with_too_few_or_too_many_fields_are_told_and_the_others_go_on(export):
    frame, found = frame_of(export(HEADER + b"Ann\nBob,2\nCid,3,x,,y\nDan,4\n"))
    assert frame.rows() == [(2, "Ann", None), (3, "Bob", "2"), (4, "Cid", "3,x,,y"), (5, "Dan", "4")]
    assert codes_of(found) == [(2, "fields_missing"), (4, "fields_extra")]
    assert found["detail"].to_list() == ["it has 1 fields, the header has 2", "it has 5 fields, the header has 2"]


def test_an_empty_field_too_many_is_to_fix_for_a_separator_may_have_moved_the_others(export):
    frame, found = frame_of(export(HEADER + b"Leeds, Yorkshire,\nAnn,1\n"))
    assert found.select("row", "code").rows() == [(2, "fields_extra")]
    assert frame.rows() == [(2, "Leeds", " Yorkshire,"), (3, "Ann", "1")]


def test_a_quote_inside_an_unquoted_cell_is_text(export):
    frame, found = frame_of(export(HEADER + b'a 5" pipe,1\nBob "the ""Rock""",2\n "Cid",3\n'))
    assert frame.rows() == [(2, 'a 5" pipe', "1"), (3, 'Bob "the ""Rock"""', "2"), (4, ' "Cid"', "3")]
    assert found.height == 0


def test_text_after_a_closing_quote_is_to_fix_and_stays_as_it_is_written(export):
    frame, found = frame_of(export(HEADER + b'"5" pipe,1\nBob,2\nCid,"3" "4"\n'))
    assert frame.rows() == [(2, '"5" pipe', "1"), (3, "Bob", "2"), (4, "Cid", '"3" "4"')]
    assert codes_of(found) == [(2, "quotes_broken"), (4, "quotes_broken")]
    assert found["detail"].to_list() == ["in the column Name", "in the column Phone"]


def test_a_stray_quote_that_swallows_rows_is_told_with_their_lines(export):
    frame, found = frame_of(export(HEADER + b'"Ann,1\nBob,2\nCid,"3"\nDan,4\n'))
    assert frame.rows() == [(2, '"Ann,1\nBob,2\nCid,"3"', None), (3, "Dan", "4")]
    assert codes_of(found) == [(2, "quotes_broken")]
    assert found["detail"].to_list() == ["in the column Name; it runs over 3 lines: one quote may be too many"]


def test_a_broken_row_has_one_finding(export):
    frame, found = frame_of(export(HEADER + b'"5" pipe\n"6" nail,1,2\n'))
    assert frame.rows() == [(2, '"5" pipe', None), (3, '"6" nail', "1,2")]
    assert codes_of(found) == [(2, "quotes_broken"), (3, "quotes_broken")]


def test_many_odd_rows_take_no_longer_than_they_are_long(export):
    rows = rows_of(export(HEADER + b'a 5" pipe,1\n' * 50_000))
    assert (len(rows), rows[-1]) == (50_000, (50_001, 'a 5" pipe', "1"))


# Files that cannot be read


def test_a_quote_that_swallows_the_rest_is_refused_with_its_row_and_text(export):
    told = refusal(export, HEADER + b'Ann,1\n"Bo\nb",2\nCid,"3\nDan,4\n')
    assert told == "row 4: the quote before '3' is never closed; close it or remove it"
    assert "row 2: the quote at the end of the file" in refusal(export, HEADER + b'Ann,"\n\n')


def test_a_quote_that_swallows_more_than_a_row_can_hold_is_refused_wherever_a_chunk_ends(export, monkeypatch):
    monkeypatch.setattr(blocks, "MAX_RECORD_BYTES", 100)
    content = HEADER + b'Ann,1\nBob,"2\n' + b"Cid,3\n" * 40 + b'Dan,"4"\n' + b"Eve,5\n" * 40
    told = {refusal(lambda text, size=size: export(text, chunk_bytes=size), content) for size in (1, 50, 120, 999)}
    assert told == {"row 3: the quote before '2' is not closed for more than 100 bytes; close it or remove it"}


def test_a_file_without_lines_is_refused(export, monkeypatch):
    monkeypatch.setattr(blocks, "MAX_RECORD_BYTES", 100)
    assert "row 1: it is longer than 100 bytes" in refusal(export, b"x" * 200)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty; export it again"),
        (b"\xef\xbb\xbf", "the file has only blank lines"),
        (b"\n\r\n\n", "the file has only blank lines"),
        (b" ,\n", "row 1: the header names no column"),
        (b'"Name" x,Phone\n', "row 1: a header has text after its closing quote"),
        (b'\n"Name,Phone\nAnn,1\n', "row 2: the quote before 'Name,Phone' is never closed"),
        (b"Na\0me,Phone\nAnn,1\n", "row 1: the header holds NUL bytes"),
        (b"Name,Pho\rne\nAnn,1\n", "row 1: some lines end in carriage returns alone"),
        (b"PK\x03\x04\x14\x00", "the workbook or zip archive is damaged or cut short"),
        (b"\x1f\x8b\x08", "the archive is damaged or cut short"),
        (b"%PDF-1.7 ", "this is a PDF; export it as CSV or Excel"),
        (b"<html><table>", "this is a web page; export it as CSV or Excel"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_with_what_to_do(export, content, told):
    assert refusal(export, content).startswith(told)


def test_a_file_with_carriage_returns_alone_after_its_beginning_is_refused_as_such(export, monkeypatch):
    monkeypatch.setattr(blocks, "MAX_RECORD_BYTES", 100)
    assert "carriage returns alone" in refusal(export, HEADER * 200 + b"Ann,1\r" * 50)


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("line", [b"Caf\xe9,3\n", b'a 5" caf\xe9,3\n', b'"Caf\xe9",3\n'])
def test_bytes_that_are_not_utf_8_are_refused_with_row_and_place(export, size, line):
    content = b"\xef\xbb\xbf" + HEADER + b"Ann,1\n\n" + line + b"Bob,2\n"
    told = refusal(lambda text: export(text, chunk_bytes=size), content)
    assert (
        told
        == f'row 4: byte {content.index(0xE9) + 1} of the file, 0xe9, is not UTF-8; save it as "CSV UTF-8", or say what it is: [source] encoding = "windows-1252"'
    )


def test_a_byte_that_comes_after_all_samples_is_refused_with_row_and_place(export):
    content = HEADER + b"Ann,1\n" * 100_000 + b"Caf\xe9,3\n" + b"Ann,1\n" * 10_000
    assert refusal(export, content).startswith(
        f"row 100002: byte {content.index(0xE9) + 1} of the file, 0xe9, is not UTF-8"
    )


def test_a_header_that_is_not_utf_8_is_refused_with_row_and_place(export):
    assert refusal(export, b"\xef\xbb\xbf\nCaf\xe9\n").startswith("row 2: byte 8 of the file, 0xe9")


def test_a_missing_file_a_folder_and_a_forbidden_file_are_told_apart(tmp_path, monkeypatch):
    with pytest.raises(CampaignError, match="there is no such file"):
        Export(tmp_path / "missing.csv")
    with pytest.raises(CampaignError, match="this is a folder"):
        Export(tmp_path)
    monkeypatch.setattr("pathlib.Path.open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(CampaignError, match="cannot be read: Permission denied"):
        Export(tmp_path / "secret.csv")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and does not read")
def test_a_file_that_fails_while_it_is_read_is_refused():
    with pytest.raises(CampaignError, match="cannot be read: Input/output error"):
        Export(Path("/proc/self/mem"))


# What must always hold


@given(
    table=st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6)
    ),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    chunk_bytes=st.integers(1, 60),
)
@example(table=[["\ufeff"]], quoting=csv.QUOTE_MINIMAL, end="\n", chunk_bytes=1)
@example(table=[["\r\n"], [""]], quoting=csv.QUOTE_ALL, end="\r\n", chunk_bytes=2)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_table_reads_back_as_it_was_written(export, table, quoting, end, chunk_bytes):
    written = io.StringIO(newline="")
    width = len(table[0]) if table else 1
    writer = csv.writer(written, quoting=quoting, lineterminator=end)
    writer.writerows([[f"h{index}" for index in range(width)], *table])
    frame, found = frame_of(export(written.getvalue().encode(), chunk_bytes=chunk_bytes))
    expected = [(row, *(cell or None for cell in cells)) for row, cells in enumerate(table, 2)]
    assert (frame.rows(), found.height) == (expected, 0)


@given(
    content=st.lists(st.sampled_from(["a", '"', '""', ",", "\n", "\r\n", '"\n', '",', "é"]), max_size=30).map("".join),
    chunk_bytes=st.integers(1, 30),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_chunk_may_end_at_any_byte(export, content, chunk_bytes):
    def outcome(size):
        try:
            frame, found = frame_of(export(HEADER + content.encode(), chunk_bytes=size))
        except CampaignError as error:
            return str(error)
        return frame.rows(), found.rows()

    assert outcome(chunk_bytes) == outcome(1000)
