"""README.md says what the code does."""

import re
import tomllib
from pathlib import Path
from typing import get_origin

import click
import pytest

from pipeline.cli import COMMANDS, cli
from pipeline.ledger.refusals import MOST_ROUNDS
from pipeline.report.row_files import MOST_IN_WORKBOOK
from schemas.campaign import Campaign
from tests.readme import README, REFERENCE, made

TEXT = README.read_text("utf-8")
CALLS = sorted({line.strip() for line in re.findall(r"(?:^|`)\s*(campaign [a-z]+[^\n`#]*)", TEXT, re.MULTILINE)})


def test_the_parts_made_from_the_code_are_up_to_date():
    assert made(TEXT) == TEXT, "run `make readme`"


@pytest.mark.parametrize("call", CALLS)
def test_every_command_and_option_in_it_exists(call):
    _, name, *words = call.split()
    assert name in COMMANDS, "a line of prose must not begin like a call"
    command = cli.get_command(click.Context(cli), name)
    if isinstance(command, click.Group) and words:
        command = command.commands[words[0]]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known


def test_it_speaks_of_every_command():
    assert {call.split()[1] for call in CALLS} >= set(COMMANDS)


def test_every_make_target_in_it_exists():
    targets = set(re.findall(r"^([a-z]+):", (README.parent / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", TEXT, re.MULTILINE))
    assert {"demo", "test", "readme"} <= named <= targets


def test_the_figures_in_its_prose_are_those_of_the_code():
    prose = " ".join(TEXT.split())
    assert f"It holds the first {MOST_IN_WORKBOOK:,} rows" in prose
    assert MOST_ROUNDS == 3
    assert "three times at the most" in prose


def test_every_picture_in_it_is_there_and_small():
    pictures = re.findall(r'<img src="([^"]+)"[^>]* alt="[^"]{20,}">', TEXT)
    assert pictures == ["sample_data/report.png"]
    content = (README.parent / pictures[0]).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) < 200_000


def keys_of(model: type, place: str = "") -> set[str]:
    """Every key below a table of the campaign file, dotted; `*` is a name of people's own."""
    found = set()
    for name, field in model.model_fields.items():
        dotted = f"{place}{field.alias or name}"
        tables = [each for each in _models(field.annotation) if "template" not in each.model_fields]
        below = f"{dotted}.*." if get_origin(field.annotation) is dict else f"{dotted}."
        found |= {key for table in tables for key in keys_of(table, below)} if tables else {dotted}
    return found


def _models(annotation) -> list[type]:
    inner = [model for part in getattr(annotation, "__args__", ()) for model in _models(part)]
    return [annotation, *inner] if hasattr(annotation, "model_fields") else inner


def test_the_campaign_file_in_it_has_every_key_there_is(tmp_path: Path):
    content = tomllib.loads(REFERENCE.read_text("utf-8"))
    (tmp_path / "prompt.md").write_text("Be kind.", "utf-8")
    Campaign.model_validate(content, context={"folder": tmp_path})
    written = {key.removesuffix(".rows").removesuffix(".percent") for key in keys_of(Campaign)}
    for key in written:
        table = content
        for part in (next(iter(table)) if part == "*" else part for part in key.split(".")):
            assert part in table, f"{key} is missing in {REFERENCE.name}"
            table = table[part]
            if isinstance(table, list) and isinstance(table[0], dict):  # [[route]]
                table = table[0]
