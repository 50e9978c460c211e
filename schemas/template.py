r"""Templates of the campaign file: `{Column}`, `{Column|filter|or "text"}`, `{{service placeholder}}`, `\{`.

Backslashes mean something before a brace only: `\{` is a brace, `\\{Column}` is a backslash and a column. Inside of
`{…}` one also keeps `|`, `}` and itself. Filters work from left to right; the text of `|or` is taken as it is.
"""

import re
from dataclasses import dataclass

from schemas.filters import Filter, checked

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
_TEXT = re.compile(r"[^{\\]+|\\+(?![{\\])")
_ESCAPES = re.compile(r"(\\+)(?=\{)")
_NAME = re.compile(r"(?:[^{}|\\]|\\[{}|\\]|\\)+")
_FILTER = re.compile(r'\|\s*([^\W\d]+)(?:\s+([^\W\d]+))?\s*("(?:[^"\\]|\\.)*")?\s*', re.DOTALL)
_ESCAPED = re.compile(r'\\([{}|\\"])')


class TemplateError(ValueError):
    """A template that cannot be read; the message names the character, counted from 1."""

    def __init__(self, at: int, what: str) -> None:
        super().__init__(f"character {at + 1}: {what}")


@dataclass(frozen=True)
class Column:
    """A reference to a column by its header, or to a piece of [text]; `fallback` stands in for an empty cell."""

    name: str
    fallback: str | None = None
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Template:
    """Texts and columns in order, no two texts side by side. Text is sent as it is, service placeholders included."""

    parts: tuple[str | Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns it reads, in order, repeats included."""
        return tuple(part for part in self.parts if isinstance(part, Column))

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names of the `{{…}}` that the service will fill."""
        texts = (part if isinstance(part, str) else part.fallback or "" for part in self.parts)
        return placeholders_of("\0".join(texts))


def placeholders_of(text: str) -> tuple[str, ...]:
    """Names of the `{{…}}` in a text that is not a template of ours."""
    return tuple(_PLACEHOLDER.findall(text))


def reference(header: str) -> str:
    r"""A column as templates name it: `{First Name}`, `{a\|b}`."""
    return "{" + re.sub(r"[{}|\\]", r"\\\g<0>", header) + "}"


def parse_template(text: str) -> Template:
    """Read a template; raises TemplateError with the place of what it does not understand."""
    parts: list[str | Column] = []
    at = 0
    while at < len(text):
        part, at = _next_part(text, at)
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return Template(tuple(parts))


def _next_part(text: str, at: int) -> tuple[str | Column, int]:
    if found := _TEXT.match(text, at):
        return found.group(), found.end()
    if found := _ESCAPES.match(text, at):
        halves, odd = divmod(len(found.group()), 2)
        return "\\" * halves + "{" * odd, found.end() + odd
    if text.startswith("{{", at):
        return _placeholder(text, at)
    return _column(text, at)


def _placeholder(text: str, at: int) -> tuple[str, int]:
    if found := _PLACEHOLDER.match(text, at):
        return found.group(), found.end()
    raise TemplateError(at, r"'{{' begins a placeholder of the service, such as {{name}}; write \{ for a brace")


def _column(text: str, at: int) -> tuple[Column, int]:
    name = _NAME.match(text, at + 1)
    if name is None or not name.group().strip():
        raise TemplateError(at, r"'{' must be followed by a column's header; write \{ for a brace")
    filters: tuple[Filter, ...] = ()
    end = name.end()
    while text.startswith("|", end):
        each, end = _filter(text, end, filters)
        filters = (*filters, each)
    if not text.startswith("}", end):
        raise TemplateError(end, f"'}}' is missing after {{{name.group()[:40]}; write \\{{ for a brace")
    fallback = filters[-1].text if filters and filters[-1].name == "or" else None
    kept = tuple(each for each in filters if each.name != "or")
    return Column(_ESCAPED.sub(r"\1", name.group()).strip(), fallback, kept), end + 1


def _filter(text: str, at: int, before: tuple[Filter, ...]) -> tuple[Filter, int]:
    found = _FILTER.match(text, at)
    name, word, quoted = found.groups() if found else ("", None, None)
    argument = None if quoted is None else _ESCAPED.sub(r"\1", quoted[1:-1])
    try:
        return checked(Filter(name, word, argument), before), found.end() if found else at
    except ValueError as error:
        raise TemplateError(at, str(error)) from None
