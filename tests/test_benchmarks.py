"""The benchmarks' exports: the same for the same seed, of the size they promise, and callable but for a few."""

from pathlib import Path

import phonenumbers
import polars as pl
import pytest

from pipeline.campaign_file import load
from tests.benchmarks.generate import CAMPAIGN, COUNTRIES, rows, write

REGIONS = dict(
    zip((country.names[0] for country in COUNTRIES), ("US", "DE", "GB", "FR", "CA", "IT", "MX", "JP"), strict=True)
)


def test_the_same_seed_makes_the_same_file_and_another_seed_another(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        write(tmp_path / name, 2_000, seed)
    one, same, other = ((tmp_path / name).read_bytes() for name in ("one", "same", "other"))
    assert one == same != other


def test_an_export_has_the_rows_columns_and_bytes_it_promises(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    write(path, 5_000)
    read = pl.read_csv(path, infer_schema=False)
    assert read.shape == (5_000, 14)
    assert read["Record ID"].n_unique() == 5_000
    assert path.stat().st_size / 5_000 == pytest.approx(178, abs=4)


def test_two_or_three_in_a_hundred_cannot_be_called() -> None:
    frame = rows(0, 5_000, 1)
    named = {name: REGIONS[country.names[0]] for country in COUNTRIES for name in country.names}
    columns = frame.select("Mobile Phone Number", "Phone Number", "Country/Region").fill_null("").rows()
    called = sum(_valid(mobile, named[name]) or _valid(fixed, named[name]) for mobile, fixed, name in columns)
    assert called / 5_000 == pytest.approx(0.98, abs=0.01)


def _valid(text: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


def test_the_campaign_file_of_the_benchmarks_is_one() -> None:
    campaign, _ = load(CAMPAIGN)
    headers = set(rows(0, 1, 1).columns)
    assert {column.name for phone in campaign.columns.phone_number for column in phone.template.columns} < headers
