"""Reach: numbers of other countries than the file names, and of kinds that cost or ring nobody, are not called."""

from datetime import UTC, datetime

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from pipeline.flow import plan
from pipeline.plan import ingest
from schemas.plan import Memory, Plan
from schemas.reach import NUMBER_TYPES, REFUSED_TYPES, with_territories
from tests.build import CAMPAIGN, a_campaign, problems_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
US, CANADA, JAMAICA, GUAM, BERLIN, FREEPHONE = (
    "+14155552600", "+15145550124", "+18765550123", "+16715550123", "+493012345678", "+80012345678",
)  # fmt: skip
COUNTRY = '[columns]\ncountry = "{Country}"'
WHATSAPP = """
[campaign]
channel = "both"
[campaign.whatsapp_params]
whatsapp_call_permission_request_template_name = "t"
whatsapp_call_permission_request_template_language_code = "en"
[columns]
whatsapp_user_id = "{Country}"
"""


def planned(folder, text: str, *rows: str, base: str = CAMPAIGN) -> Plan:
    file = folder / "people.csv"
    file.write_text("\n".join(["Phone,Country", *rows]) + "\n", "utf-8")
    return plan(a_campaign(text, base), file, Memory(), NOW)


def codes(made: Plan) -> list[str | None]:
    return made.rows["codes"].cast(str).to_list()


def example(region: str, kind: int) -> str:
    number = phonenumbers.example_number_for_type(region, kind)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def test_a_number_of_jamaica_in_a_file_of_the_us_is_left_out(tmp_path):
    made = planned(tmp_path, "", f"{US},", f"{JAMAICA},", f"{CANADA},", f"{GUAM},", f"{FREEPHONE},")
    out = "country_not_allowed"
    assert codes(made) == [None, out, out, None, out]
    assert made.findings["detail"].to_list() == [
        "the number is of Jamaica (JM)", "the number is of Canada (CA)", "the number is of no country",
    ]  # fmt: skip
    note = "Only numbers of US are called, which the file or [phone] names ([rules] allowed_countries)."
    assert note in made.notes


def test_the_countries_that_the_file_names_are_reached_wherever_they_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(ingest, "CHUNK_BYTES", 64)
    rows = [f"{JAMAICA},US", *[f"{US},US"] * 40, ",Kanada", f"{CANADA},US", f"{BERLIN},"]
    made = planned(tmp_path, COUNTRY, *rows)
    assert [code for code in codes(made) if code != "duplicate_phone"] == [
        "country_not_allowed", None, "no_phone", None, "country_not_allowed",
    ]  # fmt: skip
    assert made.countries == tuple(sorted(with_territories({"US", "CA"})))


def test_a_country_that_is_not_the_numbers_is_said_but_for_territories(tmp_path):
    made = planned(tmp_path, COUNTRY, f"{US},US", f"{CANADA},United States", f"{US},CA", f"{GUAM},US", f"{US},Guam")
    said = made.findings.filter(made.findings["code"] == "country_disagrees")
    assert said.select("row", "value", "detail").rows() == [
        (3, "United States", "the number is of Canada (CA)"),
        (4, "CA", "the number is of United States (US)"),
    ]


def test_it_is_said_wherever_people_are_called(tmp_path):
    made = planned(tmp_path, f'{COUNTRY}\n[rules]\nallowed_countries = "any"\nrefuse_types = []', f"{BERLIN},US")
    assert (codes(made), made.findings["code"].to_list()) == ([None], ["country_disagrees"])


def test_without_any_country_named_all_are_reached_and_it_is_said(tmp_path):
    base = CAMPAIGN.replace('default_region = "US"', "")
    made = planned(tmp_path, "", f"{US},", f"{BERLIN},", base=base)
    assert codes(made) == [None, None]
    assert made.countries is None
    assert made.notes == (
        'People may be called at any hour: [rules] hours = "any".',
        "Numbers of every country are called: the file names no country ([rules] allowed_countries).",
    )


def test_countries_that_are_listed_are_exactly_those(tmp_path):
    rows = (f"{US},", f"{GUAM},", f"{BERLIN},", f"{FREEPHONE},")
    out = "country_not_allowed"
    assert codes(planned(tmp_path, '[rules]\nallowed_countries = ["US", "001"]', *rows)) == [None, out, out, None]
    made = planned(tmp_path, '[rules]\nallowed_countries = "any"', *rows)
    assert (codes(made), made.countries, made.notes[2:]) == ([None] * 4, None, ())


