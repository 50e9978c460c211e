"""The report of a plan: when the calls start, in words."""

from datetime import UTC, datetime

from pipeline.flow import plan
from pipeline.report.make import report_of
from schemas.plan import Memory
from tests.build import a_campaign

NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)  # 07:00 in New York
ACROSS = '[schedule]\ntimezone = "UTC"\n[rules]\nhours = {}\nallowed_countries = "any"\n'


def verdict(folder, text, *numbers):
    file = folder / "people.csv"
    file.write_text("\n".join(["Phone", *numbers]) + "\n", "utf-8")
    return report_of(plan(a_campaign(text), file, Memory(), NOON)).verdict


def test_it_is_said_when_the_calls_start(tmp_path):
    berlin, new_york, san_francisco = "+493012345678", "+12125550100", "+14155550100"
    assert "1 person would be called at once, in 1 batch." in verdict(tmp_path, ACROSS, berlin)
    several = verdict(tmp_path, ACROSS, berlin, new_york, san_francisco)
    assert "3 people would be called from now on, starting at 3 different times, in 3 batches." in several
    assert "from 2030-03-04 14:00 (UTC) on, starting at 2 different times" in verdict(
        tmp_path, ACROSS, new_york, san_francisco
    )
