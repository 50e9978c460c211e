"""Order: which fields must be known before others, since pieces of [text] and each row's language feed templates."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from schemas.errors import CampaignError
from schemas.fields import Field
from schemas.filters import FORMATS


def in_order(uses: Mapping[str, Collection[str]]) -> list[str]:
    """Pieces by name, each after those that it uses; raises CampaignError for pieces that use each other in a circle."""
    try:
        return list(TopologicalSorter(uses).static_order())
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise CampaignError(f"[text] uses itself in a circle: {circle}; take one of them out") from None


def layers(fields: Collection[Field], language: Field | None) -> tuple[tuple[Field, ...], ...]:
    """Fields and pieces in groups, each after all that it is made of: its pieces and, where it has filters, the language."""
    early = _below(language, fields)
    by_frame = {field.frame: field for field in fields}
    sorter = TopologicalSorter({field.frame: set(_before(field, early, language)) for field in fields})
    sorter.prepare()
    found = []
    while sorter.is_active():
        ready = sorter.get_ready()
        sorter.done(*ready)
        found.append(tuple(field for frame, field in by_frame.items() if frame in set(ready)))
    return tuple(found)


def untold_language(fields: Collection[Field], language: Field | None) -> Iterator[str]:
    """What is wrong with a language that is told by what is written in it."""
    early = _below(language, fields)
    for field in fields:
        if field.frame in early and (
            names := sorted(str(each) for each in field.value.filters if each.name in FORMATS)
        ):
            yield f"{field.key}: {names[0]} writes in the row's language, which this is to tell; remove it"


def _before(field: Field, early: Collection[str], language: Field | None) -> Iterator[str]:
    yield from field.pieces.values()
    if language is not None and not language.is_constant and field.value.filters and field.frame not in early:
        yield language.frame


def _below(language: Field | None, fields: Iterable[Field]) -> frozenset[str]:
    """The frames of the language and of all pieces that it is made of."""
    by_frame = {field.frame: field for field in fields}
    found: set[str] = set()
    left = [language.frame] if language and not language.is_constant else []
    while left:
        frame = left.pop()
        found.add(frame)
        left += by_frame[frame].pieces.values()
    return frozenset(found)
