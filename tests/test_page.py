"""The page: everything said, in order, nothing of a file ever more than text, and never large."""

import json
import re
import stat
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.report.page import MAX_BYTES, page, write_page
from schemas.report import Repair, Repaired
from schemas.states import BatchState
from tests.program import CAMPAIGN, NUMBERS
from tests.reports import (
    MARKUP,
    ODD,
    a_report,
    after_run,
    batch,
    example,
    filled_with,
    recipient,
    told,
    with_a_list,
)  # fmt: skip


class _Read(HTMLParser):
    """A page as a browser reads it: its elements, its headings, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.headings: list[tuple[int, str]] = []
        self.pieces: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in {"bdi", "code", "span", "strong", "q", "a"}:
            self.pieces.append(" ")
        self.elements.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_data(self, data):
        self.pieces.append(data)
        if self.headings:
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())


def text_of(report, beside=()) -> str:
    return _Read(page(report, beside)).text


def test_it_says_everything_in_the_order_of_the_design():
    report = a_report(
        notes=("Numbers without + were read as numbers of US.",),
        unused_columns=("City",),
        findings=(
            told("phone_too_short", 2, example(5, "Phone", "123")),
            told("no_phone", 1, example(9, "Phone")),
            told("phone_fallback", 1, example(7, "Mobile", "-")),
        ),
    )
    order = [
        "7 people would be called at once, in 2 batches.", "7 to call 70 %", "2 to fix 20 %", "1 left out 10 %",
        "agent_1", "phone_1", "Spring survey", "Call them: campaign run with", "United States",
        "Row 2", "Hello Ann!", "name Ann", "vip false", "custom_llm_extra_body.deep.plan 1.5", "Ask Ann.",
        "To fix: 2 rows", "Holds a number that is too short", "What to do: add the missing digits.", "Row 5", "123",
        "Left out: 1 row", "Has no phone number", "What was assumed", "numbers of US", "called on a later phone column",
        "How columns are used", "[columns] phone_number Phone", "1 column is not used: City",
        "Batches (2)", "100", "ingest 0.250", "ab" * 32, "Monday 1 April 2024, 13:00, UTC",
    ]  # fmt: skip
    text, at = text_of(report), 0
    for piece in order:
        assert piece in text[at:], piece
        at = text.index(piece, at)


@pytest.mark.parametrize("report", [a_report(), filled_with("x"), after_run(BatchState.UNCONFIRMED)])
def test_headings_go_down_one_level_at_a_time(report):
    levels = [level for level, _ in _Read(page(report)).headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_every_link_inside_of_the_page_leads_somewhere():
    elements = _Read(page(filled_with("x"), ["to-fix.csv"])).elements
    targets = {attributes["href"] for tag, attributes in elements if tag == "a"} - {"to-fix.csv"}
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert {target.removeprefix("#") for target in targets} <= set(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("text", [MARKUP, ODD, f"{MARKUP}{ODD}" * 20])
def test_what_a_file_holds_is_never_more_than_text(text):
    plain, hostile = _Read(page(filled_with("x"))), _Read(page(filled_with(text)))
    tags = {tag for tag, _ in plain.elements} | {"code"}
    assert {tag for tag, _ in hostile.elements} <= tags
    assert {name for _, attributes in hostile.elements for name in attributes} == {
        name for _, attributes in plain.elements for name in attributes
    }
    assert "49" not in hostile.text.split()
    assert "<script" not in page(filled_with(text))


def test_what_cannot_be_seen_is_named_and_text_of_files_is_isolated():
    html = page(a_report(findings=(told("phone_too_short", 2, example(5, ODD, ODD)),)))
    assert (
        "<bdi>abc‹U+202E›‹U+2066›‹U+2069›‹U+200F›‹U+0000›‹U+001B›[2J‹U+0085›‹U+2028›‹U+FEFF›‹U+D800›def</bdi>" in html
    )
    assert not set(html) & (set(ODD) - set("abcdef[2J"))


def test_letters_and_emoji_that_are_joined_stay_joined():
    assert "می‌خواهم 👩‍👩‍👧" in page(a_report(unused_columns=("می‌خواهم 👩‍👩‍👧",)))


def test_a_long_text_is_cut_and_says_so():
    report = a_report(first=(recipient("a" * 10_000, bio="b" * 10_000),), notes=("c" * 10_000,))
    text = text_of(report).replace(" …", "…")
    assert "a" * 600 + "… (cut: 10,000 characters)" in text
    assert "b" * 300 + "… (cut: 10,000 characters)" in text
    assert "c" * 1000 + "… (cut: 10,000 characters)" in text
    assert all(letter * 1001 not in text for letter in "abc")


def test_a_list_that_is_cut_says_so():
    names = tuple(f"Column {number}" for number in range(500))
    variables = {f"v{number}": "x" for number in range(498)}
    report = a_report(
        unused_columns=names,
        first=(recipient(**variables),),
        batches=tuple(batch(number, 1) for number in range(1, 1001)),
        findings=(told("phone_too_short", 1234, example(5, "Phone", "123")),),
    )
    text = text_of(report)
    assert "500 columns are not used" in text
    assert "… and 400 more columns" in text
    assert "… and 470 more of them" in text
    assert "… and 900 more batches" in text
    assert "… and 1,233 more rows" in text
    assert "… and 6 more people" in text


@pytest.mark.parametrize("text", ["x", "\x00", '"', "\U0010ffff", "`", "{{a}}", "\n"])
def test_it_is_below_a_megabyte_whatever_the_file_holds(text):
    html = page(filled_with(text * 10_000, width=1000), [text * 100])
    assert len(html.encode()) < MAX_BYTES
    assert "(cut: 10,000 characters)" in html or len(text) > 1


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(), max_size=40))
def test_any_text_makes_a_page(text):
    html = page(filled_with(text, width=2))
    assert html.encode().decode() == html
    assert {tag for tag, _ in _Read(html).elements} <= {tag for tag, _ in _Read(page(filled_with("x"))).elements}


def test_it_may_load_nothing_and_only_its_own_style_holds():
    html = page(a_report())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)[1]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"https?:|//", html)
    assert " style=" not in html


def test_after_a_run_it_says_what_the_service_answered_and_what_to_do():
    states = (BatchState.ACCEPTED, BatchState.REFUSED, BatchState.UNCONFIRMED, BatchState.PLANNED)
    text = text_of(after_run(*states, said="<b>no</b>", named_rows=(5, 19)))
    for piece in (
        "5 accepted", "5 unconfirmed", "5 refused by the service", "5 not sent yet", "run 4 of people.csv",
        "2 5 refused <b>no</b> It names rows 5, 19 of the file.", "campaign batch settle 4 BATCH", "campaign resume",
        "may be called again", "campaign results", "btcal_1",
    ):  # fmt: skip
        assert piece in text
    assert "Every batch is accepted" in text_of(after_run(BatchState.ACCEPTED))


def test_a_plan_that_is_refused_says_why_as_a_list():
    text = text_of(a_report(went_well=False, refusals=("the start lies in the past; set it", "too many; filter")))
    assert "Nothing would be sent. The start lies in the past; set it. Too many; filter." in text


def test_lists_of_people_who_are_not_called_are_told_with_their_age():
    told = text_of(with_a_list())
    for words in (
        "Lists of people who are not called", "dnc.csv (registry)", "12,345", "23 of at most 31", "ef" * 32,
        "Cells that are no number", "column Phone, region US", "The sheet “Oct” was read, of 2",
        "Not read, so they protect nobody: row 5, Phone: 'x' (phone_filler); …",
    ):  # fmt: skip
        assert words in told


def test_starts_are_a_picture_where_they_differ():
    late, early = "2024-04-02T09:00-05:00", "2024-04-01T09:00-05:00"
    several = text_of(a_report(batches=(batch(1, 5, late), batch(2, 2, early), batch(3, 1, early))))
    assert "Monday 1 April 2024, 09:00, UTC-05:00 3 Tuesday 2 April 2024, 09:00, UTC-05:00 5" in several
    assert "When their calls start" not in text_of(a_report())


def test_repaired_cells_are_told_with_what_they_were_read_as():
    cells = (
        Repair(row=5, column="Phone", before="41555•••.0", after="+1415•••71"),
        Repair(row=6, column="Phone", before="n/a", after=""),
    )
    repaired = Repaired(code="phone_decimal", count=4, meaning="read without decimals", examples=cells)
    text = text_of(a_report(repairs=(repaired,)), ["repaired.csv"])
    assert "All of them stand in repaired.csv." in text
    assert "4 cells Read without decimals phone_decimal" in text
    assert "Row 5 Phone 41555•••.0 → +1415•••71 Row 6 Phone n/a → empty … and 2 more cells" in text


def test_a_file_without_rows_makes_a_page():
    counts = dict.fromkeys(("rows", "planned", "to_fix", "left_out", "called_before"), 0)
    report = a_report(counts=counts, findings=(), phones=(), regions=(), first=(), first_rows=(), batches=())
    assert "Nothing: every cell was taken as it stands." in text_of(report)


def test_all_files_of_the_rows_to_fix_are_named():
    text = text_of(a_report(), ["to-fix.csv", "to-fix.xlsx", "left-out.csv"])
    assert "They stand in to-fix.csv and to-fix.xlsx with the reasons" in text
    assert "They stand in left-out.csv." in text
    assert "They stand in to-fix.csv with the reasons" in text_of(a_report())


def test_files_beside_it_are_links(tmp_path):
    path = write_page(a_report(), [tmp_path / "to-fix.csv", tmp_path / "elsewhere" / "report.json"], tmp_path)
    links = {attributes["href"] for tag, attributes in _Read(path.read_text("utf-8")).elements if tag == "a"}
    assert {link for link in links if not link.startswith("#")} == {"to-fix.csv"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_check_writes_the_page_names_it_and_masks_numbers(desk):
    desk.write(people=9, more=f"b1,{MARKUP!r},12\nb2,Ann,(415) 555-26!!\n", campaign=CAMPAIGN.replace("20%", "50%"))
    ended = desk.call("check", str(desk.file))
    path = desk.folder / "people.csv-report" / "report.html"
    assert f"To look at: {path}\n" in ended.out
    html = path.read_text("utf-8")
    assert NUMBERS[0] not in html
    assert "+1415•••00" in html
    assert json.loads((path.parent / "report.json").read_text("utf-8"))["verdict"] in _Read(html).text
    desk.call("check", str(desk.file), "--show-numbers")
    assert NUMBERS[0] in path.read_text("utf-8")


def test_run_writes_it_again_with_what_the_service_answered(desk, at_service):
    at_service()
    desk.write(people=4)
    desk.run()
    text = _Read((desk.folder / "people.csv-report" / "run-1" / "report.html").read_text("utf-8")).text
    assert "4 people: 4 accepted in 2 batches." in text
    assert "run 1 of" in text


def test_no_report_makes_no_page_and_loads_nothing_for_it(desk):
    desk.write()
    code = "import sys; from pipeline.cli import main; main(sys.argv[1:]); sys.exit('jinja2' in sys.modules)"
    arguments = desk.arguments("check", str(desk.file), "--no-report")
    assert subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False).returncode == 0
    assert not (desk.folder / "people.csv-report").exists()
