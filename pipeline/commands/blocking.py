"""`people block`: whom, whether that is meant, and what it came to."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import polars as pl
import sqlalchemy as sa

from pipeline.commands.answer import answer
from pipeline.commands.messages import log
from pipeline.commands.options import Common
from pipeline.commands.sending import ask, ledger_of
from pipeline.commands.user import user
from pipeline.ledger.hashes import key_in_use
from pipeline.ledger.who import Person, person_of
from pipeline.ledger.wishes import PEOPLE_SCHEMA, Word, alike, under_way
from pipeline.ledger.wishes import block as write_down
from pipeline.phone import to_e164
from pipeline.plan import number_list
from schemas.addresses import Kind
from schemas.errors import CampaignError, Exit
from schemas.hashing import HashKey
from schemas.masking import masked_text

#: So many refused lines fit on a screen; `--json` has all.
_SHOWN = 20
_CUT = 40
_HOW_REGION = "--default-region"


@dataclass(frozen=True)
class Asked:
    """The options of `people block`."""

    people: tuple[str, ...]
    ids: tuple[str, ...]
    file: Path | None
    columns: tuple[str, ...]
    sheet: str | None
    region: str | None
    reason: str
    yes: bool
    create_ledger: bool


@dataclass(frozen=True)
class _Blocked:
    """How many were asked for, how many of them were not blocked before, and how many calls may be under way.

    `too` are further addresses, masked, by which the ledger knows the ids, and which are blocked with them; of the ids in
    `unseen` it has no row.
    """

    asked: int
    fresh: int
    under_way: int
    too: list[str]
    unseen: list[str]


def block(common: Common, asked: Asked) -> Exit:
    """Write the blocks down; STOPPED where a line of the file blocked nobody.

    Raises CampaignError where somebody cannot be told, or it is not confirmed.
    """
    if not asked.reason.strip():
        raise CampaignError("--reason is empty; say why, in a few words")
    named = people_of(asked.people, asked.ids, lambda text: _person(text, asked.region))
    people, lines = _with_file(frame_of(named), asked)
    confirm(people.height, "never call {} again, in any campaign", yes=asked.yes)
    with ledger_of(common, create=asked.create_ledger) as ledger, ledger.transaction() as connection:
        told = _blocked(connection, people, asked)
    refused = list(lines)
    answer(lambda: _write(told, refused, as_json=common.as_json))
    return Exit.STOPPED if refused else Exit.DONE


def _blocked(connection: sa.Connection, people: pl.DataFrame, asked: Asked) -> _Blocked:
    """An id is blocked with the numbers that its rows have: another export may know them by another id."""
    word, key = Word(user(), time.time(), asked.reason.strip()), _key(connection)
    known = alike(connection, [(Kind.ID.value, each) for each in asked.ids])
    whole = pl.concat([people, frame_of(Person(Kind(kind), address) for kind, address in known)])
    more = whole.unique(maintain_order=True).join(people, on=list(PEOPLE_SCHEMA), how="anti", maintain_order="left")
    fresh = write_down(connection, people, word, key)
    write_down(connection, more, word, key)
    return _Blocked(
        asked=people.height,
        fresh=fresh,
        under_way=under_way(connection, whole),
        too=[Person(Kind(kind), address).label for kind, address in more.rows()],
        unseen=[each for each in dict.fromkeys(asked.ids) if (Kind.ID.value, each) not in known],
    )


def _key(connection: sa.Connection) -> HashKey | None:
    """The key by which people were forgotten. Nobody's "no" may fail for want of it."""
    try:
        return key_in_use(connection)
    except CampaignError as error:
        log.warning("%s; whoever is blocked and forgotten already is blocked by number now", error)
        return None


def people_of(people: Sequence[str], ids: Sequence[str], read: Callable[[str], Person] = person_of) -> list[Person]:
    """Everybody who is named on the command line; raises CampaignError for what `read` does not take, or an empty id."""
    return [*map(read, people), *(Person(Kind.ID, _id(each)) for each in ids)]


