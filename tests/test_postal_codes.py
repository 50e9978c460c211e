"""ZIP codes: the zone and the state of each, as spreadsheets leave them."""

import polars as pl

from pipeline.plan.postal_codes import places_of


def places(*codes):
    return places_of(pl.Series(codes, dtype=pl.String)).rows()


def test_a_zip_code_tells_its_zone_and_state():
    assert places("10001", "33101", "60601", "85001", "99501", "96813", "00901") == [
        ("America/New_York", "NY"), ("America/New_York", "FL"), ("America/Chicago", "IL"), ("America/Phoenix", "AZ"),
        ("America/Anchorage", "AK"), ("Pacific/Honolulu", "HI"), ("America/Puerto_Rico", "PR"),
    ]  # fmt: skip


def test_what_spreadsheets_and_people_make_of_it_is_read():
    boston = ("America/New_York", "MA")
    assert (
        places("02139", "2139", "02139-1234", "021391234", "21391234", "2139.0", " 02139 ", "02139 1234")
        == [boston] * 8
    )


def test_what_is_none_tells_nothing_and_the_order_stays():
    assert places("00000", None, "M5V 2T6", "10001", "", "09012", "1001", "123456", "10001") == [
        (None, None), (None, None), (None, None), ("America/New_York", "NY"), (None, None), (None, None), ("America/New_York", "MA"),
        (None, None), ("America/New_York", "NY"),
    ]  # fmt: skip


def test_no_rows_have_the_columns_too():
    assert places_of(pl.Series([], dtype=pl.String)).schema == {"zone": pl.String, "state": pl.String}
