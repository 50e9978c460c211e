"""The calendar of each row: from all that it tells of where somebody may be, judged once for each combination."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.flow import plan
from pipeline.plan.calendars import in_one, with_calendars
from pipeline.plan.locate import locate
from schemas.calendars import Calendar, LocalHours
from schemas.calling_hours import Hours
from schemas.outcomes import Outcome
from schemas.plan import Memory
from tests.build import a_campaign, a_frame, bound, codes_of

SINCE = datetime(2026, 5, 4, 12, tzinfo=UTC)
MAPPED = """
[columns]
country = "{Country}"
[rules.hours]
time_zone = "{Zone}"
postal_code = "{ZIP}"
state = "{State}"
"""
HEADERS = ("Phone", "Zone", "ZIP", "Country", "State")
SAN_FRANCISCO, MIAMI, BERLIN, TOLL_FREE, GLOBAL = 14155550100, 13055550100, 493012345678, 18005550100, 88312345678
SYDNEY_MOBILE, SAN_JUAN = 61491570156, 17875550100


def judged(text: str, *rows: tuple):
    """Each row's calendar, or its code; a row is a number and what HEADERS name after it."""
    frame = a_frame(*(tuple(map(str, (*row, *[""] * (len(HEADERS) - len(row))))) for row in rows))
    numbers = pl.Series("e164", [row[0] for row in rows], pl.Int64)
    frame = frame.with_columns(numbers, whatsapp=pl.lit(None, pl.String))
    campaign = a_campaign(text)
    given, calendars, found = with_calendars(
        locate(frame, campaign.rules.facts), bound(text, *HEADERS), campaign.rules.hours, SINCE
    )
    codes = dict(codes_of(found))
    return [codes.get(row) or calendars[at] for row, at in given.select("row", "calendar").rows()]


def zones(text: str, *rows: tuple):
    return [each if isinstance(each, str) else (each.zones, each.evidence) for each in judged(text, *rows)]


def test_the_number_tells_where_nothing_else_does():
    assert zones(MAPPED, (SAN_FRANCISCO,), (BERLIN,)) == [
        (("America/Los_Angeles",), "number"),
        (("Europe/Berlin",), "number"),
    ]
    assert zones("[rules]\nhours = {}", (SAN_FRANCISCO,)) == [(("America/Los_Angeles",), "number")]


def test_a_number_that_tells_no_place_has_all_zones_of_its_country():
    ((american, words), (australian, _)) = zones(MAPPED, (TOLL_FREE,), (SYDNEY_MOBILE,))
    assert words == "country of the number"
    assert {"America/New_York", "Pacific/Honolulu"} <= set(american)
    assert {"Australia/Perth", "Australia/Hobart"} <= set(australian)
    assert zones(MAPPED, (TOLL_FREE, "", "10001")) == [(("America/New_York",), "postal code, country of the number")]


def test_all_evidence_counts():
    assert zones(MAPPED, (SAN_FRANCISCO, "Pacific", "94103")) == [
        (("America/Los_Angeles",), "time zone, postal code, number")
    ]
    assert zones(MAPPED, (SAN_FRANCISCO, "", "10001")) == [
        (("America/Los_Angeles", "America/New_York"), "postal code, number (they disagree)")
    ]


def test_a_postal_code_is_a_zip_code_only_in_the_united_states():
    assert zones(MAPPED, (BERLIN, "", "10115"), (SAN_FRANCISCO, "", "10115", "Germany")) == [
        (("Europe/Berlin",), "number"),
        (("America/Los_Angeles",), "number"),
    ]
    assert zones(MAPPED, (BERLIN, "", "10115", "USA")) == [
        (("America/New_York", "Europe/Berlin"), "postal code, number (they disagree)")
    ]


def test_the_country_that_a_row_names_tells_where_nothing_else_does():
    assert zones(MAPPED, (GLOBAL, "", "", "Austria"), (BERLIN, "", "", "Austria"), (SAN_JUAN, "", "", "USA")) == [
        (("Europe/Vienna",), "country"),
        (("Europe/Berlin",), "number"),
        (("America/Puerto_Rico",), "number"),
    ]
    assert zones(MAPPED, (GLOBAL, "", "", "Utopia"), (GLOBAL, "Eastern", "", "Austria")) == [
        "zone_unknown",
        (("America/New_York",), "time zone"),
    ]


def test_a_zone_that_cannot_be_read_is_to_fix():
    assert zones(MAPPED, (SAN_FRANCISCO, "Mars"), (SAN_FRANCISCO, "n/a")) == [
        "time_zone_unknown",
        (("America/Los_Angeles",), "number"),
    ]


