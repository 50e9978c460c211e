"""One value of the campaign file: a template, a constant or a file's text, and the rules it must keep."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from schemas.template import Template, TemplateError, parse_template

ValueType = Literal["string", "integer", "number", "boolean", "date"]
Scalar = str | int | float | bool
#: A table with one of these keys is a value; any other table is an object of values.
SOURCES = ("template", "column", "constant", "file")
_TEXT_LIKE = ("template", "constant", "file")


class Value(BaseModel):
    """What a field holds. Exactly one of `template` and `constant` is set; `constant` is any JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, strict=True)

    template: Template | None = None
    constant: Any = None
    file: str | None = None
    type: ValueType = "string"
    format: str | None = None
    default: Scalar | None = None
    required: bool | None = None
    values: tuple[str, ...] | dict[str, Scalar] | None = None
    max_length: Annotated[int, Field(ge=1)] | None = None  # characters

    @field_validator("type", mode="before")
    @classmethod
    def _known_type(cls, value: object) -> object:
        if value == "language":
            raise ValueError('type = "language" is not available in this version')
        return value

    @field_validator("values", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, dict) and any("{" in text for text in value.values() if isinstance(text, str)):
            raise ValueError("templates inside `values` are not available in this version")
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _sensible(self) -> "Value":
        if self.format is not None and self.type != "date":
            raise ValueError('`format` belongs to type = "date"')
        if self.template is None and (self.default is not None or self.values is not None):
            raise ValueError("a constant has no `default` and no `values`")
        return self


def _template(text: object) -> Template:
    if not isinstance(text, str):
        raise ValueError("a template is a text in quotes")
    try:
        return parse_template(text)
    except TemplateError as error:
        raise ValueError(str(error)) from error


def _file_text(name: object, info: ValidationInfo) -> str:
    folder = Path(info.context["folder"]) if info.context else Path()
    if not isinstance(name, str):
        raise ValueError("`file` is a path in quotes")
    try:
        return (folder / name).read_text("utf-8").rstrip("\n")
    except OSError as error:
        raise ValueError(f"the file {name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"the file {name} is not UTF-8 (byte {error.start + 1})") from error


def _constant(value: object) -> Any:
    if isinstance(value, date):  # datetime too: TOML's own dates are sent in ISO 8601
        return value.isoformat()
    if isinstance(value, list) and any(isinstance(text, str) and _template(text).columns for text in value):
        raise ValueError(
            "columns inside a list are not available in this version; write { constant = […] } if you mean the text"
        )
    return value


def _table(raw: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    given = [key for key in SOURCES if key in raw]
    if len(given) != 1:
        raise ValueError(f"a value needs exactly one of {', '.join(SOURCES)}")
    rest = {key: value for key, value in raw.items() if key not in SOURCES}
    source = raw[given[0]]
    match given[0]:
        case "constant":
            return {**rest, "constant": source}
        case "file":
            return {**rest, "constant": _file_text(source, info), "file": source}
        case _:
            return {**rest, "template": _template(source)}


def _read_value(raw: object, info: ValidationInfo) -> object:
    if isinstance(raw, Value):
        return raw
    if isinstance(raw, dict):
        return _table(raw, info)
    if isinstance(raw, str):
        return {"template": _template(raw)}
    return {"constant": _constant(raw)}


FieldValue = Annotated[Value, BeforeValidator(_read_value)]


def _read_tree(raw: object, info: ValidationInfo) -> object:
    """An object of values, nested at will: a table without a SOURCES key is an object again."""
    if isinstance(raw, dict) and not any(key in raw for key in SOURCES):
        return {key: _read_tree(child, info) for key, child in raw.items()}
    if isinstance(raw, Value):
        return raw
    read = _read_value(raw, info)
    return Value.model_validate(read, context=info.context)


Tree = Annotated[dict[str, Any], BeforeValidator(_read_tree)]
