"""What tests build on: campaigns from TOML text, frames from plain rows."""

import tomllib
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from pipeline.campaign_file.misfits import misfits
from pipeline.plan.bind import bind
from schemas.campaign import Campaign
from schemas.fields import Binding
from schemas.headers import Headers

CAMPAIGN = """
[campaign]
name = "spring"
agent_id = "agent_1"
agent_phone_number_id = "phone_1"
[schedule]
start = "now"
timezone = "UTC"
[columns]
phone_number = "{Phone}"
[phone]
default_region = "US"
[rules]
max_calls = 1000
max_to_fix = "100%"
hours = "any"
"""


def a_campaign(text: str = "", base: str = CAMPAIGN) -> Campaign:
    """The smallest campaign, with tables of `text` added; a table that both have is merged, the text's keys win."""
    content, more = tomllib.loads(base), tomllib.loads(text)
    for table, keys in more.items():
        content[table] = content.get(table, {}) | keys if isinstance(keys, dict) else keys
    return Campaign.model_validate(content, context={"folder": Path()})


def problems_of(text: str, base: str = CAMPAIGN) -> list[str]:
    """What is wrong with such a campaign, in the words that people read."""
    with pytest.raises(ValidationError) as raised:
        a_campaign(text, base)
    return list(misfits(raised.value))


def bound(text: str, *headers: str) -> Binding:
    """A campaign bound to a file with these headers."""
    return bind(a_campaign(text), Headers(headers))


def a_frame(*rows: tuple[str | None, ...]) -> pl.DataFrame:
    """Rows of a file, numbered from 2, as ingest gives them."""
    width = len(rows[0]) if rows else 1
    names = [f"c{index}" for index in range(width)]
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(pl.col(pl.String).replace("", None)).insert_column(
        0, pl.Series("row", range(2, 2 + frame.height), pl.UInt32)
    )


def codes_of(found: pl.DataFrame) -> list[tuple[int, str]]:
    """Row and code of each finding."""
    return [(row, code) for row, code in found.select("row", "code").rows()]
