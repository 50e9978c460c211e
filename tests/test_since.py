"""What may happen to a saved plan before it is run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.since import less, refuse_old
from schemas.errors import CampaignError
from schemas.outcomes import Outcome
from schemas.plan import ROWS_SCHEMA
from tests.plans import NOW, campaign, people, plan_of

AT = datetime.fromtimestamp(NOW, UTC)  # 09:00 in New York


def without(plan, gone):
    leaves = (pl.col("outcome") == Outcome.PLANNED) & pl.col("row").is_in(list(gone))
    outcome = pl.when(leaves).then(pl.lit(Outcome.CALLED_BEFORE, ROWS_SCHEMA["outcome"])).otherwise("outcome")
    return less(plan, plan.rows.with_columns(outcome=outcome))


@given(st.sets(st.integers(2, 9)), st.integers(1, 4))
def test_who_left_is_in_no_batch_and_all_others_stay_in_theirs_in_order(gone, per_batch):
    plan = plan_of(people(2, 8), per_batch=per_batch)
    left = without(plan, gone)
    before = {row: batch for row, batch in plan.rows.select("row", "batch").rows() if row not in gone}
    planned = left.rows.drop_nulls("batch")
    assert dict(planned.select("row", "batch").rows()) == before
    for (number,), part in planned.group_by("batch", maintain_order=True):
        assert part["position"].to_list() == list(range(part.height))
        (batch,) = (each for each in left.batches if each.number == number)
        was = plan.batches[number - 1]
        assert batch.recipients == part.height
        assert was.body_bytes - batch.body_bytes == (was.recipients - part.height) * (100 + len(",\n"))
    assert {batch.number for batch in left.batches} == set(planned["batch"])


def test_a_plan_that_nobody_left_is_the_same():
    plan = plan_of(people())
    assert without(plan, []) is plan


def test_a_plan_is_valid_for_three_days_unless_the_campaign_says_otherwise():
    plan = plan_of(people())
    refuse_old(plan, AT + timedelta(days=3))
    with pytest.raises(CampaignError, match="expired"):
        refuse_old(plan, AT + timedelta(days=3, seconds=1))
    rules = campaign("a").rules.model_copy(update={"plan_valid": 1})
    with pytest.raises(CampaignError, match="plan_valid = 1d"):
        refuse_old(replace(plan, campaign=plan.campaign.model_copy(update={"rules": rules})), AT + timedelta(days=2))


def test_who_was_called_since_is_not_called_a_further_time_by_the_same_plan():
    plan = plan_of(people(2, 3))
    again = pl.when(pl.col("row") == 3).then(pl.lit(2, ROWS_SCHEMA["attempt"])).otherwise("attempt")
    left = less(plan, plan.rows.with_columns(attempt=again))
    assert left.rows["outcome"].to_list() == ["planned", "called_before", "planned"]
    assert left.rows["attempt"].to_list() == [None, None, None]
