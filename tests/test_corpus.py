"""Every kind of file in the corpus reads as it was meant, is said, and any table does in any dialect and encoding."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.plan import streams
from pipeline.plan.ingest import Export
from schemas.errors import CampaignError
from schemas.source_table import SourceTable
from tests.corpus import HEADER, PLAIN, ROWS, corpus, written, zipped

KINDS = {kind.name: kind for kind in corpus()}


@pytest.fixture
def read(tmp_path):
    """`read(b"…")` → header, rows without nulls, and the source."""

    def opened(content, ending="csv", chunk_bytes=1 << 20, **declared):
        path = tmp_path / f"people.{ending}"
        path.write_bytes(content)
        with Export(path, SourceTable(**declared), chunk_bytes=chunk_bytes) as export:
            frames = [chunk.frame for chunk in export.chunks()]
        rows = [[cell or "" for cell in row] for frame in frames for row in frame.drop("row").rows()]
        return list(export.headers.texts), rows, export.source

    return opened


def refusal(read, *arguments, **declared):
    with pytest.raises(CampaignError) as raised:
        read(*arguments, **declared)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_of_file_reads_as_it_was_meant_and_is_said(read, kind):
    header, rows, source = read(kind.content, kind.ending)
    assert (header, rows) == (kind.header, kind.rows)
    assert kind.said in " ".join(source.said)


def test_of_a_clean_file_nothing_is_said(read):
    for content in (PLAIN, PLAIN.replace(b"\r\n", b"\n"), b"\xef\xbb\xbf" + PLAIN):
        assert read(content)[2].said == ()


def test_rows_are_numbered_as_the_spreadsheet_shows_them(tmp_path):
    def first(content):
        path = tmp_path / "people.csv"
        path.write_bytes(content)
        with Export(path) as export:
            return next(export.chunks()).frame["row"][0]

    assert first(PLAIN) == 2
    assert first(b"Contacts of March\r\n\r\n" + PLAIN) == 4
    assert first(b"sep=,\r\n" + PLAIN) == 2  # Excel shows no such row


#: Tables that a person could have: names that are words, cells of any text. What is quoted and what not is csv's choice.
TEXTS = st.text(st.characters(codec="cp1252", exclude_categories=["Cc", "Cs"]), max_size=12)
TABLES = st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=8)


@given(
    table=TABLES,
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quote=st.sampled_from(['"', "'"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]),
    chunk_bytes=st.integers(1, 200),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_table_in_any_dialect_and_encoding_reads_back(read, table, delimiter, quote, end, encoding, chunk_bytes):
    header = ["Name", "Phone", "City"]
    content = written(
        [header, *table], delimiter=delimiter, quotechar=quote, quoting=csv.QUOTE_ALL, end=end, encoding=encoding
    )
    read_header, rows, source = read(content, chunk_bytes=chunk_bytes, encoding=encoding)
    assert (read_header, rows) == (header, table)
    assert (source.dialect.delimiter, source.dialect.quote, source.dialect.newline) == (delimiter, quote, end)


@given(names=st.lists(st.sampled_from(["José", "Zoë", "François", "Müller", "O’Brien", "Peña", "Ann"]), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_western_names_are_read_whatever_their_encoding(read, names):
    table = [["Name", "Phone"], *([name, f"+1415555{n:04}"] for n, name in enumerate(names, 2600))]
    for encoding in ("utf-8", "cp1252", "utf-16-le"):
        assert read(written(table, encoding=encoding))[1] == table[1:]


# What is declared, and what cannot be read


def test_what_is_declared_is_believed_and_said(read):
    russian = [["Имя", "Телефон"], ["Анна", "+74951234567"]]
    header, rows, source = read(written(russian, encoding="cp1251"), encoding="windows-1251")
    assert [header, *rows] == russian
    assert source.said == ("The text was read as cp1251, as [source] encoding says.",)
    assert read(b"a;b,c\r\n1;2,3\r\n", delimiter=",")[0] == ["a;b", "c"]
    assert read(b"a;b,c\r\n1;2,3\r\n", delimiter="semicolon")[0] == ["a", "b,c"]


def test_a_file_that_fits_no_encoding_is_refused_with_the_place_of_the_byte(read):
    content = written([["Имя", "Телефон"], ["Анна", "+74951234567"]], encoding="cp1251")
    told = refusal(read, content)
    assert "line 1: byte 1 of the file, 0xc8, is not UTF-8" in told
    assert "[source] encoding" in told


@pytest.mark.parametrize(("encoding", "wrong"), [("cp1252", b"\x81"), ("cp932", b"\x81 "), ("ascii", b"\xe9")])
def test_a_byte_that_the_declared_encoding_lacks_is_refused_with_its_place(read, encoding, wrong):
    content = PLAIN * 3000 + wrong + PLAIN
    told = refusal(read, content, encoding=encoding)
    line = PLAIN.count(b"\n") * 3000 + 1
    assert f"line {line}: byte {len(PLAIN) * 3000 + 1:,} of the file, {wrong[0]:#04x}, is not" in told


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_the_place_is_the_same_wherever_a_piece_ends(read, monkeypatch, size):
    monkeypatch.setattr(streams, "_PIECE", size)
    content = written([["名前", "電話"], ["日本", "1"]], encoding="cp932")
    told = refusal(read, content + b"\x81 ,2\r\n", encoding="cp932")
    assert f"line 3: byte {len(content) + 1} of the file, 0x81" in told


def test_utf_16_that_is_cut_is_refused(read):
    assert "is not UTF-16" in refusal(read, written([HEADER, *ROWS], encoding="utf-16")[:-1])


def test_a_mark_that_says_otherwise_is_told(read):
    assert "mark of UTF-16" in refusal(read, PLAIN.decode().encode("utf-16"), encoding="cp1252")


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"a.csv": PLAIN, "b.csv": PLAIN}, "holds 2 files (a.csv, b.csv); unpack it and name one"),
        ({}, "the zip archive is empty"),
        ({"a.xlsx": zipped({"x": b""})}, "holds a workbook or another archive; unpack it first"),
        ({"Index/Document.iwa": b""}, "Apple Numbers"),
    ],
)
def test_archives_that_hold_no_one_table_are_refused(read, members, told):
    content = zipped(members)
    assert told in refusal(read, content if members else b"PK\x03\x04" + content, "zip")


def test_an_archive_that_is_cut_is_refused(read):
    content = next(kind.content for kind in corpus() if kind.name == "gzip")
    assert "damaged or cut short" in refusal(read, content[:-20], "csv.gz")


def test_a_zip_bomb_takes_no_memory(read):
    bomb = io.BytesIO(zipped({"people.csv": b"a" * 50_000_000})).getvalue()
    assert "longer than 4,194,304 bytes" in refusal(read, bomb, "zip")


# Lines that are no rows


@pytest.mark.parametrize(
    "number", ["+1 415 555 2671", "(415) 555-2671", "01.42.68.53.00", "01-42-68-53-00", "4.15556E+09", "2024-1234"]
)
def test_no_row_in_which_a_number_could_stand_is_left_away(read, number):
    assert len(read(PLAIN + f"\r\nTotal,{number},,,,\r\n".encode())[1]) == len(ROWS) + 1


@pytest.mark.parametrize("date", ["2024-03-14", "14.03.2024 10:30", "3/14/2024", "2024-03-14T10:30:00"])
def test_a_date_is_no_number_to_call(read, date):
    assert len(read(PLAIN + f"\r\nTotal,{date},,,,\r\n".encode())[1]) == len(ROWS)


def test_a_header_below_a_number_is_not_believed(read):
    assert read(b"Ann,+1 415 555 2671,,,,\r\n" + PLAIN)[0][:2] == ["Ann", "+1 415 555 2671"]


def test_one_row_with_an_empty_field_too_many_does_not_widen_the_header(read):
    assert read(b"Name,Phone\r\nLeeds, Yorkshire,\r\n")[0] == ["Name", "Phone"]


def test_what_stands_below_is_told_wherever_a_chunk_ends(read):
    content = PLAIN * 300 + b"\r\nGrand Total,8 records\r\nConfidential\r\n"
    whole = read(content)
    assert "below the table" in whole[2].said[0]
    assert all(
        read(content, chunk_bytes=size)[1:] == whole[1:]
        for size in (20_000, 50_000, *range(len(content) - 65_580, len(content) - 65_500, 13))
    )


def test_a_header_is_not_doubted_without_a_table_below(read):
    assert read(b"Name\r\na,b\r\n")[0] == ["Name"]
    assert read(b"Name,,\r\nAnn,1,2\r\nBob,2,3\r\nCid,3,4\r\n")[0][0] == "Name"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("cell", ["'", "'s-Gravenhage", "'+14155552601", "'a'", "' and '"])
@pytest.mark.parametrize("short", [False, True])
def test_cells_with_apostrophes_swallow_no_row(read, cell, end, short):
    numbers = [f"+1415555260{n}" for n in range(6)]
    lines = ["Id,Phone,City", *(f"{n},{number},{cell if n % 2 else 'Rome'}" for n, number in enumerate(numbers))]
    lines += ["9,+14155552699"] * short
    _, rows, _ = read(end.join([*lines, ""]).encode(), "csv")
    assert [row[1] for row in rows][:6] == numbers
    assert [row[2] for row in rows][:6:2] == ["Rome"] * 3
    assert [row[2] for row in rows][1:6:2] == [cell] * 3
