"""One value of the campaign file: a template, a constant or a file's text, and the rules its cells must keep."""

import json
import math
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
)

from schemas.filters import Filter
from schemas.template import Column, Template, TemplateError, parse_template, placeholders_of

ValueType = Literal["string", "integer", "number", "boolean", "date", "language"]
#: The types that are sent as text.
TEXTS: frozenset[ValueType] = frozenset({"string", "date", "language"})
Scalar: TypeAlias = str | int | float | bool
#: In `values`: every text that is not listed, and the empty cell.
REST = "*"
_SHOWN = 60
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def suits(given: object, kind: ValueType) -> bool:
    """Whether a value of the campaign file is of a type."""
    match kind:
        case "boolean":
            return isinstance(given, bool)
        case "integer" | "number":
            return isinstance(given, int if kind == "integer" else int | float) and not isinstance(given, bool)
        case "date":
            return isinstance(given, str) and _is_date(given)
        case "language":
            return isinstance(given, str) and _LANGUAGE.fullmatch(given) is not None
        case _:
            return isinstance(given, str)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def shown(given: object) -> str:
    """A value for messages, as TOML writes it, cut to fit a line."""
    text = json.dumps(given, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def plain_json(raw: object) -> Any:
    """What TOML holds as what JSON can hold: dates and times are texts in ISO 8601."""
    match raw:
        case dict():
            return {key: plain_json(each) for key, each in raw.items()}
        case list():
            return [plain_json(each) for each in raw]
        case date() | time():  # a datetime is a date
            return raw.isoformat()
        case float() if not math.isfinite(raw):
            raise ValueError(f"{raw} is no number in JSON")
        case _:
            return raw


def _scalar(raw: object) -> Scalar:
    plain = plain_json(raw)
    if isinstance(plain, Scalar):
        return plain
    raise ValueError("must be a text in quotes, a number, true or false")


def _listed(raw: object) -> tuple[str, ...] | dict[str, Scalar | Template]:
    if isinstance(raw, list | tuple) and raw and all(isinstance(text, str) and text for text in raw):
        return tuple(raw)
    if not isinstance(raw, dict) or not raw:
        raise ValueError('must be a list of texts, ["a", "b"], or a table of what is sent for each, { Yes = true }')
    sent = {text: _put_in_place(text, given) for text, given in raw.items()}
    if "" in sent.values():
        raise ValueError('holds "", which is never sent for a cell')
    return sent


def _put_in_place(text: str, raw: object) -> Scalar | Template:
    if isinstance(raw, Template):
        return raw
    given = _scalar(raw)
    if not isinstance(given, str):
        return given
    try:
        template = parse_template(given)
    except TemplateError as error:
        raise ValueError(f"{shown(text)}: {error}") from error
    return template if template.columns else "".join(map(str, template.parts))


def _whole_date(written: str) -> str:
    sample = date(2031, 12, 25)
    try:
        told = datetime.strptime(sample.strftime(written), written).date()  # noqa: DTZ007 -- no moment, a pattern
    except ValueError:
        told = None
    if told != sample:
        raise ValueError("must tell day, month and year, such as %m/%d/%Y")
    return written


class Value(BaseModel):
    """What a field holds. Exactly one of `template` and `constant` is set; `constant` is any JSON, or the text of `file`.

    The rest is about columns: `type` is what their text is read as, `format` how dates are written in them (strptime),
    `values` the texts that are allowed or what is sent for each (templates too; REST is for all others and for empty
    cells that have no default), `max_length` the most characters.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, strict=True)

    template: Template | None = None
    constant: Any = None
    file: str | None = None
    type: ValueType = "string"
    format: Annotated[str, AfterValidator(_whole_date)] | None = None
    default: Annotated[Scalar | None, PlainValidator(_scalar)] = None
    required: bool | None = None
    values: Annotated[tuple[str, ...] | dict[str, Scalar | Template] | None, PlainValidator(_listed)] = None
    max_length: Annotated[int, Field(ge=1)] | None = None

    @field_validator("format", "default", "required", "values", "max_length")
    @classmethod
    def _is_about_columns(cls, given: Any, info: ValidationInfo) -> Any:
        template = info.data.get("template")
        if template is None or not template.columns:
            raise ValueError("is of no use to a value that reads no column; remove it")
        return given

    @property
    def reads_columns(self) -> bool:
        """Whether it differs from row to row."""
        return self.template is not None and bool(self.template.columns)

    @property
    def templates(self) -> Iterator[Template]:
        """Every template in it: its own, and those among `values`."""
        if self.template is not None:
            yield self.template
        if isinstance(self.values, dict):
            yield from (each for each in self.values.values() if isinstance(each, Template))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that its templates read, in order, repeats included."""
        return tuple(column for template in self.templates for column in template.columns)

    @property
    def placeholders(self) -> Iterator[str]:
        """Names of the `{{…}}` in all that it may send of its own, repeats included."""
        for template in self.templates:
            yield from template.placeholders
        sent = self.values.values() if isinstance(self.values, dict) else ()
        for text in (self.constant, self.default, *sent):
            if isinstance(text, str):
                yield from placeholders_of(text)

    @property
    def filters(self) -> frozenset[Filter]:
        """The filters of its templates."""
        return frozenset(each for column in self.columns for each in column.filters)

    @property
    def same_for_all(self) -> Any:
        """What it is in every row, if it reads no column: any JSON."""
        return self.constant if self.template is None else "".join(map(str, self.template.parts))
