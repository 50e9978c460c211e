"""Values as the campaign file writes them: a template in quotes, a constant, or a table with one of SOURCES."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ValidationInfo

from schemas.table import nearest
from schemas.template import Column, Template, TemplateError, parse_template, reference
from schemas.value import Value, ValueType, plain_json, suits

#: A table with one of these keys is a value; any other table is an object of values.
SOURCES = ("column", "template", "constant", "file")


def _template(raw: object) -> Template:
    if not isinstance(raw, str):
        raise ValueError("a template is a text in quotes")
    try:
        return parse_template(raw)
    except TemplateError as error:
        raise ValueError(str(error)) from error


def _column(raw: object) -> Template:
    match _template(raw).parts:
        case (Column() as column,):
            return Template((column,))
        case (str() as header,):
            raise ValueError(f'column must be written "{reference(header)}"')
        case _:
            raise ValueError('column is one column, such as "{First Name}"; write template = … for more')


def _file_text(name: object, info: ValidationInfo) -> str:
    """The file's text, exactly, but for one line break at its end; of a kept campaign file, the text kept with it."""
    if not isinstance(name, str):
        raise ValueError("file must be a path in quotes")
    if (kept := (info.context or {}).get("texts", {}).get(name)) is not None:
        return str(kept)
    try:
        text = (_folder(info) / name).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"the file {name!r} is not UTF-8 at byte {error.start + 1}; save it as UTF-8") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ValueError(f"the file {name!r} cannot be read: {reason}; the path begins at the campaign file") from error
    if not text.strip():
        raise ValueError(f"the file {name!r} is empty")
    return text.removesuffix("\n").removesuffix("\r")


def _folder(info: ValidationInfo) -> Path:
    return Path(info.context["folder"]) if info.context else Path()


def _constant(raw: object) -> Any:
    """A value that is no text is a constant. A column inside a list would never be read, so it is refused."""
    if any(map(_looks_read, _texts_in(raw))):
        raise ValueError(
            "columns inside a list are not available in this version; for the text itself write { constant = [ … ] }"
        )
    return plain_json(raw)


def _looks_read(text: str) -> bool:
    try:
        return bool(parse_template(text).columns)
    except TemplateError:
        return True


def _texts_in(raw: object) -> list[str]:
    match raw:
        case str():
            return [raw]
        case list() | dict():
            inner = raw.values() if isinstance(raw, dict) else raw
            return [text for each in inner for text in _texts_in(each)]
        case _:
            return []


def _table(raw: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    given = [key for key in SOURCES if key in raw]
    if len(given) != 1:
        raise ValueError(_not_one(given, list(raw)))
    rest = {key: value for key, value in raw.items() if key not in SOURCES}
    if isinstance(values := rest.get("values"), dict) and (kind := _type_of(values)):
        rest.setdefault("type", kind)
    source = raw[given[0]]
    match given[0]:
        case "constant":
            return {**rest, "constant": plain_json(source)}
        case "file":
            return {**rest, "constant": _file_text(source, info), "file": source}
        case "column":
            return {**rest, "template": _column(source)}
        case _:
            return {**rest, "template": _template(source)}


def _type_of(values: dict[str, Any]) -> ValueType | None:
    """The one type of all that `values` send."""
    kinds: tuple[ValueType, ...] = ("string", "boolean", "integer", "number")
    return next((kind for kind in kinds if all(suits(sent, kind) for sent in values.values())), None)


def _not_one(given: list[str], keys: list[str]) -> str:
    if given:
        return f"has both {given[0]} and {given[1]}; keep one"
    near = (f"; did you mean {close} for {key}?" for key in keys if (close := nearest(key, SOURCES)))
    return f"needs one of {', '.join(SOURCES)}{next(near, '')}"


def _read_value(raw: object, info: ValidationInfo) -> object:
    if isinstance(raw, Value):
        return raw
    if isinstance(raw, dict):
        return _table(raw, info)
    if isinstance(raw, str):
        return {"template": _template(raw)}
    return {"constant": _constant(raw)}


FieldValue = Annotated[Value, BeforeValidator(_read_value)]


def file_texts(part: object) -> dict[str, str]:
    """The texts of the files that a part of the campaign file names, by the name that stands there."""
    match part:
        case Value(file=str(name), constant=str(text)):
            return {name: text}
        case BaseModel():
            inner: list[object] = [each for _, each in part]
        case dict():
            inner = list(part.values())
        case list() | tuple():
            inner = list(part)
        case _:
            return {}
    return {name: text for each in inner for name, text in file_texts(each).items()}


def shape(raw: object) -> str:
    """Which of the two a table below an object is; the names stand in pydantic's places, where no key can be like them."""
    return "<object>" if isinstance(raw, dict) and not raw.keys() & set(SOURCES) else "<value>"
