"""What all tables of the campaign file have in common."""

import difflib
import unicodedata
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Table(BaseModel):
    """A table of the campaign file: frozen, and nothing in it is guessed or passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _line(text: str) -> str:
    """A text of one line in NFC, so that a name typed on another keyboard is the same name."""
    plain = unicodedata.normalize("NFC", text).strip()
    if not plain:
        raise ValueError("is empty; fill it in")
    if any(unicodedata.category(each) == "Cc" for each in plain):
        raise ValueError("holds a tab or line break; if a backslash was meant, write the text in single quotes")
    return plain


def nearest(wanted: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that was probably meant, whatever its case."""
    names = {name.casefold(): name for name in sorted(known)}
    return next((names[each] for each in difflib.get_close_matches(wanted.casefold(), names, n=1, cutoff=cutoff)), None)


def as_tuple(raw: object) -> object:
    """A list as a tuple, and anything else as the only one of it."""
    return tuple(raw) if isinstance(raw, list | tuple) else (raw,)


Line = Annotated[str, AfterValidator(_line)]
