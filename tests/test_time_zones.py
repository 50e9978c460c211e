"""Time zones as people write them."""

from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.time_zones import zones_named

NAMES = sorted(available_timezones() - {"EST", "MST", "HST", "Factory", "localtime"})


@given(st.sampled_from(NAMES))
def test_every_name_of_the_database_is_read_whatever_its_case(name):
    assert zones_named(name) == (name,)
    assert zones_named(f" {name.lower().replace('_', ' ')} ") == zones_named(name.upper())
    assert name.casefold() == zones_named(name.lower())[0].casefold()


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("America/New_York", ["Eastern", "eastern time", "EST", "EDT", "ET", "Eastern Standard Time", "Eastern Daylight Time", "america_slash_new_york"]),
        ("America/New_York", ["(UTC-05:00) Eastern Time (US & Canada)", "(GMT-04:00) Eastern Daylight Time (America/New_York)"]),
        ("America/Chicago", ["Central", "CST", "CT", "Central Standard Time", "(UTC-06:00) Central Time (US & Canada)"]),
        ("America/Denver", ["Mountain", "MDT", "Mountain Time"]),
        ("America/Phoenix", ["Arizona", "US Mountain Standard Time"]),
        ("America/Los_Angeles", ["Pacific", "PST", "PDT", "pt", "Pacific Time"]),
        ("America/Anchorage", ["Alaska", "AKST", "Alaskan Standard Time"]),
        ("Pacific/Honolulu", ["Hawaii", "HST", "Hawaiian Standard Time"]),
        ("Europe/Berlin", ["W. Europe Standard Time", "Europe/Berlin"]),
        ("Europe/London", ["GMT Standard Time"]),
    ],
)  # fmt: skip
def test_words_and_the_names_of_windows_are_read(zone, written):
    assert {text: zones_named(text) for text in written} == dict.fromkeys(written, (zone,))


def test_a_word_for_two_clocks_means_both():
    assert zones_named("MST") == ("America/Denver", "America/Phoenix")


@pytest.mark.parametrize(
    "text", ["", "  ", "Mars", "UTC-5", "(UTC-05:00)", "-0500", "standard time", "time", "New Yrok", "()"]
)
def test_what_names_no_zone_is_not_guessed(text):
    assert zones_named(text) == ()
