"""Pictures are true to their numbers, and what is there can be seen."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.pictures import bars, slices
from schemas.report import Counts
from schemas.states import BatchState
from tests.reports import a_report, after_run

COUNT = st.integers(0, 2_000_000)


@given(COUNT, COUNT, COUNT, COUNT)
def test_the_bar_is_full_and_its_pieces_follow_each_other(planned, to_fix, left_out, before):
    numbers = {"planned": planned, "to_fix": to_fix, "left_out": left_out, "called_before": before}
    made = slices(a_report(counts=Counts(rows=sum(numbers.values()), **numbers)))
    assert [each.rows for each in made] == [count for count in numbers.values() if count]
    ends = [0.0, *(each.x + each.width for each in made)]
    assert all(abs(each.x - end) < 1e-6 for each, end in zip(made, ends, strict=False))
    assert not made or abs(ends[-1] - 100) < 1e-6
    assert all(each.width > 0.5 for each in made)


def test_after_a_run_the_planned_are_shown_by_what_became_of_them():
    made = slices(after_run(BatchState.ACCEPTED, BatchState.ACCEPTED, BatchState.PLANNED))
    assert [(each.label, each.rows) for each in made[:2]] == [("accepted", 10), ("not sent yet", 5)]


def test_every_state_has_a_place_in_the_bar():
    assert sum(each.rows for each in slices(after_run(*BatchState)) if each.kind not in {"fix", "out"}) == 5 * len(
        BatchState
    )


@given(st.lists(st.tuples(st.text(), COUNT)))
def test_bars_are_as_long_as_what_they_count(counted):
    made = bars(counted)
    assert [(each.what, each.count) for each in made] == counted
    longest = max((count for _, count in counted), default=0)
    for each in made:
        assert each.width == (max(100 * each.count / longest, 0.6) if each.count else 0)
