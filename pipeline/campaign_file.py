"""Reading the campaign file: TOML and its rules, with errors that people can act on."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from schemas.campaign import UNAVAILABLE, Campaign
from schemas.errors import CampaignError
from schemas.value import Value

_CURLY = re.compile("[“”„‘’]")
_HINTS = (
    (re.compile(r'"[A-Za-z]:\\'), "write Windows paths in single quotes: 'C:\\temp'"),
    (_CURLY, 'replace the curly quotes by straight ones (")'),
)


def load(path: Path) -> tuple[Campaign, str]:
    """The campaign file and its text; raises CampaignError with the file, the key and the remedy, a line each."""
    text = _text(path)
    content = _toml(path, text)
    if later := sorted(_unavailable(content)):
        raise CampaignError(f"{path}: {', '.join(later)}: not available in this version; remove it")
    try:
        return Campaign.model_validate(content, context={"folder": path.parent}), text
    except ValidationError as error:
        raise CampaignError("\n".join(f"{path}: {line}" for line in _lines(error))) from None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CampaignError(
            f"{path}: there is no campaign file; copy sample_data/campaign.toml and adapt it, or name one with -c"
        ) from None
    except OSError as error:
        raise CampaignError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CampaignError(f"{path}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CampaignError(f"{path}: {_translated(str(error), text)}") from None
    if tab := re.search(r'"[A-Za-z]:\\[tnbfr][^"\n]*"', text):
        line = text.count("\n", 0, tab.start()) + 1
        raise CampaignError(f"{path}: line {line}: {tab.group()} holds a tab or line break, not a path; {_HINTS[0][1]}")
    return content


def _translated(message: str, text: str) -> str:
    """TOML's own message, and what was probably meant, judged by the line it names."""
    found = re.search(r"line (\d+)", message)
    line = text.splitlines()[int(found.group(1)) - 1] if found and int(found.group(1)) <= text.count("\n") + 1 else ""
    hint = next((f"; {hint}" for pattern, hint in _HINTS if pattern.search(line)), "")
    return f"this is not TOML: {message}{hint}"


def _unavailable(content: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in content.items():
        dotted = f"{prefix}{key}"
        if dotted in UNAVAILABLE:
            yield dotted
        elif isinstance(value, Mapping):
            yield from _unavailable(value, f"{dotted}.")


def _lines(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        place = [str(part) for part in problem["loc"]]
        yield f"{_place(place)}: {_message(problem, place)}"


def _place(loc: list[str]) -> str:
    """`[table] key`, as the file writes it."""
    tables = [part for part in loc[:-1] if not part.startswith(("function-", "tuple[", "dict["))]
    return f"[{'.'.join(tables)}] {loc[-1]}" if tables else f"[{loc[-1]}]" if loc else "the file"


def _message(problem: Any, loc: list[str]) -> str:
    match problem["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(loc[-1], _known_keys(loc[:-1]), n=1, cutoff=0.5)
            return "unknown key" + (f"; did you mean {near[0]}?" if near else "; remove it")
        case "missing":
            return "is required; add it"
        case _:
            given = problem.get("input")
            shown = (
                f" (it is {given!r})"
                if isinstance(given, str | int | float | bool) and problem["type"] != "value_error"
                else ""
            )
            return str(problem["msg"]).removeprefix("Value error, ") + shown


def _known_keys(tables: list[str]) -> list[str]:
    model: type[BaseModel] = Campaign
    for name in tables:
        field = next((field for key, field in model.model_fields.items() if name in (key, field.alias)), None)
        inner = next(iter(_models(field.annotation)), None) if field else None
        model = inner or Value
    return [field.alias or key for key, field in model.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
