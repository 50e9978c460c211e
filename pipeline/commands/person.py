"""What is known about one person, for people or as JSON."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import polars as pl
import sqlalchemy as sa

from pipeline.commands.answer import answer
from pipeline.commands.messages import log
from pipeline.commands.standing import minutes, settled_words
from pipeline.ledger.claims import NOT_CALLED
from pipeline.ledger.hashes import hashed
from pipeline.ledger.moments import iso
from pipeline.ledger.who import Appearance, Person, called_by
from pipeline.ledger.wishes import KeptWish, wishes_of
from schemas.addresses import Kind
from schemas.codes import CODES
from schemas.errors import CampaignError
from schemas.masking import masked, masked_text
from schemas.sealed import short
from schemas.states import BatchState
from schemas.wishes import Wish

_NUMBERS = ("phone", "whatsapp")
_BECAME = {
    BatchState.PLANNED: "to be called",
    BatchState.SENDING: "being sent",
    BatchState.ACCEPTED: "given to the service to call",
    BatchState.REFUSED: "refused by the service, so not called",
    BatchState.UNCONFIRMED: "sent, and not known whether the service took it",
    BatchState.SUPERSEDED: "not sent: a later run took its place",
    BatchState.CANCELLED: "cancelled",
}
#: Texts that are longer than this many characters are shown once, and by their beginning after that.
_LONG, _BEGINNING = 120, 40
_WISHES = {
    Wish.BLOCKED: "Blocked since",
    Wish.RELEASED: "Not blocked any more since",
    Wish.CALL_AGAIN: "May be called once more since",
    Wish.FORGOTTEN: "Forgotten",
}


def kept(connection: sa.Connection, person: Person) -> tuple[list[KeptWish], list[str]]:
    """What the person wanted, and who has called somebody who was forgotten: only where the key of the hashes is at hand."""
    people = [(person.kind.value, person.address)]
    try:
        forgotten = hashed(connection, people)
    except CampaignError as error:
        log.warning("%s; whether this person was forgotten is not known", error)
        forgotten = []
    return wishes_of(connection, [*people, *forgotten]), called_by(connection, forgotten)


def refuse_other(text: str, person: Person) -> None:
    """Raise CampaignError where `text`, of which nothing is known, has no + and would be no number if it had one.

    Somebody else's number would be answered for otherwise: (415) 555-2603 is none of Switzerland's, +41.
    """
    if person.kind is not Kind.PHONE or text.strip().startswith("+"):
        return
    from pipeline.phone import to_e164  # only for what was not found

    read = to_e164(pl.Series([person.written]), pl.Series([None], dtype=pl.String))
    if read["e164"][0] is None:
        raise CampaignError(f"{text!r} has no country code; write it with + and country code, such as +14155552671")


def show(
    person: Person,
    found: list[Appearance],
    wishes: list[KeptWish],
    forgotten: list[str],
    *,
    as_json: bool,
    show_numbers: bool,
) -> None:
    """Print it on stdout; `forgotten` are campaigns that have called somebody who was forgotten since.

    Unless `show_numbers`, numbers are masked and the row of the file is left out.
    """
    name = person.written if show_numbers else person.discreet
    told = [_told(each, show_numbers=show_numbers) for each in found]
    answer(lambda: _write(name, told, wishes, forgotten, as_json=as_json))


def _write(
    name: str, told: list[dict[str, Any]], wishes: list[KeptWish], forgotten: list[str], *, as_json: bool
) -> None:
    if as_json:
        kept_wishes = [asdict(wish) for wish in wishes]
        document = {"person": name, "wishes": kept_wishes, "forgotten_by": forgotten, "appearances": told}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    runs = {each["run"] for each in told}
    sys.stdout.write(f"{name} is in {len(runs):,} {'run' if len(runs) == 1 else 'runs'} of this ledger.\n")
    if forgotten:
        sys.stdout.write(f"Known as called by {', '.join(forgotten)}, and forgotten since.\n")
    elif not runs and name.startswith("+"):
        sys.stdout.write(
            "Numbers are looked for in full, and begin with their country's code: if this one does not, write +, that code "
            "and the number.\n"
        )
    for wish in wishes:
        reason = f": {wish.reason}" if wish.reason else ""
        sys.stdout.write(f"{_WISHES[Wish(wish.wish)]} {minutes(wish.at)} by {wish.by}{reason}\n")
    seen: dict[str, str] = {}
    for each in told:
        sys.stdout.write("\n" + "\n".join(_lines(each | {"words": _once(each["words"], _place(each), seen)})) + "\n")


def _place(each: dict[str, Any]) -> str:
    return f"run {each['run']}, row {each['row']}"


def _once(value: Any, place: str, seen: dict[str, str]) -> Any:
    """Any JSON with the long texts that were `seen` replaced by the place where; those that are new are seen from now on."""
    match value:
        case dict():
            return {key: _once(each, place, seen) for key, each in value.items()}
        case list():
            return [_once(each, place, seen) for each in value]
        case str() if len(value) > _LONG and seen.setdefault(value, place) != place:
            return f"{value[:_BEGINNING]}… (the same {len(value):,} characters as in {seen[value]})"
        case _:
            return value


def _told(each: Appearance, *, show_numbers: bool) -> dict[str, Any]:
    told = asdict(each)
    if show_numbers:
        return told
    del told["source"]
    discreet = {name: _discreet(told[name]) for name in ("words", "attempts", "said", "approved_note")}
    return told | discreet | {name: told[name] and masked(told[name]) for name in _NUMBERS}


def _discreet(value: Any) -> Any:
    """Any JSON with the numbers in it masked."""
    match value:
        case dict():
            return {key: _discreet(each) for key, each in value.items()}
        case list() | tuple():
            return [_discreet(each) for each in value]
        case str():
            return masked_text(value)
        case int() if masked_text(str(value)) != str(value):
            return masked_text(str(value))
        case _:
            return value


def _lines(told: dict[str, Any]) -> Iterator[str]:
    kind = "test run" if told["kind"] == "test" else "run"
    yield f"{told['campaign']}, {kind} {told['run']} ({minutes(told['started_at'])}), row {told['row']}: {_became(told)}"
    if told["plan_seal"]:
        yield f"  from the saved plan {short(told['plan_seal'])}, {_approved(told)}"
    said = f" ({told['said']})" if told["said"] else ""
    for code in filter(CODES.__contains__, told["codes"]):
        heeded = f" (the run heeded {', '.join(told['lists'])})" if code == "suppressed" else said
        yield f"  {code}: this row {CODES[code].meaning}{heeded}"
    if told["zones"]:
        yield _hours(told)
    if told["batch"] is not None:
        yield from _batch_lines(told)
    if told.get("source"):
        yield f"  in the file: {json.dumps(told['source'], ensure_ascii=False)}"


def _approved(told: dict[str, Any]) -> str:
    """Who said yes to the plan, when, and with which note."""
    if not told["approved_by"]:
        return "not approved"
    note = f": {told['approved_note']}" if told["approved_note"] else ""
    return f"approved by {told['approved_by']}, {minutes(told['approved_at'])}{note}"


def _became(told: dict[str, Any]) -> str:
    """What became of the row; of a planned one its batch tells."""
    return _BECAME[told["state"]] if told["state"] else str(told["outcome"]).replace("_", " ")


def _hours(told: dict[str, Any]) -> str:
    """In which hours the person may be called."""
    end = f", until {minutes(iso(told['end_unix']))}" if told["end_unix"] else ""
    until = f", estimated to be through by {minutes(iso(told['until_unix']))}" if told["until_unix"] else ""
    return f"  hours: {told['zones']} ({told['evidence']}){end}{until}"


def _batch_lines(told: dict[str, Any]) -> Iterator[str]:
    start = "at once" if told["start_unix"] is None else minutes(iso(told["start_unix"]))
    yield f"  batch {told['batch']}: {told['state']} since {minutes(told['state_at'])}, start {start}"
    if told["rest_of"]:
        yield f"  taken out of batch {told['rest_of']}, in which the service refused others; that one called nobody"
    if told["attempt"] > 1:
        yield f"  call {told['attempt']} to this person under this campaign's name ([recall])"
    if told["service_id"]:
        yield f"  at the service: {told['service_id']} ({told['service_status']})"
    if told["result"]:
        conversation = f", conversation {told['conversation_id']}" if told["conversation_id"] else ""
        yield f"  the call: {told['result']}{conversation}"
    yield f"  counts as called under this campaign's name: {'yes' if told['remembered'] else 'no'}"
    for attempt in told["attempts"]:
        yield f"  attempt {attempt['number']}, {minutes(attempt['begun_at'])}: {_outcome(attempt)}"
        if attempt["settled"]:
            yield f"    {settled_words(attempt)}"
    yield from _word_lines(told)


def _word_lines(told: dict[str, Any]) -> Iterator[str]:
    if told["words"] is None:
        yield "  the words are not kept any more"
        return
    yield "  words that nobody was called with:" if told["state"] in NOT_CALLED else "  words:"
    yield from (f"    {line}" for line in json.dumps(told["words"], ensure_ascii=False, indent=2).splitlines())


def _outcome(attempt: dict[str, Any]) -> str:
    parts = (attempt["verdict"] or "no answer yet", attempt["http_status"], attempt["error_code"], attempt["message"])
    request = attempt["request_id"] and f"request id {attempt['request_id']}"
    return ", ".join(str(part) for part in (*parts, request) if part)
