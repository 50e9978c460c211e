"""The start is a moment in the campaign's zone, also on the days when the clocks change."""

from datetime import UTC, datetime

import pytest

from pipeline.plan.schedule import head_of, start_of
from tests.build import a_campaign

NOON = datetime(2024, 4, 1, 16, tzinfo=UTC)  # 12:00 in New York


def start(written: str, now: datetime = NOON) -> str | None:
    campaign = a_campaign(f'[schedule]\nstart = {written}\ntimezone = "America/New_York"')
    moment = start_of(campaign.schedule, now)
    return None if moment is None else moment.isoformat()


@pytest.mark.parametrize(("written", "moment"), [
    ('"now"', None),
    ('"next 13:00"', "2024-04-01T13:00:00-04:00"),
    ('"next 9:00"', "2024-04-02T09:00:00-04:00"),
    ('"next 12:00"', "2024-04-02T12:00:00-04:00"),
    ('"2024-04-03 09:00"', "2024-04-03T09:00:00-04:00"),
    ("2024-04-03T09:00:00", "2024-04-03T09:00:00-04:00"),
    ("2024-04-03T09:00:00+02:00", "2024-04-03T09:00:00+02:00"),
])  # fmt: skip
def test_each_way_to_write_a_start(written, moment):
    assert start(written) == moment


def test_next_is_the_local_time_also_after_the_clocks_changed_overnight():
    evening = datetime(2024, 3, 9, 20, tzinfo=UTC)
    assert start('"next 09:00"', evening) == "2024-03-10T09:00:00-04:00"


def test_the_head_carries_whole_seconds_and_leaves_out_a_start_of_now():
    campaign = a_campaign()
    assert head_of(campaign, NOON).start == 1711987200
    assert b"scheduled_time_unix" not in head_of(campaign, None).compose()
