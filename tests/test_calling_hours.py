"""[rules.hours]: what may be written there, and what holds for a place."""

from datetime import date, time

import pytest

from schemas.calling_hours import Hours
from tests.build import a_campaign, problems_of

TEXT = """
[rules.hours]
to = "19:00"
days = ["mon", "Tuesday", " FRI "]
exclude_dates = [2026-12-25, "2026-12-26"]
[rules.hours.countries.DE]
from = "10:00"
exclude_dates = [2026-10-03]
[rules.hours.countries.US]
days = ["sat"]
[rules.hours.states.US-FL]
to = "18:00"
"""
CHRISTMAS = {date(2026, 12, 25), date(2026, 12, 26)}


def hours(text: str = TEXT) -> Hours:
    return a_campaign(text).rules.hours


def test_what_a_place_does_not_say_holds_as_everywhere():
    anywhere, germany = hours().at("", "UTC"), hours().at("DE", "Europe/Berlin")
    assert (anywhere.start, anywhere.to, anywhere.days, anywhere.excluded) == (time(9), time(19), {0, 1, 4}, CHRISTMAS)
    assert (germany.zone, germany.start, germany.to, germany.days) == ("Europe/Berlin", time(10), time(19), {0, 1, 4})
    assert germany.excluded == CHRISTMAS | {date(2026, 10, 3)}
    assert hours().at("FR", "UTC") == anywhere


def test_a_state_has_the_hours_of_its_country_but_for_its_own():
    florida = hours().at("US-FL", "UTC")
    assert (florida.start, florida.to, florida.days) == (time(9), time(18), {5})
    assert hours().at("US-NY", "UTC") == hours().at("US", "UTC")


def test_the_default_is_every_day_from_nine_to_eight_and_nobody_of_an_unknown_zone():
    usual = hours("[rules]\nhours = {}")
    assert usual.at("", "UTC") == Hours().at("US-FL", "UTC")
    assert (usual.start, usual.to, len(usual.days), usual.unknown) == (time(9), time(20), 7, "leave out")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("days = []", "days: must be a list of days"),
        ('days = "mon"', "days: must be a list of days"),
        ('days = ["montag"]', "days: must be a list of days"),
        ('exclude_dates = "2026-12-25"', "exclude_dates: must be a list of dates"),
        ('exclude_dates = ["25.12.2026"]', 'exclude_dates: "25.12.2026" is no date'),
        ("exclude_dates = [2026-12-25T00:00:00]", "exclude_dates: "),
        ('unknown = "call"', "unknown: 'call' is no time zone"),
        ('unknown = "America/New York"', "write one such as America/New_York"),
        ('time_zone = "Eastern"', ""),
        ('postal_code = "{ZIP|or \\"10001\\"}"', "postal_code: must come from the row itself"),
    ],
)
def test_what_cannot_be_meant_is_told(line, told):
    if told:
        (problem,) = problems_of(f"[rules.hours]\n{line}")
        assert told in problem
        assert problem.startswith("[rules.hours]")
    else:
        assert hours(f"[rules.hours]\n{line}")  # a constant; that it reads no column is told when it meets a file


def test_hours_of_a_place_end_after_they_begin_there():
    (problem,) = problems_of('[rules.hours.countries.DE]\nfrom = "20:00"')
    assert problem == "[rules.hours]: DE: hours that begin at 20:00 cannot end at 20:00"


def test_hours_are_written_for_people():
    assert str(Hours()) == "09:00 to 20:00"
    assert (
        str(hours())
        == "09:00 to 19:00 on mon, tue, fri, not on 2026-12-25, not on 2026-12-26; other hours in DE, US, US-FL"
    )
