"""Earlier calls: the campaign file's rules on how often people may be called, and who is called a further time."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from schemas.days import parse_span, span_in_words
from schemas.table import Table
from schemas.value import shown

#: Statuses of people who were not reached (API.md, Endpoints); whoever was spoken to is not called a further time.
_IN_VAIN = ("failed", "voicemail", "cancelled")

Span = Annotated[timedelta, BeforeValidator(parse_span)]


class Frequency(Table):
    """`[rules.frequency]`: how often a person may be called, by all campaigns of the ledger together.

    At most `calls` times in any `days` days, and not within `gap` of another call. Nothing by default: no number holds for
    everybody. Laws name some, such as 12 CFR 1006.14(b)(2)(i) for debt collectors in the USA: 7 calls in 7 days.
    """

    calls: Annotated[int, Field(ge=1, le=1000)] | None = None
    days: Annotated[int, Field(ge=1, le=3650)] | None = Field(default=None, validate_default=True)
    gap: Span | None = Field(default=None, validate_default=True)

    @field_validator("days")
    @classmethod
    def _belongs_to_calls(cls, days: int | None, info: ValidationInfo) -> int | None:
        if "calls" in info.data and (days is None) != (info.data["calls"] is None):
            raise ValueError("`calls` and `days` belong together: calls = 3, days = 30")
        return days

    @field_validator("gap")
    @classmethod
    def _says_something(cls, gap: timedelta | None, info: ValidationInfo) -> timedelta | None:
        if gap is None and info.data.get("calls", 1) is None:
            raise ValueError('is missing, and so are `calls` and `days`; add calls = 3 and days = 30, or gap = "2d"')
        return gap

    @property
    def window(self) -> timedelta:
        """The days in which calls are counted."""
        return timedelta(days=self.days or 0)

    @property
    def reach(self) -> timedelta:
        """How long ago a call may have been and still matter."""
        return max(self.window, self.gap or timedelta(0))

    def __str__(self) -> str:
        """As a part of a sentence."""
        often = "once" if self.calls == 1 else f"{self.calls} times"
        parts = [f"more than {often} in {span_in_words(self.window)}"] if self.calls else []
        parts += [f"within {span_in_words(self.gap)} of another call"] if self.gap else []
        return " or ".join(parts)


def _endings(raw: object) -> object:
    if not isinstance(raw, list | tuple) or not raw or not all(ending in _IN_VAIN for ending in raw):
        raise ValueError(f"must be a list of {', '.join(map(shown, _IN_VAIN[:-1]))} or {shown(_IN_VAIN[-1])}")
    return tuple(raw)


class Recall(Table):
    """`[recall]`: who is called a further time: `after` all their calls have ended in one of the ways `when`.

    `at_most` so many further calls are made to a person.
    """

    when: Annotated[tuple[str, ...], BeforeValidator(_endings), Field(examples=['when = ["failed", "voicemail"]'])]
    after: Annotated[Span, Field(examples=['after = "2d"'])]
    at_most: Annotated[int, Field(ge=1, le=100, examples=["at_most = 2"])]
