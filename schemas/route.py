"""Routes of the campaign file: which people another agent calls, or the same from another number."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from schemas.screening import Texts, plain
from schemas.table import Line, Table
from schemas.template import Column, TemplateError, parse_template
from schemas.value import Value


def _one_column(written: str) -> str:
    try:
        parts = parse_template(written).parts
    except TemplateError as error:
        raise ValueError(f"{written}: {error}") from error
    match parts:
        case (Column(_, None, ()),):
            return written
        case _:
            raise ValueError(
                f'"{written}" must be one column, in quotes: {{ "{{Preferred language}}" = ["German", "de"] }}'
            )


def _several(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


class Route(Table):
    """`[[route]]`: whoever has one of these texts in each of the columns `when`, whatever the case, is called by this agent.

    Without a number of its own it calls from that of `[campaign]`.
    """

    when: Annotated[
        dict[Annotated[str, AfterValidator(_one_column)], Annotated[Texts, BeforeValidator(_several)]],
        Field(min_length=1, examples=['when = { "{Preferred language}" = ["German", "de"] }']),
    ]
    agent_id: Annotated[Line, Field(examples=['agent_id = "agent_…"'])]
    agent_phone_number_id: Line | None = None

    @property
    def columns(self) -> tuple[Value, ...]:
        """The columns that it reads, in the order of `when`."""
        return tuple(Value(template=parse_template(written)) for written in self.when)

    @property
    def cells(self) -> tuple[frozenset[str], ...]:
        """For each column, the cells that it takes, as `plain` gives them; "" is the empty one."""
        return tuple(frozenset(map(plain, texts)) for texts in self.when.values())


def _tables(raw: object) -> object:
    if not isinstance(raw, list | tuple):
        raise ValueError("must be written as [[route]], once for each route")
    return tuple(raw)


#: `[[route]]`, the first that fits wins; so many fit into a column of rows beside 0, which is none.
Routes = Annotated[tuple[Route, ...], BeforeValidator(_tables), Field(max_length=255)]
