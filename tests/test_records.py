"""Records are found where Python's csv finds them, whatever the bytes and wherever a window ends."""

import csv
import io
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.plan import records
from pipeline.plan.records import PLAIN, find_records

#: Pieces that make every state of a quoted cell likely.
PIECES = ["a", '"', '""', ",", "\n", "\r\n", '"\n', ',"', '",', " ", "é"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def read(text: str) -> list[list[str]]:
    """What Python's csv makes of the text."""
    return list(csv.reader(io.StringIO(text, newline="")))


def cells(text: str, window: int = 100) -> list[list[str]]:
    """The whole records of a text, cell by cell, as written."""
    block = text.encode()
    found = find_records(block, window=window)
    return [
        PLAIN.written_cells(block[start:end].decode())
        for start, end in zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    ]


@given(TEXTS, st.integers(1, 30))
@example('a,""b\n"c"\n', 1)
@example('"a"b"\n"c\n', 100)
@example('"\n""\n"\n', 1)
def test_records_end_where_csv_ends_them(text, window):
    block = f"{text}\n".encode()
    found = find_records(block, window=window)
    expected = read(block[: found.rest].decode())
    assert found.fields.tolist() == [max(len(cells), 1) for cells in expected]
    rest = block[found.rest :].decode()
    assert not rest or len(read(rest)) == 1  # a quoted cell that is never closed


@given(TEXTS, st.integers(1, 30))
def test_a_window_may_end_at_any_line(text, window):
    block = f"{text}\n".encode()
    whole, parts = find_records(block), find_records(block, window=window)
    for name in ("starts", "ends", "fields", "odd"):
        assert getattr(whole, name).tolist() == getattr(parts, name).tolist()


@given(TEXTS)
def test_a_record_is_odd_if_one_of_its_quotes_does_not_enclose_a_cell(text):
    block = f"{text}\n"
    expected = [any('"' in cell and not PLAIN.is_quoted(cell) for cell in line) for line in cells(block)]
    assert find_records(block.encode()).odd.tolist() == expected


@given(TEXTS)
def test_cells_say_what_csv_reads_unless_text_follows_a_closing_quote(text):
    written = cells(f"{text}\n")
    for line, expected in zip(written, read(f"{text}\n"), strict=False):
        if not any(map(PLAIN.is_broken, line)):
            assert [PLAIN.text_of(cell) for cell in line] == (expected or [""])


@given(TEXTS)
def test_a_quoted_text_is_read_back(text):
    assert read(PLAIN.quoted(text)) == [[text]]
    assert PLAIN.text_of(PLAIN.quoted(text)) == text


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a,b\nc\n", [2, 1]),
        ('"a\nb",c\n', [2]),
        ('"a,b",c\n', [2]),
        ('5" pipe,3" nail\n', [2]),
        ('"a"b,c\n', [2]),
        ("\n\r\n", [1, 1]),
        ('a,"b\n', []),
        ("a,b", []),
        ("", []),
    ],
)
def test_fields_are_counted(text, fields):
    assert find_records(text.encode()).fields.tolist() == fields


@pytest.mark.parametrize(
    ("cell", "broken"), [('5" pipe', False), ('"5"" pipe"', False), ('"5" pipe', True), ('""a', True), ('""', False)]
)
def test_only_text_after_a_closing_quote_is_broken(cell, broken):
    assert PLAIN.is_broken(cell) is broken


def test_time_grows_with_the_bytes_not_with_the_odd_quotes():
    line = b'12,a 5" pipe,Paris\n'
    calm, odd = line.replace(b'"', b"x") * 200_000, line * 200_000
    seconds = []
    for block in (calm, odd):
        began = time.process_time()
        assert find_records(block).fields.tolist() == [3] * 200_000
        seconds.append(time.process_time() - began)
    assert seconds[1] < 20 * seconds[0] + 0.5


def test_a_window_is_widened_to_the_end_of_a_line():
    block = b"a" * (records.WINDOW + 5) + b",b\nc,d\n"
    assert find_records(block).fields.tolist() == [2, 2]
