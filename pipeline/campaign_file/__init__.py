"""Reading the campaign file: TOML and its rules, with errors that people can act on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.campaign_file.misfits import misfits
from pipeline.campaign_file.toml_text import read_toml
from schemas.campaign import Campaign
from schemas.errors import CampaignError


def load(path: Path) -> tuple[Campaign, str]:
    """The campaign file and its text; raises CampaignError with all that is wrong in it, a line each."""
    text = _text(path)
    return read(text, str(path), {"folder": path.parent}), text


def read(text: str, name: str, context: Mapping[str, Any]) -> Campaign:
    """The campaign that a text says; raises CampaignError as `load` does. `name` is what the text is called in it.

    `context` has the `folder` of the files that it names; or their `texts`, by name, where they were kept with it.
    """
    try:
        content = read_toml(text)
    except ValueError as error:
        raise CampaignError(f"{name}: {error}") from None
    try:
        return Campaign.model_validate(content, context={"folder": Path(), **context})
    except ValidationError as error:
        problems = dict.fromkeys(misfits(error))
        raise CampaignError("\n".join(f"{name}: {problem}" for problem in problems)) from None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CampaignError(
            f"{path}: there is no campaign file; run `campaign init` with your export to have one made, or name one with -c"
        ) from None
    except OSError as error:
        raise CampaignError(f"{path}: the campaign file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CampaignError(f"{path}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
