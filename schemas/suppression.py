"""Suppression lists: files of numbers that must not be called, as the campaign file names them and as a plan has read them."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from schemas.regions import Region
from schemas.screening import HeaderNames
from schemas.source_table import Sheet
from schemas.table import Table

#: How many days a version of a do-not-call registry may be used: 47 CFR 64.1200(c)(2)(i)(D), 16 CFR 310.4(b)(3)(iv).
REGISTRY_DAYS = 31
_MOST_DAYS = 10_000


def _beside_the_campaign_file(raw: object, info: ValidationInfo) -> object:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("must be a path in quotes")
    return Path(info.context["folder"]) / raw if info.context else Path(raw)


def _one_or_several(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


class Suppression(Table):
    """One of `[[rules.suppression]]`: nobody is called whose number stands in the file.

    `sheet` is that of a workbook, and `column` are the columns with numbers; they are found where none is named.
    `default_region` is for numbers without a plus, else that of [phone]. A list of a `registry` is too old after REGISTRY_DAYS, any other only if `max_age_days` is given.
    `as_of` is the day on which it was obtained, else the file's last change counts.
    """

    file: Annotated[Path, BeforeValidator(_beside_the_campaign_file), Field(examples=['file = "do-not-call.csv"'])]
    sheet: Sheet | None = None
    column: Annotated[HeaderNames, BeforeValidator(_one_or_several)] = ()
    default_region: Region | None = None
    registry: bool = False
    max_age_days: Annotated[int, Field(ge=1, le=_MOST_DAYS)] | None = None
    as_of: date | None = None

    @property
    def most_days(self) -> int | None:
        """The age from which on it refuses a run; None where it never does."""
        return self.max_age_days or (REGISTRY_DAYS if self.registry else None)


@dataclass(frozen=True)
class SuppressionList:
    """A list as a plan has read it: its file and SHA-256 (hex), how many different numbers, and how many cells are none.

    `as_of` (aware) is when it was obtained, `age_days` how many whole days before the campaign's start that is.
    `read_as` names its columns and region, `said` are sentences about how its file was read, and `unread` the first of the
    cells that are no number, masked.
    """

    name: str
    sha256: str
    numbers: int
    refused: int
    as_of: datetime
    age_days: int
    registry: bool
    most_days: int | None
    read_as: str = ""
    said: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def as_json(self) -> dict[str, Any]:
        """It for the ledger and the report: the moment in ISO 8601, and nothing that may hold a cell of the file."""
        known = asdict(self) | {"as_of": self.as_of.isoformat(timespec="seconds")}
        return {name: value for name, value in known.items() if name not in ("said", "unread")}

    @property
    def is_too_old(self) -> bool:
        """Whether nobody may be called by it any more."""
        return self.most_days is not None and self.age_days > self.most_days
