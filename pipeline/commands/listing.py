"""`people list`: who is blocked, since when, why, and who wrote it down."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from pipeline.commands.answer import answer
from pipeline.commands.options import Common
from pipeline.commands.standing import minutes
from pipeline.ledger.opening import open_ledger
from pipeline.ledger.who import Person
from pipeline.ledger.wishes import KeptBlock, blocks
from schemas.addresses import Kind
from schemas.masking import masked_text


def show_blocked(common: Common, *, show_numbers: bool) -> None:
    """Print it on stdout, the first block first; numbers are masked, also in reasons, unless `show_numbers`."""
    with open_ledger(common.ledger, reading=True) as ledger, ledger.transaction(reading=True) as connection:
        found = [_told(each, show_numbers=show_numbers) for each in blocks(connection)]
    answer(lambda: _write(found, as_json=common.as_json))


def _told(block: KeptBlock, *, show_numbers: bool) -> dict[str, Any]:
    """Of forgotten people only the hash is kept, which tells nobody anything."""
    person = Person(Kind(block.kind), block.address)
    name = None if person.kind is Kind.HASH else person.written if show_numbers else person.discreet
    reason = block.reason if show_numbers or block.reason is None else masked_text(block.reason)
    return {"kind": block.kind, "address": name, "since": block.at, "by": block.by, "reason": reason}


def _write(found: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"blocked": found}, ensure_ascii=False, indent=2) + "\n")
        return
    if not found:
        click.echo("Nobody is blocked in this ledger.")
        return
    # A person may be blocked by several addresses.
    count = "1 address is" if len(found) == 1 else f"{len(found):,} addresses are"
    click.echo(f"{count} blocked in every campaign of this ledger:")
    for each in found:
        reason = f": {each['reason']}" if each["reason"] else ""
        click.echo(f"  {_name(each)} since {minutes(each['since'])} by {each['by']}{reason}")


def _name(told: dict[str, Any]) -> str:
    match told["kind"]:
        case Kind.HASH:
            return "somebody who was forgotten"
        case Kind.ID:
            return f"id {told['address']}"
        case _:
            return str(told["address"])
