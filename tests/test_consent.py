"""Consent: nobody is called without one that holds on the day of the call."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.flow import plan, plan_again
from pipeline.plan.consent import without_consent
from schemas.plan import Memory, Plan
from tests.build import a_campaign, a_frame, bound, codes_of, problems_of
from tests.program import NUMBERS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SIMPLE = '[rules.consent]\ncolumn = "{OK}"'
DATED = f'{SIMPLE}\ndate = "{{Since}}"\nmax_age_days = 365'
HEADERS = ("Phone", "OK", "Since", "Withdrawn")


def told(text: str, *rows: tuple[str, ...]) -> list[str | None]:
    """The code of each row (of its cells after the number), None where it has a consent."""
    frame = a_frame(*(("1", *row, *("",) * (3 - len(row))) for row in rows))
    found = without_consent(frame, bound(text, *HEADERS), a_campaign(text).rules.consent, (NOW.date(), NOW.date()))
    codes = dict(codes_of(found))
    assert len(codes) == found.height
    return [codes.get(row) for row in frame["row"]]


def planned(folder, text: str, *rows: str) -> Plan:
    file = folder / "people.csv"
    file.write_text("\n".join([",".join(HEADERS), *rows]) + "\n", "utf-8")
    return plan(a_campaign(text), file, Memory(), NOW)


def test_plain_words_are_a_consent_and_whatever_is_missing_is_none():
    assert told(SIMPLE, ("Yes",), (" TRUE ",), ("x",)) == [None] * 3
    assert told(SIMPLE, ("",), ("  ",)) == ["no_consent"] * 2
    assert told(SIMPLE, ("no",), ("perhaps",), ("Unsubscribed",), ("opted out",)) == ["consent_refused"] * 4
    assert told(SIMPLE, ("Opted in",), ("subscribed",)) == [None] * 2


def test_values_say_what_a_consent_is():
    text = f'{SIMPLE}\nvalues = ["Opted In"]'
    assert told(text, ("opted in ",), ("yes",), ("",)) == [None, "consent_refused", "no_consent"]
    assert told(f'{SIMPLE}\nvalues = ["*"]', ("2024-03-01",), ("",)) == [None, "no_consent"]


def test_a_consent_holds_for_so_many_days():
    days = [NOW.date() - timedelta(days=each) for each in (0, 365, 366, -1, -2)]
    cells = [("yes", day.isoformat()) for day in days]
    assert told(DATED, *cells) == [None, None, "consent_too_old", None, "no_consent"]


def test_a_day_that_is_missing_is_no_consent_and_one_that_cannot_be_read_is_to_fix():
    rows = (("yes", ""), ("yes", "soon"), ("yes", "03/04/2026"), ("yes", "46000"), ("no", "soon"), ("", ""))
    codes = ["no_consent", "not_a_date", "date_ambiguous", "date_serial", "consent_refused", "no_consent"]
    assert told(DATED, *rows) == codes
    day = 'date = { column = "{Since}", format = "%d/%m/%Y" }'
    assert told(f"{SIMPLE}\n{day}\nmax_age_days = 365", ("yes", "03/04/2026")) == [None]


def test_a_consent_that_was_taken_back_is_none_whatever_is_written_there():
    text = f'{SIMPLE}\nrevoked = "{{Withdrawn}}"'
    rows = (("yes", "", ""), ("yes", "", "no"), ("yes", "", "2024-05-01"), ("yes", "", "yes"))
    assert told(text, *rows) == [None, None, "consent_revoked", "consent_revoked"]


def test_a_no_holds_for_all_rows_of_the_number_and_a_consent_that_is_only_missing_does_not(tmp_path):
    text = f'{SIMPLE}\nrevoked = "{{Withdrawn}}"'
    rows = (
        f"{NUMBERS[0]},,,", f"{NUMBERS[0]},yes,,",
        f"{NUMBERS[1]},yes,,", f"{NUMBERS[1]},no,,",
        f"{NUMBERS[2]},yes,,", f"{NUMBERS[2]},yes,,gone",
    )  # fmt: skip
    assert planned(tmp_path, text, *rows).rows["codes"].cast(str).to_list() == [
        "no_consent", None, "consent_refused", "consent_refused", "consent_revoked", "consent_revoked",
    ]  # fmt: skip


def test_its_age_is_that_on_the_day_of_the_call(tmp_path):
    text = f'{DATED}\n[schedule]\nstart = "2026-11-26 09:00"'
    made = planned(tmp_path, text, f"{NUMBERS[0]},yes,2025-11-25,", f"{NUMBERS[1]},yes,2025-11-26,")
    assert made.rows["codes"].cast(str).to_list() == ["consent_too_old", None]


LATER = f"""{DATED}
[schedule]
start = "2026-11-25 09:00"
timezone = "UTC"
[rules]
hours = {{ from = "09:00", to = "17:00", exclude_dates = ["2026-11-25", "2026-11-26"] }}"""


def test_its_age_is_that_on_the_day_on_which_the_call_is_moved_to(tmp_path):
    rows = (f"{NUMBERS[0]},yes,2025-11-26,", f"{NUMBERS[1]},yes,2025-11-27,", f"{NUMBERS[2]},yes,2025-11-24,")
    made = planned(tmp_path, LATER, *rows)
    assert made.rows["codes"].cast(str).to_list() == ["consent_too_old", None, "consent_too_old"]
    assert "the call begins on 2026-11-27" in made.findings["detail"].to_list()
    assert NUMBERS[0] not in b"".join(body for _, body in made.spilled.payloads(made.rows)).decode()
    assert [batch.recipients for batch in made.batches] == [1]


def test_a_consent_that_is_given_only_between_now_and_the_start_is_none_yet(tmp_path):
    text = f'{DATED}\n[schedule]\nstart = "2026-12-05 09:00"'
    made = planned(tmp_path, text, f"{NUMBERS[0]},yes,2026-12-01,", f"{NUMBERS[1]},yes,2026-11-24,")
    assert made.rows["codes"].cast(str).to_list() == ["no_consent", None]


@given(days=st.lists(st.integers(360, 370), min_size=1, max_size=6), later=st.integers(0, 6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_a_saved_plan_that_is_run_later_calls_nobody_whose_consent_is_too_old_then(tmp_path, days, later):
    given_on = [NOW.date() - timedelta(days=each) for each in days]
    rows = [f"{number},yes,{day}," for number, day in zip(NUMBERS, given_on, strict=False)]
    made = planned(tmp_path, f'{DATED}\n[schedule]\ntimezone = "UTC"', *rows)
    then = NOW + timedelta(days=later)
    left = plan_again(made, Memory(), then)
    said = b"".join(body for _, body in left.spilled.payloads(left.rows)).decode()
    young = {number for number, day in zip(NUMBERS, given_on, strict=False) if (then.date() - day).days <= 365}
    assert {number for number in NUMBERS if number in said} == young
    assert sum(batch.recipients for batch in left.batches) == len(young)
    gone = made.rows["codes"].is_null().sum() - len(young)
    assert any("consent that is young enough" in note for note in left.notes) == (gone > 0)


def test_the_columns_of_the_consent_are_heeded(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(f"Phone,Consent,Opted Out\n{NUMBERS[0]},yes,\n")
    text = '[rules.consent]\ncolumn = "{Consent}"\nrevoked = "{Opted Out}"'
    made = plan(a_campaign(text), file, Memory(), NOW)
    assert made.refusals == ()
    assert [field.key for field in made.binding.everything][1:] == ["[rules.consent] column", "[rules.consent] revoked"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(NUMBERS[:4]),
            st.sampled_from(["yes", "no", "", "hm"]),
            st.one_of(st.just(""), st.dates(date(2025, 1, 1), date(2026, 12, 31)).map(str), st.just("?")),
            st.sampled_from(["", "no", "gone"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_nobody_without_a_consent_is_in_any_body_and_every_row_left_out_says_why(tmp_path, rows):
    text = f'{DATED}\nrevoked = "{{Withdrawn}}"'
    made = planned(tmp_path, text, *map(",".join, rows))
    said = b"".join(body for _, body in made.spilled.payloads(made.rows)).decode()
    first, last = "2025-11-24", "2026-11-25"
    holds = {number for number, word, day, gone in rows if word == "yes" and first <= day <= last and gone != "gone"}
    unwanted = {number for number, word, _, gone in rows if word in {"no", "hm"} or gone == "gone"}
    assert {number for number in NUMBERS[:4] if number in said} == holds - unwanted
    codes = made.rows["codes"].cast(str)
    assert all((why is None) == (out == "planned") for why, out in zip(codes, made.rows["outcome"], strict=True))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('column = "OK"', "must be one column"),
        ('values = ["yes"]', "[rules.consent] column: is required"),
        ('column = "{A}"\nvalues = [""]', "an empty cell is no consent"),
        ('column = "{A}"\ndate = "{D}"', "[rules.consent] max_age_days: is required with date"),
        ('column = "{A}"\nmax_age_days = 5', "needs the day of the consent"),
        ('column = "{A}"\nmax_age_days = 5\ndate = { column = "{D}", default = "2026-01-01" }', "its format only"),
        ('column = "{A}"\nmax_age_days = 5\ndate = "{D} {E}"', "must be one column"),
        ('column = "{A}"\nrevoke = "{B}"', "did you mean revoked?"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule, said):
    (line,) = problems_of(f"[rules.consent]\n{rule}")
    assert said in line
