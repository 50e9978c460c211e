"""Write: a proposal as the text of a campaign file, every text from the export quoted as TOML wants it."""

import functools
from pathlib import Path
from typing import Any

import tomlkit
from jinja2 import Environment, StrictUndefined, Template

from schemas.campaign import PLACEHOLDER
from schemas.proposal import Answers, Proposal, Variable


def campaign_text(proposal: Proposal, answers: Answers, file: str) -> str:
    """The campaign file; `file` is the export's name, for people."""
    return _template().render(proposal=proposal, answers=answers, file=file, todo=_todo)


@functools.cache
def _template() -> Template:
    environment = Environment(  # noqa: S701 -- TOML, not HTML: `toml` quotes what does not come from here
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    environment.filters |= {"toml": _toml, "line": _line, "value": _value}
    return environment.from_string(Path(__file__).with_name("campaign.toml.j2").read_text("utf-8"))


def _toml(given: Any) -> str:
    """A value on one line."""
    if isinstance(given, dict):
        pairs = (f"{tomlkit.key([name]).as_string()} = {_toml(each)}" for name, each in given.items())
        return f"{{ {', '.join(pairs)} }}"
    return str(tomlkit.item(given).as_string())


def _value(variable: Variable) -> Any:
    """As a column alone, or as a table with more keys."""
    return {"column": variable.column, **variable.keys} if variable.keys else variable.column


def _line(text: str) -> str:
    """A text as a comment may hold it."""
    return "".join(each for each in text if each.isprintable())


def _todo(given: str) -> str:
    return "   # TODO: copy it from the vendor's dashboard; nothing is sent before" if given == PLACEHOLDER else ""