def test_an_unknown_zone_leaves_out_or_is_the_one_that_the_campaign_names():
    assert zones(MAPPED, (GLOBAL,)) == ["zone_unknown"]
    named = MAPPED + 'unknown = "America/Denver"'
    assert zones(named, (GLOBAL,)) == [(("America/Denver",), "[rules.hours] unknown")]


def test_a_row_without_a_number_is_told_once():
    frame = a_frame(("", "Mars")).with_columns(e164=pl.lit(None, pl.Int64), whatsapp=pl.lit(None, pl.String))
    text = '[rules.hours]\ntime_zone = "{Zone}"'
    located = locate(frame, {"region", "zones"})
    given, calendars, found = with_calendars(located, bound(text, "Phone", "Zone"), a_campaign(text).rules.hours, SINCE)
    assert (given["calendar"].to_list(), calendars, found.height) == ([None], (), 0)


def test_zones_that_share_no_hour_leave_out():
    text = MAPPED + 'from = "09:00"\nto = "12:00"'
    assert zones(text, (SAN_FRANCISCO, "Asia/Tokyo")) == ["no_common_hours"]


STATES = (
    MAPPED
    + """
[rules.hours.countries.DE]
to = "18:00"
[rules.hours.states.US-FL]
to = "17:00"
[rules.hours.states.US-TX]
from = "10:00"
"""
)


def hours_of(each: Calendar) -> set[tuple[int, int]]:
    return {(clock.start.hour, clock.to.hour) for clock in each.clocks}


@pytest.mark.parametrize(
    ("row", "hours"),
    [
        ((BERLIN,), {(9, 18)}),
        ((SAN_FRANCISCO,), {(9, 20)}),
        ((MIAMI,), {(9, 17)}),
        ((MIAMI, "", "94103"), {(9, 17), (9, 20)}),  # lives in California, by an area code of Florida
        ((SAN_FRANCISCO, "", "", "", "Florida"), {(9, 17), (9, 20)}),
        ((SAN_FRANCISCO, "", "33101"), {(9, 17), (9, 20)}),
        ((TOLL_FREE,), {(9, 17), (10, 20), (9, 20)}),  # any state: the strictest of them all
        ((TOLL_FREE, "", "94103"), {(9, 20)}),
        ((SAN_FRANCISCO, "", "", "Germany"), {(9, 18), (9, 20)}),
        ((BERLIN, "", "", "", "FL"), {(9, 18)}),  # no state of the US
    ],
)
def test_hours_are_those_of_every_place_that_may_be_it(row, hours):
    assert hours_of(*judged(STATES, row)) == hours


@pytest.mark.parametrize("state", ["Flrida", "Fla.", "Miami, FL", "Ontario"])
def test_a_state_that_cannot_be_read_is_to_fix_where_hours_hang_on_it(state):
    assert (
        judged(STATES, (SAN_FRANCISCO, "", "", "", state), (TOLL_FREE, "", "", "usa", state)) == ["state_unknown"] * 2
    )
    assert judged(MAPPED, (SAN_FRANCISCO, "", "", "", state)) == judged(MAPPED, (SAN_FRANCISCO,))


def test_a_state_of_another_country_or_none_is_no_fault():
    assert hours_of(*judged(STATES, (14165550100, "", "", "", "Ontario"))) == {(9, 20)}
    assert hours_of(*judged(STATES, (SAN_FRANCISCO, "", "", "Canada", "Ontario"))) == {(9, 20)}
    assert hours_of(*judged(STATES, (BERLIN, "", "", "", "Bayern"))) == {(9, 18)}
    assert hours_of(*judged(STATES, (TOLL_FREE, "", "", "", "n/a"))) == {(9, 17), (10, 20), (9, 20)}


def test_a_postal_code_that_tells_no_place_is_said_and_leaves_the_rest_to_count():
    rows = [(SAN_FRANCISCO, "", code) for code in ("331", "ABCDE", "00000", "94103", "n/a")] + [(BERLIN, "", "331")]
    frame = a_frame(*(tuple(map(str, (*row, "", ""))) for row in rows)).with_columns(
        pl.Series("e164", [row[0] for row in rows]), whatsapp=pl.lit(None, pl.String)
    )
    located = locate(frame, {"region", "zones"})
    given, _, found = with_calendars(located, bound(MAPPED, *HEADERS), a_campaign(MAPPED).rules.hours, SINCE)
    assert found.select("code", "column", "value").rows() == [
        ("postal_code_unknown", "ZIP", code) for code in ("331", "ABCDE", "00000")
    ]
    assert given["calendar"].null_count() == 0


