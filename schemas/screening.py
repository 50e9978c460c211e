"""Rules of the campaign file that leave people out by what a column of their row says."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from schemas.opt_out import AGREED, NO, YES
from schemas.table import Table, as_tuple
from schemas.template import Column, TemplateError, parse_template
from schemas.value import Value
from schemas.written import FieldValue

#: In `values`: every cell that `free` does not name.
REST = "*"
_MOST_DAYS = 10_000


def plain(text: str) -> str:
    """A cell, or a text that it is compared with: whatever its case and the space around it."""
    return text.strip().lower()


def _one_column(value: Value) -> Value:
    parts = value.template.parts if value.template else ()
    if value.model_fields_set != {"template"} or not (len(parts) == 1 and isinstance(parts[0], Column)):
        raise ValueError('must be one column, such as "{Do Not Call}"')
    if parts[0].fallback is not None:
        raise ValueError("must be the column alone; what an empty cell means is said by `values` and `free`")
    return value


def _texts(raw: object) -> object:
    if not isinstance(raw, list | tuple) or not raw or not all(isinstance(text, str) for text in raw):
        raise ValueError('must be a list of texts, ["yes", "true", "1"]')
    return tuple(raw)


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


#: Codes of rows that say no themselves.
SAYS_NO = ("do_not_call", "consent_revoked", "consent_refused")


class DoNotCall(Table):
    """`[rules] do_not_call`: nobody is called whose cell is one of `values`; `free` are the cells with which people may be.

    A cell that is neither is to fix: an unknown word may be a no. By default `values` are words that plainly say yes, and
    `free` the empty cell and words that plainly say no.
    """

    column: Annotated[FieldValue, AfterValidator(_one_column)]
    values: Texts | None = None
    free: Texts | None = None

    @field_validator("free")
    @classmethod
    def _is_no_value(cls, free: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        values = set(map(plain, info.data.get("values") or ()))
        if both := [text for text in free or () if plain(text) in values]:
            raise ValueError(f'"{both[0]}" stands in `values` too; keep one')
        return free

    @property
    def leaves_out_the_rest(self) -> bool:
        """Whether every cell that is not free leaves its row out."""
        return REST in (self.values or ())

    @property
    def barred_cells(self) -> frozenset[str]:
        """The cells, as `plain` gives them, that leave their row out."""
        return (YES if self.values is None else frozenset(map(plain, self.values))) - frozenset(
            map(plain, self.free or ())
        )

    @property
    def free_cells(self) -> frozenset[str]:
        """The cells, as `plain` gives them, with which people may be called; "" is the empty one."""
        if self.free is not None:
            return frozenset(map(plain, self.free))
        return (NO | {""}) - frozenset(map(plain, self.values or ()))


DoNotCallRules = Annotated[tuple[DoNotCall, ...], BeforeValidator(as_tuple)]


def _a_day(value: Value) -> Value:
    if value.model_fields_set - {"template", "format"}:
        raise ValueError('takes a column and its format only: { column = "{Consent Date}", format = "%m/%d/%Y" }')
    _one_column(Value(template=value.template))
    return value.model_copy(update={"type": "date"})


class Consent(Table):
    """`[rules.consent]`: only those are called whose cell is one of `values`, by default words that plainly say yes.

    REST is every cell that is filled. With `date` and `max_age_days` a consent holds so many days. `revoked` is a column
    that is empty, or plainly says no, where the consent was not taken back; whatever else stands there takes it back.
    """

    column: Annotated[FieldValue, AfterValidator(_one_column)]
    values: Texts | None = None
    date: Annotated[FieldValue, AfterValidator(_a_day)] | None = None
    max_age_days: Annotated[int, Field(ge=1, le=_MOST_DAYS)] | None = Field(default=None, validate_default=True)
    revoked: Annotated[FieldValue, AfterValidator(_one_column)] | None = None

    @field_validator("values")
    @classmethod
    def _is_filled(cls, values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if any(not plain(text) for text in values or ()):
            raise ValueError("an empty cell is no consent; remove it")
        return values

    @field_validator("max_age_days")
    @classmethod
    def _has_a_day(cls, days: int | None, info: ValidationInfo) -> int | None:
        dated = info.data.get("date") is not None
        if days is not None and "date" in info.data and not dated:
            raise ValueError('needs the day of the consent: add date = "{Consent Date}"')
        if days is None and dated:
            raise ValueError("is required with date; add max_age_days = 730")
        return days

    @property
    def columns(self) -> dict[str, Value]:
        """What it reads, by key."""
        read = {"column": self.column, "date": self.date, "revoked": self.revoked}
        return {key: value for key, value in read.items() if value is not None}

    @property
    def given_cells(self) -> frozenset[str] | None:
        """The cells, as `plain` gives them, that are a consent; None where every one is that is filled."""
        if REST in (self.values or ()):
            return None
        return AGREED if self.values is None else frozenset(map(plain, self.values))


def _header(written: str) -> str:
    """`Do Not Call` and `{Do Not Call}` are the same header here."""
    try:
        parts = parse_template(written).parts
    except TemplateError:
        return written
    match parts:
        case (Column(name, None),):
            return name
        case _:
            return written


#: Headers that are named to be passed over.
HeaderNames = Annotated[tuple[Annotated[str, AfterValidator(_header)], ...], BeforeValidator(_texts)]
