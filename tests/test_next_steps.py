"""What to do next follows from what happened."""

import pytest

from pipeline.report.next_steps import next_steps
from schemas.report import Counts
from schemas.states import BatchState
from tests.reports import a_report, after_run


def said(report):
    return " ".join(next_steps(report))


def test_a_plan_that_would_go_is_heard_then_sent():
    text = said(a_report())
    assert text.index("`campaign test`") < text.index("`campaign run`")
    assert "to-fix.csv" in text


def test_a_plan_that_is_refused_is_not_sent():
    assert "campaign run" not in said(a_report(refusals=("too many",)))


def test_nobody_new_and_nothing_to_fix_needs_nothing():
    assert said(a_report(counts=Counts(rows=1, planned=0, to_fix=0, left_out=0, called_before=1))) == ""


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (BatchState.ACCEPTED, "`campaign results`"),
        (BatchState.PLANNED, "`campaign resume`"),
        (BatchState.REFUSED, "may be called again"),
        (BatchState.UNCONFIRMED, "`campaign batch settle 4 BATCH`"),
    ],
)
def test_each_answer_has_its_next_step(state, wanted):
    assert wanted in said(after_run(state))
    others = [each for each in (BatchState.ACCEPTED, BatchState.PLANNED) if each is not state]
    assert all(wanted not in said(after_run(other)) for other in others)