def test_rows_with_the_same_hours_share_one_calendar():
    rows = [(SAN_FRANCISCO + n % 7, "", "") for n in range(50)]
    frame = a_frame(*((str(number), "") for number, *_ in rows)).with_columns(
        pl.Series("e164", [row[0] for row in rows]), whatsapp=pl.lit(None, pl.String)
    )
    text = "[rules]\nhours = {}"
    given, calendars, _ = with_calendars(locate(frame, {"region", "zones"}), bound(text, "Phone", "X"), Hours(), SINCE)
    assert (len(calendars), given["calendar"].unique().to_list()) == (1, [0])


def test_calendars_of_several_chunks_become_one_list():
    one, two = (Calendar((LocalHours(zone, Hours().start, Hours().to),), "number") for zone in ("UTC", "Asia/Tokyo"))
    parts = [((0, 1, None), (one, two)), ((0, 0), (two,)), ((None,), ())]
    frames = [(pl.DataFrame({"calendar": pl.Series(places, dtype=pl.UInt32)}), known) for places, known in parts]
    together, calendars = in_one(frames)
    assert (together["calendar"].to_list(), calendars) == ([0, 1, None, 1, 1, None], (one, two))


CELLS = st.tuples(
    st.sampled_from(["+14155550100", "+13055550100", "+18005550100", "+493012345678", "+61491570156", "+912212345678", "+6621234567", "+88312345678"]),
    st.sampled_from(["", "Eastern", "Asia/Kathmandu", "Pacific/Kiritimati", "America/St_Johns", "Mars"]),
    st.sampled_from(["", "10001", "96813", "99501", "2139"]),
    st.sampled_from(["", "US", "DE", "Utopia"]),
    st.sampled_from(["", "FL", "Texas", "Bayern"]),
)  # fmt: skip


@given(rows=st.lists(CELLS, min_size=1, max_size=6), hour=st.integers(0, 8_000))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_is_called_outside_the_hours_of_any_place_that_the_row_tells(tmp_path, rows, hour):
    file = tmp_path / "people.csv"
    file.write_text("\n".join([",".join(HEADERS), *(",".join(row) for row in rows)]) + "\n", "utf-8")
    now = datetime.fromtimestamp(SINCE.timestamp() + hour * 3600, UTC)
    made = plan(a_campaign(STATES), file, Memory(), now)
    rows_called = made.rows.filter(pl.col("outcome") == Outcome.PLANNED)
    for row, at in rows_called.select("row", "calendar").rows():
        window = made.calendars[at].window_at_or_after(now.timestamp())
        for moment in (window[0], window[1] - 1):
            for zone, latest in told_by(*rows[row - 2]):
                local = datetime.fromtimestamp(moment, ZoneInfo(zone))
                assert 9 <= local.hour < latest


def told_by(number: str, zone: str, postal: str, country: str, state: str):
    """The oracle: a zone that the row speaks of, and the hour at which calls end at the latest."""
    places = {"+1415": "America/Los_Angeles", "+1305": "America/New_York", "+4930": "Europe/Berlin", "+9122": "Asia/Kolkata", "+6621": "Asia/Bangkok"}  # fmt: skip
    known = {"Eastern": "America/New_York"}.get(zone, zone)
    home = {
        "10001": "America/New_York",
        "96813": "Pacific/Honolulu",
        "99501": "America/Anchorage",
        "2139": "America/New_York",
    }
    is_american = number.startswith("+1") if country in {"", "Utopia"} else country == "US"
    latest = 17 if number.startswith("+1305") else 18 if number.startswith("+49") or country == "DE" else 20
    latest = min(latest, 17 if state == "FL" and (number.startswith("+1") or country == "US") else 20)
    address = home.get(postal) if is_american else None
    yield from ((each, latest) for each in (known, places.get(number[:5]), address) if each)


def test_what_the_zones_are_known_by_is_said_with_what_holds_for_most_first(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("Phone,ZIP\n+14155550100,\n+14155550101,10001\n+14155550102,\n,\n", "utf-8")
    campaign = a_campaign('[rules.hours]\npostal_code = "{ZIP}"')
    (said,) = (note for note in plan(campaign, file, Memory(), SINCE).notes if "zones" in note)
    assert said == "People's time zones are known by: number: 2; postal code, number (they disagree): 1."
    at_any_hour = a_campaign('[rules]\nhours = "any"')
    assert not any("zones" in note for note in plan(at_any_hour, file, Memory(), SINCE).notes)
