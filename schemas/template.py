r"""Templates of the campaign file: `{Column}`, `{Column|or "text"}`, `{{service placeholder}}`, `\{`."""

import re
from dataclasses import dataclass

#: Filters that the grammar keeps a place for; they come with a later version.
LATER_FILTERS = frozenset({"name", "date", "money", "list", "upper", "lower"})

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
_TEXT = re.compile(r"(?:[^{\\]|\\(?!\{))+")
_NAME = re.compile(r"(?:[^{}|\\]|\\[{}|\\])+")
_FILTER = re.compile(r'\s*\|\s*([A-Za-z]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*')


class TemplateError(ValueError):
    """A template that cannot be read; the message names the character, counted from 1."""


@dataclass(frozen=True)
class Column:
    """A reference to a column by its header; `fallback` stands in for an empty cell."""

    name: str
    fallback: str | None = None


@dataclass(frozen=True)
class Template:
    """Texts and columns in order. Text is sent as it is, service placeholders included."""

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
    if text.startswith("\\{", at):
        return "{", at + 2
    if text.startswith("{{", at):
        return _placeholder(text, at)
    return _column(text, at)


def _placeholder(text: str, at: int) -> tuple[str, int]:
    if found := _PLACEHOLDER.match(text, at):
        return found.group(), found.end()
    raise TemplateError(
        f"character {at + 1}: '{{{{' begins a placeholder of the service, which must read {{{{name}}}}; write \\{{ for a brace"
    )


def _column(text: str, at: int) -> tuple[Column, int]:
    name = _NAME.match(text, at + 1)
    if not name or not name.group().strip():
        raise TemplateError(f"character {at + 1}: '{{' must be followed by a column's header; write \\{{ for a brace")
    fallback, end = None, name.end()
    while found := _FILTER.match(text, end):
        fallback, end = _fallback(found, fallback, end), found.end()
    if not text.startswith("}", end):
        raise TemplateError(f"character {end + 1}: '}}' is missing after {{{name.group()}")
    return Column(re.sub(r"\\(.)", r"\1", name.group()).strip(), fallback), end + 1


def _fallback(found: re.Match[str], before: str | None, at: int) -> str:
    word, argument = found.groups()
    if word in LATER_FILTERS:
        raise TemplateError(f"character {at + 1}: the filter |{word} is not available in this version")
    if word != "or":
        raise TemplateError(f'character {at + 1}: unknown filter |{word}; the one there is reads |or "text"')
    if argument is None or before is not None:
        raise TemplateError(f'character {at + 1}: |or takes one text in quotes, once: {{Column|or "text"}}')
    return re.sub(r"\\(.)", r"\1", argument)
