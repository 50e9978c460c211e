"""Normalize takes the first valid number of a row, in the region that the row or the campaign gives."""

from pipeline.plan.normalize import normalize
from pipeline.plan.validate import validate
from schemas.campaign import PhoneTable
from tests.build import a_frame, bound, codes_of

US = {"default_region": "US"}
TWO = '[columns]\nphone_number = ["{Mobile}", "{Phone}"]'
WITH_COUNTRY = '[columns]\nphone_number = "{Phone}"\ncountry = "{Country}"'


def numbers(text: str, headers: str, *rows: tuple[str | None, ...], **phone: str | bool):
    frame, found, _ = normalize(a_frame(*rows), bound(text, *headers.split()), PhoneTable(**phone))
    return frame, [(row, code, column) for row, code, column in found.select("row", "code", "column").rows()]


def test_a_national_number_is_read_in_the_default_region():
    frame, found = numbers("", "Phone", ("(415) 555-2671",), ("+44 20 7946 0018",), default_region="US")
    assert frame["e164"].to_list() == [14155552671, 442079460018]
    assert found == []


def test_a_number_of_more_than_fifteen_digits_is_no_e164_number_although_the_library_takes_it():
    frame, found = numbers("", "Phone", ("+49302515906377777",), ("+493025159063777",), **US)
    assert frame["e164"].to_list() == [None, 493025159063777]
    assert found == [(2, "phone_too_long", "Phone")]


def test_without_plus_country_and_default_region_a_number_cannot_be_read():
    assert numbers("", "Phone", ("4155552671",))[1] == [(2, "phone_country_missing", "Phone")]


def test_the_first_valid_number_is_taken_and_the_file_says_which_column_it_was():
    rows = (("4155552671", "4155552672"), (None, "4155552672"), ("123", "4155552672"))
    frame, found = numbers(TWO, "Mobile Phone", *rows, **US)
    assert frame["e164"].to_list() == [14155552671, 14155552672, 14155552672]
    assert frame["phone_from"].to_list() == [0, 1, 1]
    assert found == [(4, "phone_fallback", "Mobile")]


def test_where_no_column_has_a_valid_number_each_bad_one_is_told():
    assert numbers(TWO, "Mobile Phone", ("123", "call me at noon"), **US)[1] == [
        (2, "phone_too_short", "Mobile"),
        (2, "phone_not_a_number", "Phone"),
    ]


def test_a_row_without_any_number_is_left_out():
    assert numbers(TWO, "Mobile Phone", (None, "  "), **US)[1] == [(2, "no_phone", "Mobile")]


def test_a_mapped_country_gives_the_region_by_code_or_name():
    rows = (("020 7946 0018", "GB"), ("020 7946 0018", "United Kingdom"), ("030 901820", "Deutschland"))
    assert numbers(WITH_COUNTRY, "Phone Country", *rows)[0]["e164"].to_list() == [
        442079460018,
        442079460018,
        4930901820,
    ]


def test_with_a_country_column_the_default_region_is_not_used():
    assert numbers(WITH_COUNTRY, "Phone Country", ("4155552671", None), **US)[1] == [(2, "country_missing", "Country")]


def test_blank_country_says_how_a_blank_country_is_read():
    frame, found = numbers(WITH_COUNTRY, "Phone Country", ("4155552671", " "), blank_country="US")
    assert (frame["e164"].to_list(), found) == ([14155552671], [])


def test_an_unknown_country_matters_only_to_a_number_without_plus():
    frame, found = numbers(WITH_COUNTRY, "Phone Country", ("4155552671", "Narnia"), ("+14155552671", "Narnia"))
    assert frame["e164"].to_list() == [None, 14155552671]
    assert found == [(2, "country_unknown", "Country")]


def repaired(text: str, headers: str, *rows: tuple[str | None, ...], **phone: str | bool):
    return normalize(a_frame(*rows), bound(text, *headers.split()), PhoneTable(**phone))[2].rows()


def test_a_damaged_number_is_read_and_the_repair_is_told_beside_the_cell():
    rows = (("4155552671.0", None), ("4155552672", None), (None, "'+14155552673"))
    assert repaired(TWO, "Mobile Phone", *rows, **US) == [
        (2, "Mobile", "phone_decimal", "4155552671.0", "+14155552671"),
        (4, "Phone", "phone_wrapped", "'+14155552673", "+14155552673"),
    ]


def test_a_filler_counts_as_an_empty_cell():
    rows = (("n/a", "4155552671"), ("-", "none"), ("000-000-0000", None))
    frame, found = numbers(TWO, "Mobile Phone", *rows, **US)
    assert (frame["phone_from"].to_list(), found) == (
        [1, None, None],
        [(3, "no_phone", "Mobile"), (4, "no_phone", "Mobile")],
    )
    assert repaired(TWO, "Mobile Phone", *rows[1:], **US) == [
        (2, "Mobile", "phone_filler", "-", ""),
        (2, "Phone", "phone_filler", "none", ""),
        (3, "Mobile", "phone_filler", "000-000-0000", ""),
    ]


def test_without_repair_fillers_and_damaged_numbers_are_to_fix():
    rows = (("n/a", None), ("4155552671.0", "4155552672"))
    assert numbers(TWO, "Mobile Phone", *rows, **US, repair=False)[1] == [
        (2, "phone_filler", "Mobile"),
        (3, "phone_fallback", "Mobile"),
    ]
    assert repaired(TWO, "Mobile Phone", *rows, **US, repair=False) == []


def test_a_number_of_which_digits_are_lost_is_named_so_and_a_later_one_is_called():
    rows = (("4.15556E+09", None), ("4.15556E+09", "4155552672"))
    assert numbers(TWO, "Mobile Phone", *rows, **US)[1] == [
        (2, "digits_lost", "Mobile"),
        (3, "phone_fallback", "Mobile"),
    ]


WHATSAPP = """
[campaign]
channel = "whatsapp"
[campaign.whatsapp_params]
whatsapp_call_permission_request_template_name = "t"
whatsapp_call_permission_request_template_language_code = "en"
[columns]
whatsapp_user_id = "{Phone}"
"""


def test_whatsapp_ids_are_digits_and_an_unusual_one_is_said():
    binding = bound(WHATSAPP.replace("[columns]", "[columns]\nphone_number = []"), "Phone")
    frame, _ = validate(a_frame(("+1 (415) 555-2671",), ("wa_user_1",), (None,)), binding)
    frame, found, _ = normalize(frame, binding, PhoneTable())
    assert frame["whatsapp"].to_list() == ["14155552671", "wa_user_1", None]
    assert codes_of(found) == [(3, "whatsapp_id_unusual"), (4, "no_whatsapp_id")]
