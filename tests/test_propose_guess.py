"""Guessing from a file's cells: what each column is, with the evidence; and whom to be careful with."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipeline.propose import content, places
from pipeline.propose.guess import MOST_VARIABLES, propose
from pipeline.propose.names import meaning_of, variable_name
from pipeline.propose.sample import MOST, sampled
from schemas.errors import CampaignError
from schemas.proposal import Meaning, Proposal, Variable
from tests.program import NUMBERS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def proposed(folder: Path, *lines: str, local_zone: str | None = None) -> Proposal:
    file = folder / "people.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return propose(sampled(file), local_zone, NOW)


def variable(folder: Path, *cells: str, header: str = "Thing") -> Variable:
    """What a column of these cells becomes."""
    lines = [f"{NUMBERS[n]},{cell}" for n, cell in enumerate(cells)]
    (found,) = proposed(folder, f"Phone,{header}", *lines).variables
    return found


def test_a_column_of_texts_is_a_variable_by_its_name(tmp_path):
    assert variable(tmp_path, "a", "b", header="Último contacto") == Variable(
        "ultimo_contacto", "{Último contacto}", {}, "", active=True
    )


def test_empty_cells_are_said_and_do_not_make_rows_to_fix(tmp_path):
    found = variable(tmp_path, "a", "", " ", "b")
    assert found.keys == {"default": ""}
    assert found.why == "50 % are empty: then it is an empty text"
    assert variable(tmp_path, "yes", "", "no").keys == {"type": "boolean", "required": False}


def test_yes_and_no_are_a_boolean_but_ones_and_zeros_may_be_counts(tmp_path):
    assert variable(tmp_path, "Yes", "no", "TRUE").keys == {"type": "boolean"}
    assert variable(tmp_path, "1", "0", "1").keys == {}
    assert variable(tmp_path, "yes", "no", "perhaps").keys == {}


@pytest.mark.parametrize(
    ("cells", "keys"),
    [
        (("2024-03-15", "2023-12-31"), {"type": "date", "format": "%Y-%m-%d"}),
        (("15.03.2024", "01.02.2024"), {"type": "date", "format": "%d.%m.%Y"}),
        (("03/15/2024", "01/02/2024"), {"type": "date", "format": "%m/%d/%Y"}),
        (("15 March 2024", "1 May 2023"), {"type": "date", "format": "%d %B %Y"}),
        (("2024-03-15 10:20:30", "2023-12-31 00:00:00"), {"type": "date", "format": "%Y-%m-%d %H:%M:%S"}),
        (("15.03.2024", "next week"), {}),
        (("1", "2"), {}),
    ],
)
def test_dates_are_told_by_the_one_format_that_fits(tmp_path, cells, keys):
    assert variable(tmp_path, *cells).keys == keys


def test_dates_whose_day_and_month_can_be_swapped_stay_texts_and_are_told(tmp_path):
    found = variable(tmp_path, "03/04/2024", "01/02/2024")
    assert found.keys == {}
    assert found.why == 'dates whose day and month can be swapped: add type = "date", format = "%d/%m/%Y" or "%m/%d/%Y"'


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("ann{}@example.com", "mail addresses"),
        ("https://example.com/{}", "links"),
        ("0035g00000AbCd{}AAV", "internal ids"),
        ("5f2b1c9e-1111-4c4e-9e0a-0a1b2c3d4e{}f", "internal ids"),
        ("a long story " * 20, "long texts"),
    ],
)
def test_what_is_nobodys_business_is_only_written_down(tmp_path, cell, why):
    found = variable(tmp_path, *(cell.format(n) for n in range(4)))
    assert (found.active, found.why) == (False, why)


@pytest.mark.parametrize("header", ["E-Mail", "Notizen", "Owner ID", "Created At", "Date of Birth", "IBAN", "Straße"])
def test_so_is_what_the_header_says_is_private(tmp_path, header):
    assert not variable(tmp_path, "x", "x", header=header).active


def test_an_agent_need_not_know_a_hundred_columns(tmp_path):
    headers = [f"Prop {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    found = proposed(tmp_path, ",".join(["Phone", *headers]), ",".join([NUMBERS[0], *(["x"] * len(headers))]))
    assert sum(each.active for each in found.variables) == MOST_VARIABLES
    assert len(found.variables) == len(headers)


def test_variables_have_names_of_their_own_and_none_of_the_services(tmp_path):
    found = proposed(tmp_path, "Phone,Name,name,system__time,secret_x,名前", f"{NUMBERS[0]},a,b,c,d,e")
    assert [(each.name, each.column) for each in found.variables] == [
        ("name", "{Name}"), ("name_2", "{name}"), ("column_4_system_time", "{system__time}"),
        ("column_5_secret_x", "{secret_x}"), ("column_6", "{名前}"),
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["system__x", "secret__y", "", "###", "9 lives", "a" * 200])
def test_a_variables_name_is_plain(header):
    name = variable_name(header, set(), "column_1")
    assert name.replace("_", "").isalnum()
    assert not name.startswith(("system", "secret"))
    assert len(name) <= 80


def test_an_id_has_to_tell_nearly_all_records_apart(tmp_path):
    rows = [f"{NUMBERS[n]},c{n % 60},same" for n in range(60)]
    found = proposed(tmp_path, "Phone,Customer No,Record ID", *rows)
    assert found.id is not None
    assert found.id.chosen == "{Customer No}"
    assert found.id.why == "100 % of 60 cells are different"
    assert proposed(tmp_path, "Phone,Id", f"{NUMBERS[0]},a", f"{NUMBERS[1]},a").id is None


def test_phone_columns_are_ordered_mobile_first_then_by_the_share_of_numbers(tmp_path):
    rows = [f"{NUMBERS[n]},{NUMBERS[n] if n else 12},{NUMBERS[n] if n > 3 else 'x'}" for n in range(8)]
    found = proposed(tmp_path, "Work phone,Home phone,Mobile", *rows)
    assert [phone.chosen for phone in found.phones] == ["{Mobile}", "{Work phone}", "{Home phone}"]
    assert found.phones[0].why == "50 % of 8 cells are phone numbers"


def test_a_phone_column_by_its_name_that_holds_none_is_left_aside(tmp_path):
    found = proposed(tmp_path, "Phone Number Country Code,Phone", f"+1,{NUMBERS[0]}", f"+1,{NUMBERS[1]}")
    assert [phone.chosen for phone in found.phones] == ["{Phone}"]
    assert [each.active for each in found.variables] == [False]


def test_a_file_without_numbers_says_what_to_do(tmp_path):
    found = proposed(tmp_path, "Name,Town", "Ann,Rome")
    assert found.phones[0].chosen == "{Name}"
    assert found.phones[0].why.startswith("TODO: name the column of the numbers")
    with pytest.raises(CampaignError, match="no column with a header that can be named"):
        proposed(tmp_path, "campaign_row,campaign_codes", "1,x")


def test_the_country_column_gives_way_where_it_reads_fewer_numbers(tmp_path):
    rows = [f"({NUMBERS[n][2:5]}) {NUMBERS[n][5:]},{'France' if n else 'United States'}" for n in range(6)]
    found = proposed(tmp_path, "Phone,Country", *rows, f"{NUMBERS[9]},France")
    assert found.country is None
    assert found.region is not None
    assert (found.region.chosen, found.region.why) == ("US", "1 of 1 numbers with a plus are of US")


def test_a_region_is_not_chosen_for_numbers_of_rows_that_name_another_country(tmp_path):
    rows = [f"0151 2345678{n},Germany" for n in range(3)]
    found = proposed(tmp_path, "Phone,Country", "+49 151 23456789,Germany", *rows, "4155552671.0,USA")
    assert found.country is not None  # +49 4155 5526710 could be called, and is not this person
    assert found.region is None


def test_two_letters_of_a_state_are_no_country(tmp_path):
    assert proposed(tmp_path, "Phone,State", f"{NUMBERS[0]},CA", f"{NUMBERS[1]},DE").country is None
    found = proposed(tmp_path, "Phone,Where", f"{NUMBERS[0]},Germany", f"{NUMBERS[1]},Frankreich")
    assert found.country is not None


def test_the_region_is_guessed_by_this_machine_at_last_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "default_locale", lambda _: "de_AT")
    found = proposed(tmp_path, "Phone", "030 1234567", local_zone="Europe/Berlin")
    assert found.region is not None
    assert (found.region.chosen, found.zone.chosen) == ("DE", "Europe/Berlin")
    assert "a guess by the time zone of this machine" in found.region.why
    found = proposed(tmp_path, "Phone", "01 5123456")
    assert found.region is not None
    assert (found.region.chosen, found.zone.chosen) == ("AT", "Europe/Vienna")
    monkeypatch.setattr(places, "default_locale", lambda _: "en_US_POSIX")
    found = proposed(tmp_path, "Phone", "01 5123456")
    assert (found.region, found.zone.chosen) == (None, "UTC")
    assert "TODO: set [phone] default_region" in found.remarks[0]


def test_people_who_live_by_other_clocks_are_told(tmp_path):
    found = proposed(tmp_path, "Phone", "+493012345678", "+493012345679", "+442079460018")
    assert found.zone.chosen == "Europe/Berlin"
    assert "others are up to 1 hours away; people are called by the clock where they are" in found.zone.why


def test_whoever_has_not_agreed_is_left_out_by_a_consent_column(tmp_path):
    found = proposed(tmp_path, "Phone,Marketing consent", f"{NUMBERS[0]},Yes", f"{NUMBERS[1]},", f"{NUMBERS[2]},later")
    assert [dict(column.keys) for column in found.opt_outs] == [{"values": ["*"], "free": ["yes"]}]
    found = proposed(tmp_path, "Phone,Opt-in", f"{NUMBERS[0]},")
    assert found.opt_outs[0].keys["free"] == ["yes", "true", "1"]


def test_a_word_by_which_people_opt_out_is_no_consent(tmp_path):
    found = proposed(tmp_path, "Phone,Marketing consent", f"{NUMBERS[0]},Opted out", f"{NUMBERS[1]},Opted in")
    assert found.opt_outs[0].keys == {"values": ["*"], "free": ["opted in"]}


@pytest.mark.parametrize("cells", [("yes", ""), ("2026-01-05", "no"), ("", "")])
def test_whoever_took_a_consent_back_is_left_out_by_anything_but_a_no(tmp_path, cells):
    rows = [f"{number},{cell}" for number, cell in zip(NUMBERS, cells, strict=False)]
    found = proposed(tmp_path, "Phone,Consent Withdrawn", *rows)
    assert [dict(column.keys) for column in found.opt_outs] == [{"values": ["*"]}]
    assert "whoever has anything there but a no" in found.opt_outs[0].why


def test_unknown_words_in_an_opt_out_column_count_as_a_no(tmp_path):
    found = proposed(tmp_path, "Phone,Opt-out date", f"{NUMBERS[0]},2024-03-15", f"{NUMBERS[1]},")
    assert [dict(column.keys) for column in found.opt_outs] == [{"values": ["*"]}]
    assert "whoever has anything there but a no" in found.opt_outs[0].why


def test_a_sample_is_bounded_and_from_all_of_the_file_but_empty_cells_are_counted_in_every_row(tmp_path):
    file = tmp_path / "people.csv"
    rows = [f"r{n},{'x' if n != 5 else ''}" for n in range(5 * MOST)]
    file.write_text("\n".join(["Id,Text", *rows, "broken"]) + "\n", "utf-8")
    found = sampled(file)
    assert (found.cells.height, found.rows, found.whole) == (MOST, 5 * MOST + 1, 5 * MOST)
    assert found.filled == (5 * MOST, 5 * MOST - 1)
    assert int(found.cells["c0"][-1][1:]) > 4 * MOST


def test_languages_are_known_by_code_and_by_name_in_several_languages():
    cells = pl.Series(["German", "de", "Deutsch", "allemand", "français", "EN", "Klingon"])
    assert content.languages(cells) == {
        "German": "de", "de": "de", "Deutsch": "de", "allemand": "de", "français": "fr", "EN": "en",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("Associated Company Phone", Meaning.COMPANY_PHONE), ("Phone Extension", Meaning.PRIVATE), ("Fax", Meaning.PRIVATE),
        ("WhatsApp Number", Meaning.WHATSAPP), ("Email Address", Meaning.PRIVATE), ("Address City", None),
        ("First Name", None), ("Firmenname", None), ("携帯電話", Meaning.MOBILE), ("Rufnummer", Meaning.PHONE),
        ("Poland trip", None), ("Telephone", Meaning.PHONE), ("Stationery", None),
    ],
)  # fmt: skip
def test_headers_mean_what_people_mean_by_them(header, meaning):
    assert meaning_of(header) is meaning
