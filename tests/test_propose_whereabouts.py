"""Columns that tell where somebody is are proposed for [rules.hours], where their cells do."""

from pathlib import Path

import polars as pl

from pipeline.propose.columns import columns_of
from pipeline.propose.sample import sampled
from pipeline.propose.whereabouts import whereabouts

AMERICAN, GERMAN = 14155550100, 493012345678


def proposed(folder: Path, header: str, *cells: str, number: int = AMERICAN) -> dict[str, str]:
    file = folder / "people.csv"
    file.write_text("\n".join([f"Name,{header}", *(f"Ann,{cell}" for cell in cells)]) + "\n", "utf-8")
    found = whereabouts(columns_of(sampled(file)), pl.Series([number], dtype=pl.Int64))
    return {key: guess.chosen for key, guess in found.items()}


def test_columns_are_found_by_their_names_and_cells(tmp_path):
    assert proposed(tmp_path, "Time Zone", "Eastern", "America/Chicago") == {"time_zone": "{Time Zone}"}
    assert proposed(tmp_path, "hs_timezone", "america_slash_denver") == {"time_zone": "{hs_timezone}"}
    assert proposed(tmp_path, "Zip/Postal Code", "94103", "02139-1234", "2139") == {"postal_code": "{Zip/Postal Code}"}


def test_cells_that_say_something_else_are_not_taken(tmp_path):
    assert proposed(tmp_path, "Time Zone", "-05:00", "Eastern") == {}
    assert proposed(tmp_path, "Postal Code", "M5V 2T6", "94103") == {}
    assert proposed(tmp_path, "Order", "94103") == {}
    assert proposed(tmp_path, "Zip", "") == {}


def test_zip_codes_are_those_of_the_united_states_only(tmp_path):
    assert proposed(tmp_path, "Postal Code", "10115", number=GERMAN) == {}
