"""Guess: from a sample of an export to a proposal, with the reason for each part of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pipeline.propose import content, places
from pipeline.propose.columns import Column, columns_of, told
from pipeline.propose.names import rank_of_id, variable_name
from pipeline.propose.reach import Reach, reach
from pipeline.propose.sample import Sample
from pipeline.propose.whereabouts import whereabouts
from schemas.errors import CampaignError
from schemas.fields import MAX_IDENTIFIER
from schemas.opt_out import AGREED, Asks
from schemas.proposal import Guess, Language, Meaning, OptOut, Proposal, Variable
from schemas.screening import REST

#: So many columns an agent may know without being asked; more are written down, for a person to choose.
MOST_VARIABLES = 15
_MOST_LANGUAGES = 40
#: So much of a column has to fit: to be languages, to be ids, to be read as a type.
_MOST, _UNIQUE, _TYPED = 0.8, 0.98, 0.99
_EXAMPLES = 3
_AGREED = ["yes", "true", "1"]
_BUSINESS = {
    Meaning.ID: "an id",
    Meaning.WHATSAPP: 'for channel = "whatsapp" only',
    Meaning.PRIVATE: "private, or of no use in a call",
    Meaning.COUNTRY: "a country",
    Meaning.LANGUAGE: "a language",
}


def propose(sample: Sample, local_zone: str | None, now: datetime) -> Proposal:
    """What a campaign file for this export would say; raises CampaignError where no column can be named at all."""
    columns = columns_of(sample)
    if not columns:
        raise CampaignError("the file has no column with a header that can be named; give its columns names")
    found = reach(columns, local_zone)
    number = _id(columns, sample.headers.texts)
    language = next(_languages(columns), None)
    taken = {*found.phones, *(column for column in (found.country, number, language) if column is not None)}
    rest = [column for column in columns if column not in taken and column.asks is None]
    return Proposal(
        rows=sample.rows,
        phones=found.why,
        id=Guess(number.reference, _why_id(number)) if number else None,
        country=found.country_why,
        region=found.region,
        zone=places.zone(found.e164, local_zone, now),
        whereabouts=whereabouts(columns, found.e164),
        language=_language(language) if language else None,
        variables=tuple(_variables(rest)),
        opt_outs=tuple(_opt_out(column) for column in columns if column.asks is not None),
        remarks=tuple(_remarks(found, sample, columns)),
    )


def _id(columns: Sequence[Column], headers: Sequence[str]) -> Column | None:
    """The column by which a record is known: by its name, if no cell is there twice."""
    ranked = ((rank_of_id(headers[column.index]), column) for column in columns)
    named = sorted((pair for pair in ranked if pair[0] is not None), key=lambda pair: (pair[0], pair[1].index))
    return next((column for _, column in named if _identifies(column)), None)


def _identifies(column: Column) -> bool:
    longest = column.cells.str.len_chars().max()
    return content.distinct(column.cells) >= _UNIQUE and isinstance(longest, int) and longest <= MAX_IDENTIFIER


def _why_id(column: Column) -> str:
    different = content.distinct(column.cells)
    again = "; a later row with the same one is left out" if different < 1 else ""
    return told(different, column.cells.len(), "different") + again


def _languages(columns: Sequence[Column]) -> Iterator[Column]:
    for column in columns:
        codes = content.languages(column.cells) if column.meaning is Meaning.LANGUAGE else {}
        if codes and content.share(column.cells.is_in(list(codes))) >= _MOST and len(codes) <= _MOST_LANGUAGES:
            yield column


def _language(column: Column) -> Language:
    codes = content.languages(column.cells)
    known = content.share(column.cells.is_in(list(codes)))
    return Language(column.reference, codes, told(known, column.cells.len(), "languages"))


def _opt_out(column: Column) -> OptOut:
    """How the column leaves people out. A word that is not known counts as a no, also in later exports."""
    if column.asks is Asks.CONSENT:
        return _consent(column)
    yes, _, others = content.yes_and_no(column.cells)
    if others or column.asks is Asks.REVOKED:
        return OptOut(column.reference, {"values": [REST]}, "whoever has anything there but a no is not called")
    no_calls = told(content.share(column.cells.str.to_lowercase().is_in(yes)), column.cells.len(), "a yes")
    return OptOut(column.reference, {"values": yes} if yes else {}, no_calls)


def _consent(column: Column) -> OptOut:
    """How a consent lets people in: a word that agrees to no calls is none."""
    texts = column.cells.str.to_lowercase()
    yes = sorted(AGREED.intersection(texts.unique()))
    agreed = told(content.share(texts.is_in(yes)), texts.len(), "a yes")
    keys = {"values": [REST], "free": yes or _AGREED}
    return OptOut(column.reference, keys, f"whoever has not agreed is not called; {agreed}")


def _variables(columns: Sequence[Column]) -> Iterator[Variable]:
    """Each column as a dynamic variable; active are those of which an agent may speak, if they are few enough."""
    names: set[str] = set()
    active = 0
    for column in columns:
        name = variable_name(column.name, names, f"column_{column.index + 1}")
        names.add(name)
        reason = _business(column)
        if reason is None and active >= MOST_VARIABLES:
            reason = f"more than {MOST_VARIABLES} variables: take what the agent needs"
        active += reason is None
        keys, why = _keys(column)
        yield Variable(name, column.reference, keys, reason or why, active=reason is None)


def _business(column: Column) -> str | None:
    """Why a column is not for the agent to know; None where it may."""
    if not column.filled:
        return "empty in all rows"
    if column.meaning is not None:
        return _BUSINESS.get(column.meaning, told(0, column.cells.len(), "numbers that can be called"))
    return content.is_private(column.cells)


def _keys(column: Column) -> tuple[dict[str, Any], str]:
    """The keys of its value table, and what the cells are. What is no text and may be empty is left out then."""
    keys: dict[str, Any] = {}
    kind = _kind(column, keys)
    if not column.empty_share:
        return keys, kind
    empty = f"{max(1, round(100 * column.empty_share))} % are empty"
    if "type" in keys:
        keys["required"] = False
        return keys, f"{kind}; {empty}: then it is not sent, and a prompt that needs it ends the call"
    keys["default"] = ""
    return keys, f"{kind}; {empty}: then it is an empty text".removeprefix("; ")


def _kind(column: Column, keys: dict[str, Any]) -> str:
    """What its cells are beside texts; numbers stay texts, for many of them are codes. The few others are to fix."""
    cells = column.cells
    if (fit := content.booleans(cells)) >= _TYPED:
        keys["type"] = "boolean"
        return told(fit, cells.len(), "yes or no")
    fit, formats = content.dates(cells)
    if fit < _TYPED:
        return ""
    if len(formats) > 1:
        either = " or ".join(f'"{written}"' for written in formats)
        return f'dates whose day and month can be swapped: add type = "date", format = {either}'
    keys |= {"type": "date", "format": formats[0]}
    return told(fit, cells.len(), "dates in this format")


def _remarks(found: Reach, sample: Sample, columns: Sequence[Column]) -> Iterator[str]:
    if not found.country and not found.region:
        yield "TODO: set [phone] default_region if numbers are written without + and country code"
    named = {column.index for column in columns}
    if blank := [
        str(index + 1) for index, text in enumerate(sample.headers.texts) if not text.strip() and index not in named
    ]:
        yield f"columns without a header cannot be used: {', '.join(blank[:_EXAMPLES])}{' …' if blank[_EXAMPLES:] else ''}"
