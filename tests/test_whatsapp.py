"""WhatsApp ids: digits of numbers, whatever a spreadsheet did to them; other ids as they are."""

import polars as pl

from pipeline.plan.bind import bind
from pipeline.plan.whatsapp import whatsapp_ids
from schemas.headers import Headers
from tests.build import a_campaign
from tests.test_normalize import WHATSAPP

CELLS = ("+1 (415) 555-2671", "14155552671.0", "n/a", "wa_user_1", None)


def read(*, repair: bool):
    field = bind(
        a_campaign(WHATSAPP.replace("[columns]", "[columns]\nphone_number = []")), Headers(("Phone",))
    ).whatsapp
    frame = pl.DataFrame({"row": range(2, 2 + len(CELLS)), field.frame: CELLS})
    ids, found, repairs = whatsapp_ids(frame, field, repair=repair)
    return ids["whatsapp"].to_list(), pl.concat(found).select("row", "code").rows(), [each.rows() for each in repairs]


def test_a_float_is_the_number_before_its_point_and_a_filler_is_no_id():
    ids, found, repairs = read(repair=True)
    assert ids == ["14155552671", "14155552671", None, "wa_user_1", None]
    assert found == [(4, "no_whatsapp_id"), (6, "no_whatsapp_id"), (5, "whatsapp_id_unusual")]
    assert repairs == [
        [(4, "Phone", "phone_filler", "n/a", "")],
        [(3, "Phone", "phone_decimal", "14155552671.0", "14155552671")],
    ]


def test_without_repair_both_are_to_fix():
    _, found, repairs = read(repair=False)
    assert found[-2:] == [(4, "phone_filler"), (3, "phone_decimal")]
    assert repairs == []