@pytest.mark.parametrize(
    ("region", "kind"),
    [
        ("US", PhoneNumberType.PREMIUM_RATE),
        ("GB", PhoneNumberType.PAGER),
        ("GB", PhoneNumberType.UAN),
        ("AU", PhoneNumberType.SHARED_COST),
        ("CH", PhoneNumberType.VOICEMAIL),
    ],
)
def test_kinds_that_cost_or_ring_nobody_are_left_out_unless_they_are_wanted(tmp_path, region, kind):
    number = example(region, kind)
    every = '[rules]\nallowed_countries = "any"'
    made = planned(tmp_path, every, f"{number},", f"{US},")
    assert codes(made) == ["number_type_refused", None]
    assert made.findings["detail"].to_list() == [f"it is of the kind {NUMBER_TYPES[kind]}"]
    assert codes(planned(tmp_path, f"{every}\nrefuse_types = []", f"{number},")) == [None]


def test_other_kinds_are_refused_where_they_are_listed(tmp_path):
    rows = (f"{example('GB', PhoneNumberType.MOBILE)},", f"{example('GB', PhoneNumberType.FIXED_LINE)},")
    text = '[rules]\nallowed_countries = ["GB"]\nrefuse_types = ["mobile"]'
    assert codes(planned(tmp_path, text, *rows)) == ["number_type_refused", None]


def test_a_whatsapp_id_that_is_another_number_has_to_be_in_reach_as_well(tmp_path):
    ids = ("14155552601", JAMAICA, "ann")
    made = planned(tmp_path, WHATSAPP, *(f"+1415555260{at},{name}" for at, name in enumerate(ids)))
    assert codes(made) == [None, "country_not_allowed", None]


def test_a_row_to_fix_is_told_of_its_country_as_well(tmp_path):
    text = '[dynamic_variables]\nname = "{Country}"'
    made = planned(tmp_path, text, f"{JAMAICA},")
    assert codes(made) == ["country_not_allowed,required_missing"]
    assert made.rows["outcome"].to_list() == ["to_fix"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([US, CANADA, JAMAICA, GUAM, BERLIN, FREEPHONE, "+19002345678", "+447012345678", ""]),
            st.sampled_from(["US", "Canada", "Jamaica", "DE", "", "?"]),
        ),
        min_size=1,
        max_size=12,
    ),
    allowed=st.sampled_from([None, ["US"], ["JM", "DE"]]),
)
def test_nobody_out_of_reach_is_in_any_body_and_every_row_left_out_says_why(tmp_path, rows, allowed):
    text = COUNTRY if allowed is None else f"{COUNTRY}\n[rules]\nallowed_countries = {allowed}"
    made = planned(tmp_path, text, *map(",".join, rows))
    codes_by_country = {"US": "US", "Canada": "CA", "Jamaica": "JM", "DE": "DE"}
    named = {codes_by_country[country] for _, country in rows if country in codes_by_country}
    reached = set(allowed) if allowed else with_territories({"US", *named})
    said = b"".join(body for _, body in made.spilled.payloads(made.rows)).decode()
    for number in {number for number, _ in rows if number}:
        parsed = phonenumbers.parse(number)
        kind = NUMBER_TYPES[phonenumbers.number_type(parsed)]
        region = phonenumbers.region_code_for_number(parsed)
        is_reached = phonenumbers.is_valid_number(parsed) and region in reached and kind not in REFUSED_TYPES
        assert (number in said) == is_reached
    assert all((why is None) == (out == "planned") for why, out in zip(codes(made), made.rows["outcome"], strict=True))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('allowed_countries = "US"', 'must be a list of countries, ["US", "CA"], or "any"'),
        ("allowed_countries = []", "must be a list of countries"),
        ('allowed_countries = ["USA"]', "must be a country's ISO code, such as US"),
        ('refuse_types = "pager"', "must be a list of kinds of numbers"),
        ('refuse_types = ["premium"]', "'premium' is no kind of number; did you mean premium_rate?"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule, said):
    (line,) = problems_of(f"[rules]\n{rule}")
    assert line.startswith(f"[rules] {rule.split()[0]}: ")
    assert said in line
