"""Secrets that people make: from the environment, or from a file that it names; never shown and never stored."""

from collections.abc import Mapping
from pathlib import Path

from schemas.errors import CampaignError

_SHORTEST = 32
MAKE_ONE = "make one with `openssl rand -hex 32`"


def secret_of(environ: Mapping[str, str], name: str, remedy: str = MAKE_ONE) -> str:
    """The text of the variable, or of the file that NAME_FILE names; empty where neither is set.

    `remedy` is what to do about one that will not do. Raises CampaignError where the file cannot be read, and for a text
    that is too short to be secret.
    """
    text, source = environ.get(name, "").strip(), name
    if not text and (path := environ.get(f"{name}_FILE", "")):
        source = f"{name}_FILE"
        text = _from_file(Path(path), source)
        if not text:
            raise CampaignError(f"{source} names {path}, which is empty; {remedy}")
    if text and len(text) < _SHORTEST:
        raise CampaignError(f"{source} is too short: it needs {_SHORTEST} characters or more; {remedy}")
    return text


def _from_file(path: Path, source: str) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise CampaignError(f"{source} names {path}, which cannot be read: {why}") from None
