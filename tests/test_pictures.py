"""Pictures are true to their numbers, and what is there can be seen."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.pictures import bars, slices, times
from schemas.report import Counts
from schemas.states import BatchState
from tests.golden import zones
from tests.reports import a_report, after_run, span

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


@given(st.lists(st.tuples(st.sampled_from(["UTC", "Asia/Tokyo"]), st.integers(0, 24 * 300)), min_size=1, max_size=9))
def test_a_line_of_time_holds_all_of_it_and_what_is_there_can_be_seen(drawn):
    made = times(a_report(timeline=tuple(span(*each) for each in drawn)))
    stretches = [each for line in made.lines for each in line.stretches]
    assert len(stretches) == 2 * len(drawn)
    assert all(0 <= each.x < 99.5 and each.width > 0.5 and each.x + each.width < 100.0001 for each in stretches)
    assert sum(each.people for line in made.lines for each in line.spans) == 2 * len(drawn)
    assert len(made.moments) <= 5
    assert all(0 <= place <= 100 for _, place in made.moments)


def test_days_are_named_once_also_when_the_clocks_change():
    assert [name for name, _ in times(zones()).moments] == ["Sat 31 Oct", "Sun 1 Nov", "Mon 2 Nov"]


def test_calls_lie_within_their_hours():
    for line in times(zones()).lines:
        hours, calls = ([each for each in line.stretches if each.kind == kind] for kind in ("hours", "go"))
        for call, hour in zip(calls, hours, strict=True):
            assert hour.x == call.x
            assert call.width <= hour.width


def test_without_hours_there_is_no_line_of_time():
    assert times(a_report()) is None
