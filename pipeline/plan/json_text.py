"""JSON text made by column (RFC 8259): strings, and objects of what is there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any, Union

import polars as pl

#: The characters that a string must escape: RFC 8259, section 7. Much faster than polars' own encoding of a struct.
_ESCAPES = {'"': '\\"', "\\": "\\\\"} | {chr(code): f"\\u{code:04x}" for code in range(0x20)}
_RAW, _ESCAPED = list(_ESCAPES), list(_ESCAPES.values())


#: What is strung together to a text: texts that are the same in every row, and String columns.
Pieces = tuple[str | pl.Expr, ...]


@dataclass(frozen=True)
class Json:
    """A value in every row: `pieces` make its JSON text; `present` says whether it is there (None: in every row).

    They stay in pieces as long as they can, for every text in between is copied. Where a piece is null, so is the text.
    """

    pieces: Pieces
    present: pl.Expr | None

    @property
    def text(self) -> pl.Expr:
        """Its JSON (String; null: absent)."""
        return _strung(self.pieces)


#: An object's members by key; those of an object inside it in turn.
Members = Mapping[str, Union[Json, "Members"]]


def constant(value: Any) -> Json:
    """The same value in every row."""
    return Json((json_of(value),), None)


def string(column: str) -> Json:
    """A String column as JSON strings; null is absent."""
    return Json(('"', escaped(column), '"'), pl.col(column).is_not_null())


def escaped(column: str) -> pl.Expr:
    """A String column as it stands between the quotes of JSON strings."""
    return pl.col(column).str.replace_many(_RAW, _ESCAPED)


def written(column: str) -> Json:
    """A String column that holds JSON already; null is absent."""
    return Json((pl.col(column),), pl.col(column).is_not_null())


def object_of(members: Members) -> Json:
    """Objects of the members that are there, in their order; absent where none is."""
    inner = {json_of(key): object_of(each) if isinstance(each, Mapping) else each for key, each in members.items()}
    certain = [at for at, each in enumerate(inner.values()) if each.present is None]
    if not certain:
        return _of_uncertain(inner)
    pieces: list[str | pl.Expr] = ["{"]
    for at, (key, each) in enumerate(inner.items()):
        # The first certain member has no comma; those around it bring theirs, so that all together need no separator.
        before, after = "," if at > certain[0] else "", "," if at < certain[0] else ""
        member = (f"{before}{key}:", *each.pieces, after)
        pieces += member if each.present is None else (_strung(member).fill_null(""),)
    return Json((*pieces, "}"), None)


def _of_uncertain(inner: Mapping[str, Json]) -> Json:
    fragments = [_strung((f"{key}:", *each.pieces)) for key, each in inner.items()]
    # From the columns, not from the texts: eager polars would make every text anew to see whether it is null.
    present = reduce(or_, (each.present for each in inner.values() if each.present is not None), pl.lit(value=False))
    text = pl.concat_str(pl.lit("{"), pl.concat_str(fragments, separator=",", ignore_nulls=True), pl.lit("}"))
    return Json((pl.when(present).then(text),), present)


def _strung(pieces: Pieces) -> pl.Expr:
    """The pieces as one text, texts that stand side by side joined before."""
    strung: list[str | pl.Expr] = []
    for is_text, run in groupby(pieces, lambda piece: isinstance(piece, str)):
        side_by_side = list(run)
        strung += [pl.lit("".join(map(str, side_by_side)))] if is_text else side_by_side
    return pl.concat_str(strung)


def json_of(value: Any) -> str:
    """The JSON text of one value, not ASCII-escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
