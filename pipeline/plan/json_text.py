"""JSON text made by column (RFC 8259): strings, and objects of what is there."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

#: The characters that a string must escape: RFC 8259, section 7. Twice as fast as encoding a struct by polars.
_ESCAPES = {'"': '\\"', "\\": "\\\\"} | {chr(code): f"\\u{code:04x}" for code in range(0x20)}
_RAW, _ESCAPED = list(_ESCAPES), list(_ESCAPES.values())

#: An object's members by key: an expression of JSON text (null: absent), a constant, or members in turn.
Members = Mapping[str, "pl.Expr | Constant | Members"]


class Constant:
    """A value that is the same in every row."""

    def __init__(self, value: Any) -> None:
        self.text = json_of(value)


def json_of(value: Any) -> str:
    """The JSON text of one value, not ASCII-escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def string(text: pl.Expr) -> pl.Expr:
    """A String column as JSON strings; null stays null."""
    return pl.concat_str(
        [pl.lit('"'), text.str.replace_many(_RAW, _ESCAPED), pl.lit('"')],
        ignore_nulls=False,
    )


def object_of(members: Members) -> pl.Expr:
    """JSON objects of the members that are there; null where none is."""
    fragments, always = _fragments(members)
    if not fragments:
        return pl.lit(None, pl.String)
    body = pl.concat_str([pl.lit("{"), pl.concat_str(fragments, separator=",", ignore_nulls=True), pl.lit("}")])
    return body if always else pl.when(pl.any_horizontal(fragment.is_not_null() for fragment in fragments)).then(body)


def _fragments(members: Members) -> tuple[Sequence[pl.Expr], bool]:
    """`"key":value` for each member, null where it is absent; and whether one of them is in every row."""
    fragments, always = [], False
    for key, member in members.items():
        name = json_of(key) + ":"
        if isinstance(member, Constant):
            fragments.append(pl.lit(name + member.text))
            always = True
        else:
            value = object_of(member) if isinstance(member, Mapping) else member
            fragments.append(pl.concat_str([pl.lit(name), value], ignore_nulls=False))
            always = always or (isinstance(member, Mapping) and _always(member))
    return fragments, always


def _always(members: Members) -> bool:
    return any(isinstance(each, Constant) or (isinstance(each, Mapping) and _always(each)) for each in members.values())
