"""Countries as people write them."""

import time

import polars as pl
import pytest
from babel import Locale
from babel.lists import format_list
from phonenumbers import SUPPORTED_REGIONS

from pipeline.phone.countries import regions_of


def region(text):
    return regions_of(pl.Series([text], dtype=pl.String))[0]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("US", "US"),
        ("us", "US"),
        (" Us ", "US"),
        ("U.S.", "US"),
        ("U.S.A.", "US"),
        ("USA", "US"),
        ("840", "US"),
        ("36", "AU"),  # a spreadsheet dropped the zero of 036
        ("UK", "GB"),
        ("England", "GB"),
        ("NORTHERN IRELAND", "GB"),
        ("Holland", "NL"),
        ("the netherlands", "NL"),
        ("Deutschland", "DE"),
        ("DEU", "DE"),
        ("República Dominicana", "DO"),
        ("REPUBLICA DOMINICANA", "DO"),
        ("Cote d'Ivoire", "CI"),
        ("Trinidad and Tobago", "TT"),
        ("Trinidad & Tobago", "TT"),
        ("Saint Lucia", "LC"),
        ("Österreich", "AT"),
        ("Suisse", "CH"),
        ("日本", "JP"),
        ("Россия", "RU"),
        ("भारत", "IN"),
        ("Kosovo", "XK"),
    ],
)
def test_codes_and_names_mean_their_region(text, meant):
    assert region(text) == meant


@pytest.mark.parametrize("text", ["", "  ", "-", "Atlantis", "ZZ", "EU", "001", "CT", "NH", "Europe", "999", "٣٦"])
def test_what_names_no_country_is_unknown(text):
    assert region(text) is None


def test_a_name_of_two_countries_is_unknown():
    assert region("Kongo") is None


def test_a_missing_country_stays_missing_and_the_order_is_kept():
    assert regions_of(pl.Series(["DE", None, "USA", "DE"])).to_list() == ["DE", None, "US", "DE"]
    assert regions_of(pl.Series([], dtype=pl.String)).to_list() == []
    assert regions_of(pl.Series([None, None])).to_list() == [None, None]


def test_every_region_of_the_numbering_plans_is_known_by_code_and_english_name():
    names = Locale("en").territories
    known = [code for code in sorted(SUPPORTED_REGIONS) if code in names]
    assert len(known) > 240
    assert regions_of(pl.Series(known)).to_list() == known
    assert regions_of(pl.Series([names[code] for code in known])).to_list() == known


@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "nl", "pl", "pt", "ja", "ar", "hi"])
def test_names_in_other_languages_never_mean_another_region(language):
    names = {code: name for code, name in Locale(language).territories.items() if code in SUPPORTED_REGIONS}
    found = regions_of(pl.Series(list(names.values()))).to_list()
    assert [(code, other) for code, other in zip(names, found, strict=True) if other not in (code, None)] == []
    assert found.count(None) <= len(names) // 50


def test_a_million_rows_of_ordinary_countries_cost_almost_nothing():
    column = pl.Series(["US", "Canada", "GB", "Germany"] * 250_000)
    regions_of(column[:4])
    begun = time.perf_counter()
    regions_of(column)
    assert time.perf_counter() - begun < 0.5


def test_reading_names_leaves_what_others_ask_of_the_same_languages_whole():
    assert regions_of(pl.Series(["Allemagne"])).to_list() == ["DE"]
    assert format_list(["A", "B", "C"], locale="fr") == "A, B et C"
