"""The API key: read from the environment or from a file that it names, and never shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from schemas.errors import CampaignError

VARIABLE = "ELEVENLABS_API_KEY"
FILE_VARIABLE = "ELEVENLABS_API_KEY_FILE"

_LONGEST = 1000
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_FINGERPRINT_DOMAIN = b"campaign: API key\0"
_FINGERPRINT_LENGTH = 12


@dataclass(frozen=True)
class Key:
    """The key itself; neither `repr` nor `str` shows it."""

    secret: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """12 hex digits that tell two keys apart; kept with every run, since a batch is looked for with its own key."""
        return sha256(_FINGERPRINT_DOMAIN + self.secret.encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def read_key(environ: Mapping[str, str]) -> Key:
    """The key from ELEVENLABS_API_KEY, or from the file that ELEVENLABS_API_KEY_FILE names.

    Raises CampaignError, without a character of the key, when there is none, when both are set, and when it could not
    be sent in a header.
    """
    if VARIABLE in environ and FILE_VARIABLE in environ:
        raise CampaignError(f"{VARIABLE} and {FILE_VARIABLE} are both set; unset one of them")
    if VARIABLE in environ:
        return _checked(environ[VARIABLE], VARIABLE)
    if FILE_VARIABLE in environ:
        path = environ[FILE_VARIABLE]
        return _checked(_first_line(path), f"the file {path} ({FILE_VARIABLE})")
    raise CampaignError(f"there is no API key; set {VARIABLE}, or {FILE_VARIABLE} to the path of a file that holds it")


def _first_line(path: str) -> str:
    """The file's text without its last line break, which editors add; of a long file only as much as shows that."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(_LONGEST + 2)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise CampaignError(f"{FILE_VARIABLE} names {path!r}, which cannot be read: {reason}") from error
    return text.decode("latin-1").removesuffix("\n").removesuffix("\r")


def _checked(text: str, where: str) -> Key:
    if not text.strip():
        raise CampaignError(f"{where} is empty; put the API key there")
    if len(text) > _LONGEST:
        raise CampaignError(f"{where} holds more than {_LONGEST} characters, which is no API key")
    if not _PRINTABLE.fullmatch(text):
        raise CampaignError(
            f"{where} holds spaces, line breaks or characters beyond ASCII, which no API key has; copy the key again"
        )
    return Key(text)
