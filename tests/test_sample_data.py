"""The sample: contacts.csv is what its generator makes, and each of its rows comes to what it was made for."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime
from functools import cache

import phonenumbers
import pytest

from pipeline.campaign_file import load
from pipeline.flow import plan
from sample_data import generate
from sample_data.generate import PEOPLE, contacts, export
from schemas.codes import CODES
from schemas.outcomes import Outcome, Weight
from schemas.plan import Memory, Plan

FOLDER = generate.FOLDER
CONTACTS = FOLDER / "contacts.csv"
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)

#: Codes that a file can bring out only with other keys in the campaign file, or with an earlier run.
ELSEWHERE = {
    "phone_country_missing", "date_ambiguous", "out_of_range", "recipient_too_large", "called_before", "over_limit",
    "language_unknown", "language_without_formats", "not_an_amount", "amount_ambiguous", "not_a_list",
    "blocked", "forgotten", "suppressed", "no_consent", "consent_too_old", "consent_refused", "consent_revoked",
    "language_unlisted", "llm_unlisted", "no_whatsapp_id", "duplicate_whatsapp", "whatsapp_id_unusual",
    *(code.name for code in CODES.values() if code.repaired),
    "do_not_call", "do_not_call_unclear",
    "refused_by_service", "no_route", "called_too_often", "called_too_recently",
    "not_in_time", "time_zone_unknown", "zone_unknown", "no_common_hours",
    "state_unknown", "postal_code_unknown",
}  # fmt: skip


@cache
def planned() -> Plan:
    campaign, _ = load(FOLDER / "campaign.toml")
    return plan(campaign, CONTACTS, Memory(), NOW)


def row_of(place: int) -> int:
    """The spreadsheet's number of a person's row: below the header, and below the blank line."""
    return place + 2 + (place >= generate.BLANK_LINE_AFTER)


def test_the_generator_makes_the_committed_file_byte_for_byte() -> None:
    assert CONTACTS.read_bytes() == export()


def test_every_row_comes_to_what_it_was_made_for() -> None:
    told = planned().findings.filter(~planned().findings["code"].cast(str).is_in(_only_said()))
    codes: dict[int, set[str]] = {}
    for row, code in told.select("row", "code").rows():
        codes.setdefault(row, set()).add(code)
    meant = {row_of(place): set(person.codes) for place, person in enumerate(contacts()) if person.codes}
    assert codes == meant


def _only_said() -> list[str]:
    return [code.name for code in CODES.values() if code.weight == Weight.SAID]


def test_everybody_else_is_called_at_the_number_that_was_meant() -> None:
    called = planned().rows.filter(planned().rows["outcome"] == Outcome.PLANNED).select("row", "e164").rows()
    assert dict(called) == {
        row_of(place): int(person.e164) for place, person in enumerate(contacts()) if not person.codes
    }


def test_a_run_would_go_in_several_batches() -> None:
    assert planned().refusals == ()
    sizes = [batch.recipients for batch in planned().batches]  # of seven windows, from Europe to Japan
    assert sizes == [250, 46, 121, 202, 87, 54, 97, 56]


def test_every_code_that_the_campaign_can_bring_out_is_brought_out() -> None:
    assert set(planned().findings["code"].unique()) == CODES.keys() - ELSEWHERE


def test_the_export_looks_like_one_from_life() -> None:
    rows = list(csv.DictReader(io.StringIO(export().decode(), newline="")))
    phones = [sum(bool(row[name]) for row in rows) / PEOPLE for name in ("Phone Number", "Mobile Phone Number")]
    assert len(rows) == PEOPLE
    assert phones == [pytest.approx(0.5, abs=0.1)] * 2
    assert sum((row["Postal Code"] or "").startswith("0") for row in rows) > 100
    assert all(sign in export().decode() for sign in 'é東🐶""\r\n\t\\{')


def test_the_export_has_people_in_eight_countries() -> None:
    numbers = [phonenumbers.parse(person.e164) for person in contacts() if not person.codes]
    assert Counter(map(phonenumbers.region_code_for_number, numbers)).keys() == {
        "US",
        "CA",
        "GB",
        "DE",
        "FR",
        "IT",
        "MX",
        "JP",
    }
