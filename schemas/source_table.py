"""`[source]` of the campaign file."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from schemas.dialect import plain_name
from schemas.screening import HeaderNames
from schemas.table import Table

_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


def _encoding(written: str) -> str:
    try:
        return plain_name(written)
    except (LookupError, ValueError, TypeError) as error:
        raise ValueError(f'{written!r} is no encoding; write one such as "windows-1252", or remove the key') from error


def _delimiter(written: str) -> str:
    sign = _DELIMITERS.get(written.strip().lower(), written)
    if len(sign) != 1 or not sign.isascii() or sign.isalnum() or sign in "\"'\r\n":
        raise ValueError(f'{written!r} is no separator; write one of "," ";" "|" "tab"')
    return sign


def _sheet(written: object) -> str | int:
    if isinstance(written, str) and written.strip():
        return written.strip()
    if isinstance(written, int) and not isinstance(written, bool) and written > 0:
        return written
    raise ValueError(f"{written!r} is no sheet; write its name, or its number from 1")


#: A sheet of a workbook: its name, or its number from 1.
Sheet = Annotated[str | int, BeforeValidator(_sheet)]


class SourceTable(Table):
    """`[source]`: how the file is read; what is not said here is found out.

    `encoding` is Python's name, `delimiter` one character, `sheet` a name or a number from 1.
    """

    mapping: Literal["dashboard"] | None = None
    encoding: Annotated[str, AfterValidator(_encoding)] | None = None
    delimiter: Annotated[str, AfterValidator(_delimiter)] | None = None
    sheet: Sheet | None = None
    ignore: HeaderNames = ()
