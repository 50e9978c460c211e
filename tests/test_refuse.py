"""A run refuses, before anything is sent, what the campaign's own limits forbid."""

from datetime import UTC, datetime

import polars as pl
import pytest

from pipeline.plan.refuse import any_hour, notes_of, refusals_of
from pipeline.plan.schedule import start_of
from schemas.headers import Headers
from schemas.plan import ROWS_SCHEMA
from tests.build import a_campaign, bound

NOW = datetime(2024, 4, 1, 12, tzinfo=UTC)


def refusals(
    text: str = "",
    now: datetime = NOW,
    *,
    headers: tuple[str, ...] = (),
    is_told: bool = False,
    late: int = 0,
    **outcomes: int,
) -> tuple[str, ...]:
    told = [name for name, count in (outcomes or {"planned": 1}).items() for _ in range(count)]
    rows = pl.DataFrame({"outcome": pl.Series(told, dtype=ROWS_SCHEMA["outcome"])}).with_columns(
        told=pl.Series([is_told and each == "to_fix" for each in told], dtype=pl.Boolean)
    )
    campaign = a_campaign(text)
    return refusals_of(campaign, Headers(headers), rows, start_of(campaign.schedule, now), now, late=late)


def test_more_people_than_max_calls_refuse_the_run():
    assert refusals(planned=1000) == ()
    assert "1,001 people" in refusals(planned=1001)[0]


def test_max_to_fix_is_a_share_of_the_rows_not_called_before():
    text = '[rules]\nmax_to_fix = "10%"'
    assert refusals(text, planned=9, to_fix=1) == ()
    assert "1 of 9 new rows" in refusals(text, planned=8, to_fix=1, called_before=91)[0]


def test_rows_to_fix_that_the_last_run_told_of_do_not_count_again():
    text = '[rules]\nmax_to_fix = "5%"'
    assert refusals(text, planned=1, to_fix=1)
    assert refusals(text, planned=1, to_fix=1, is_told=True) == ()


def test_max_to_fix_may_be_a_number_of_rows():
    assert refusals("[rules]\nmax_to_fix = 1", planned=1, to_fix=1) == ()
    assert refusals("[rules]\nmax_to_fix = 1", planned=1, to_fix=2)


def test_a_start_in_the_past_refuses_the_run():
    assert "past" in refusals('[schedule]\nstart = "2024-04-01 11:59"')[0]
    assert refusals('[schedule]\nstart = "2024-04-01 12:01"') == ()


def test_a_start_outside_the_hours_is_no_reason_for_people_are_called_in_their_own():
    assert refusals('[schedule]\nstart = "2024-04-02 03:00"\n[rules]\nhours = {}') == ()


def test_nobody_left_in_time_refuses_the_run_and_some_left_do_not():
    assert "none of 3 people can be called in time" in refusals(late=3, left_out=3)[0]
    assert refusals(late=3, planned=1, left_out=3) == ()


def test_that_nobody_knows_when_the_calls_are_over_is_said_where_it_matters():
    capacity = "[rules.capacity]\nconcurrency = 2\nminutes_per_call = 3"
    said = [any("[rules.capacity]" in note for note in notes_of(a_campaign(text), bound(text, "Phone"))) for text in (
        "[rules.hours]", f"[rules.hours]\n{capacity}", "", '[schedule]\nfinish_by = "2024-04-02 03:00"',
    )]  # fmt: skip
    assert said == [True, False, False, True]


def test_a_quiet_night_is_not_refused_for_its_start():
    assert refusals('[schedule]\nstart = "2020-01-01 03:00"', called_before=5) == ()


def test_what_was_assumed_is_said():
    text = '[overrides.agent]\nlanguage = "german"'
    notes = notes_of(a_campaign(text), bound(text, "Phone"))
    assert [("US" in note, "[overrides.agent] language = 'german'" in note) for note in notes] == [
        (True, False),
        (False, True),
    ]


def test_a_listed_constant_is_no_assumption():
    text = '[phone]\ndefault_region = "DE"\n[overrides.agent]\nlanguage = "de"\n[columns]\ncountry = "{Country}"'
    assert notes_of(a_campaign(text), bound(text, "Phone", "Country")) == ()


def test_a_column_that_seems_to_say_no_and_is_not_heeded_refuses_the_run():
    (said,) = refusals(headers=("Phone", "Do Not Call"))
    assert "the column Do Not Call" in said
    assert 'write [rules] do_not_call = { column = "{Do Not Call}" }, or [source] ignore = ["{Do Not Call}"]' in said


@pytest.mark.parametrize(
    "text",
    [
        '[source]\nignore = ["do not call"]',
        '[source]\nignore = ["{Do Not Call}"]',
        '[rules]\ndo_not_call = { column = "{Do Not Call}" }',
    ],
)
def test_a_column_that_is_ignored_by_name_or_read_by_a_rule_is_heeded(text):
    assert refusals(text, headers=("Phone", "Do Not Call")) == ()


def test_each_column_that_says_no_has_to_be_heeded_and_a_variable_is_not_enough():
    text = '[rules]\ndo_not_call = { column = "{DNC}" }\n[dynamic_variables]\nx = "{Has Opted Out}"'
    (said,) = refusals(text, headers=("DNC", "Has Opted Out"))
    assert "Has Opted Out" in said


def test_what_to_write_for_a_column_that_asks_for_consent_leaves_out_all_others():
    (said,) = refusals(headers=("Marketing consent",))
    assert 'values = ["*"], free = ["yes"]' in said


def test_a_consent_that_was_taken_back_is_not_advised_to_be_read_as_one():
    (said,) = refusals(headers=("Phone", "Consent Withdrawn"))
    assert 'write [rules] do_not_call = { column = "{Consent Withdrawn}", values = ["*"] }, or' in said
    (said,) = refusals('[rules.consent]\ncolumn = "{OK}"', headers=("OK", "Opt In Revoked"))
    assert 'write [rules.consent] revoked = "{Opt In Revoked}", or' in said
    text = '[rules.consent]\ncolumn = "{OK}"\nrevoked = "{Gone}"'
    assert "do_not_call = {" in refusals(text, headers=("OK", "Gone", "Opt In Revoked"))[0]


def test_what_is_still_to_be_filled_in_is_said():
    text = '[campaign]\nagent_id = "TODO"'
    assert notes_of(a_campaign(text), bound(text, "Phone"))[0].startswith("[campaign] agent_id will be filled in")


def test_that_people_may_be_called_at_any_hour_is_said():
    assert [*any_hour(a_campaign('[rules]\nhours = "any"'))] == [
        'People may be called at any hour: [rules] hours = "any".'
    ]
    assert [*any_hour(a_campaign("[rules]\nhours = {}"))] == []


def test_an_end_before_the_start_is_not_blamed_on_the_hours():
    [said] = refusals('[schedule]\nfinish_by = "2024-04-01 11:00"\ntimezone = "UTC"', late=3, left_out=3)
    assert "finish_by, 2024-04-01 11:00, is not after their start, 2024-04-01 12:00" in said
    assert "hours" not in said
    assert "hours" in refusals('[schedule]\nfinish_by = "2024-04-01 13:00"\ntimezone = "UTC"', late=3, left_out=3)[0]
