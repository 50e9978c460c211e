"""JSON text made by column (RFC 8259): strings, and objects of what is there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Union

import polars as pl

#: The characters that a string must escape: RFC 8259, section 7. Much faster than polars' own encoding of a struct.
_ESCAPES = {'"': '\\"', "\\": "\\\\"} | {chr(code): f"\\u{code:04x}" for code in range(0x20)}
_RAW, _ESCAPED = list(_ESCAPES), list(_ESCAPES.values())


@dataclass(frozen=True)
class Json:
    """A value in every row: `text` is its JSON (String, null: absent), `present` whether it is there (None: in every row)."""

    text: pl.Expr
    present: pl.Expr | None


#: An object's members by key; those of an object inside it in turn.
Members = Mapping[str, Union[Json, "Members"]]


def constant(value: Any) -> Json:
    """The same value in every row."""
    return Json(pl.lit(json_of(value)), None)


def string(column: str) -> Json:
    """A String column as JSON strings; null is absent."""
    escaped = pl.col(column).str.replace_many(_RAW, _ESCAPED)
    return Json(pl.concat_str(pl.lit('"'), escaped, pl.lit('"')), pl.col(column).is_not_null())


def written(column: str) -> Json:
    """A String column that holds JSON already; null is absent."""
    return Json(pl.col(column), pl.col(column).is_not_null())


def object_of(members: Members) -> Json:
    """Objects of the members that are there; absent where none is."""
    inner = {key: object_of(each) if isinstance(each, Mapping) else each for key, each in members.items()}
    fragments = [pl.concat_str(pl.lit(json_of(key) + ":"), each.text) for key, each in inner.items()]
    text = pl.concat_str(pl.lit("{"), pl.concat_str(fragments, separator=",", ignore_nulls=True), pl.lit("}"))
    tests = [each.present for each in inner.values() if each.present is not None]
    if len(tests) < len(inner):
        return Json(text, None)
    # From the columns, not from the texts: eager polars would make every text anew to see whether it is null.
    present = reduce(or_, tests, pl.lit(value=False))
    return Json(pl.when(present).then(text), present)


def json_of(value: Any) -> str:
    """The JSON text of one value, not ASCII-escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