def frame_of(people: Iterable[Person]) -> pl.DataFrame:
    """People as PEOPLE_SCHEMA, each once."""
    lines = dict.fromkeys((person.kind.value, person.address) for person in people)
    return pl.DataFrame(list(lines), schema=PEOPLE_SCHEMA, orient="row")


def confirm(count: int, what: str, *, yes: bool) -> None:
    """Let a person type how many people it is about, unless `yes`; `what` has `{}` for them."""
    if not yes and not sys.stdin.isatty():
        raise CampaignError("there is no terminal to ask on; add --yes. Nothing was changed")
    people = "1 person" if count == 1 else f"{count:,} people"
    ask(str(count), f"Type {count} to {what.format(people)}:", yes=yes)


def _person(text: str, region: str | None) -> Person:
    """A number has to be one: a block of a mistyped number would be a promise that is not kept."""
    read = to_e164(pl.Series([text], dtype=pl.String), pl.Series([region], dtype=pl.String)) if region else None
    if read is not None and (number := read["e164"][0]):
        return Person(Kind.PHONE, str(number))
    person = person_of(text)
    if person.kind is Kind.PHONE:
        number = pl.Series([f"+{person.address}"])
        if reason := to_e164(number, pl.Series([None], dtype=pl.String))["reason"][0]:
            raise CampaignError(f"{text!r} is no valid number ({reason}); nothing was changed")
    return person


def _id(text: str) -> str:
    if not text.strip():
        raise CampaignError("--id is empty; nothing was changed")
    return text


def _with_file(people: pl.DataFrame, asked: Asked) -> tuple[pl.DataFrame, Iterator[dict[str, object]]]:
    """The numbers of the file as well; and the lines that are none, numbers masked."""
    if asked.file is None:
        return people, iter(())
    found = number_list.read_list(
        asked.file,
        number_list.Asked(
            asked.columns, asked.region, "--column", _HOW_REGION, "; nobody was blocked", asked.sheet, "--sheet"
        ),
    )
    log.info("%s", " ".join([f"{asked.file}: read {found.read_as}.", *found.said]))
    numbers = found.numbers.cast(pl.String).to_frame("address").select(kind=pl.lit(Kind.PHONE.value), address="address")
    lines = (line | {"value": masked_text(line["value"])[:_CUT]} for line in found.refused.iter_rows(named=True))
    return pl.concat([people, numbers]).unique(maintain_order=True), lines


def _write(told: _Blocked, refused: Sequence[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        document = {"people": told.asked, "blocked_before": told.asked - told.fresh, "blocked_too": told.too,
                    "ids_not_seen": told.unseen, "under_way": told.under_way, "not_numbers": refused}  # fmt: skip
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    before = f" ({told.asked - told.fresh:,} of them were blocked before)" if told.fresh < told.asked else ""
    people = "1 person is" if told.asked == 1 else f"{told.asked:,} people are"
    click.echo(f"{people} blocked in every campaign of this ledger{before}.")
    if told.too:
        click.echo(f"So is what else the ledger knows the ids by: {_cut(told.too)}.")
    for each in told.unseen[:_SHOWN]:
        click.echo(f"No row of this ledger has the id {each!r}; it is blocked should it come.")
    if told.under_way:
        click.echo(
            f"The service has, or may have, batches with {told.under_way:,} of them: those calls may still be made; "
            "`campaign stop` cancels open batches as a whole."
        )
    _write_refused(refused)


def _cut(lines: Sequence[str]) -> str:
    more = f" and {len(lines) - _SHOWN:,} more" if len(lines) > _SHOWN else ""
    return ", ".join(lines[:_SHOWN]) + more


def _write_refused(refused: Sequence[dict[str, object]]) -> None:
    if refused:
        click.echo(f"{len(refused):,} {'line is' if len(refused) == 1 else 'lines are'} no number and blocked nobody:")
    for line in refused[:_SHOWN]:
        remedy = number_list.region_remedy(str(line["reason"]), _HOW_REGION)
        click.echo(f"  row {line['row']}, {line['column']}: {line['value']!r} ({line['reason']}{remedy})")
    if len(refused) > _SHOWN:
        click.echo(f"  … and {len(refused) - _SHOWN:,} more; --json has all of them.")
