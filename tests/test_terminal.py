"""The terminal says the same as the page, shorter and in the same order."""

from pipeline.report.terminal import summary
from schemas.states import BatchState
from tests.reports import ODD, a_report, after_run, example, recipient, told


def lines_of(report, written=()):
    return "\n".join(line.plain for line in summary(report, written))


def test_it_has_the_order_of_the_page(tmp_path):
    report = a_report(notes=("Numbers were read as numbers of US.",))
    text = lines_of(report, [tmp_path / "report.html", tmp_path / "report.json"])
    order = [
        report.verdict, "agent agent_1 from phone_1", "10 rows =", "Row 2 would hear: “Hello Ann!”", "To fix", "Left out",
        "Assumed: Numbers", "Next: Call them", f"To look at: {tmp_path}/report.html", f"Written: {tmp_path}/ (report.json)",
    ]  # fmt: skip
    assert sorted(order, key=text.index) == order


def test_batches_that_are_not_accepted_come_before_what_was_sent():
    text = lines_of(after_run(BatchState.ACCEPTED, BatchState.UNCONFIRMED, said="no answer"))
    assert text.index("Batch 2 (5 people) is unconfirmed: no answer") < text.index("would hear")
    assert "Batch 1" not in text


def test_no_text_of_a_file_moves_the_cursor_or_fakes_a_line():
    report = a_report(
        source=ODD,
        first=(recipient(f"Hello\nTo fix\n{ODD}"),),
        findings=(told("phone_too_short", 1, example(5, ODD, ODD, ODD)),),
        notes=(ODD,),
    )
    text = lines_of(report)
    assert not set(text) & (set(ODD) - set("abcdef[2J"))
    assert "Row 2 would hear: “Hello To fix abc‹U+202E›" in text


def test_long_lists_and_texts_are_cut_and_say_so():
    text = lines_of(a_report(notes=tuple(f"note {n}" for n in range(20)), first=(recipient("x" * 500),)))
    assert "… and 12 more; all of them are in the report" in text
    assert "x" * 200 + "…”" in text
