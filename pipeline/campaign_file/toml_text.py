"""TOML as people write it: what the parser refuses, in their words."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

_SINGLE = r"a backslash in double quotes begins an escape; write Windows paths in single quotes: 'C:\temp'"
#: What the line holds that people do not see, or take for something else.
_SEEN = (
    (re.compile("[“”„‘’]"), 'replace the curly quotes by straight ones (")'),
    (re.compile("[\u00a0\u200b\u2060\ufeff]"), "remove the invisible characters: type the line again"),
    (re.compile(r'"[^"]*\\'), _SINGLE),
    (re.compile(r"=\s*(True|False|TRUE|FALSE|yes|no|Yes|No)\b"), "write true or false"),
)
#: The parser's messages, by how they begin.
_MEANT = (
    ("Invalid value", "the value is missing or not in quotes"),
    ("Expected newline", "something follows the value; put texts in quotes"),
    ("Expected '=' after", 'write key = "value"; a key with spaces stands in quotes'),
    ("Invalid statement", 'write key = "value" or [table]'),
    ("Illegal character '\\n'", 'the quote is not closed on its line; use """ for texts of several lines'),
    (("Unterminated", "Expected \"'", "Expected '\""), "a quote is never closed"),
    (("Unclosed array", "Unclosed inline", "Expected ']"), "a bracket is never closed"),
    ("Invalid initial character", "a table in { } must stand on one line; write [table.name] for longer ones"),
    (("Cannot", "Duplicate"), "this key or table is written twice; keep one"),
)
#: `C:\temp`, read with a tab in it.
_LOST_PATH = re.compile(r"[A-Za-z]:[\t\n\b\f\r]")


def read_toml(text: str) -> dict[str, Any]:
    """Read TOML; raises ValueError with the line, the parser's words and what was probably meant."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_translated(str(error), text)) from error
    except RecursionError as error:
        raise ValueError("brackets are nested too deeply") from error
    for path in filter(_LOST_PATH.match, _texts(content)):
        raise ValueError(f"{path!r} holds a tab or line break; {_SINGLE}")
    return content


def _translated(message: str, text: str) -> str:
    lines = text.splitlines() or [""]
    what, _, where = message.rpartition(" (at ")
    number = int(found[1]) if (found := re.match(r"line (\d+)", where)) else len(lines)
    line = lines[min(number, len(lines)) - 1]
    hints = [hint for pattern, hint in _SEEN if pattern.search(line)]
    hints += [meant for start, meant in _MEANT if what.startswith(start)]
    place = f"line {number}" if found else "at its end"
    return f"{place}: this is not TOML: {what}; {hints[0]}" if hints else f"{place}: this is not TOML: {what}"


def _texts(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for each in content.values() if isinstance(content, dict) else content:
            yield from _texts(each)
