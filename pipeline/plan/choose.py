"""Choose: `values` of the campaign file, which say what is sent for each text of a cell."""

from collections.abc import Mapping

import polars as pl

from pipeline.plan.json_text import json_of
from pipeline.plan.texts import template_text
from schemas.fields import Field
from schemas.template import Template
from schemas.value import REST, Scalar


def chosen(field: Field) -> pl.Expr:
    """What `values` put in the place of the field's text (String); null where they do not list it, or put nothing there."""
    text, values = pl.col(field.frame), field.value.values
    if not isinstance(values, dict):
        return text
    key = text.str.strip_chars()
    listed = _listed(key, {each: given for each, given in values.items() if each != REST}, field)
    if REST not in values:
        return listed
    return pl.when(_is_rest(key, field)).then(_sent(values[REST], field)).otherwise(listed)


def is_unlisted(field: Field) -> pl.Expr:
    """Whether the field's text is none of those that `values` put something in the place of."""
    values = field.value.values
    if not isinstance(values, dict) or REST in values:
        return pl.lit(value=False)
    return ~pl.col(field.frame).str.strip_chars().is_in(list(values)).fill_null(value=True)


def _listed(key: pl.Expr, values: Mapping[str, Scalar | Template], field: Field) -> pl.Expr:
    plain = {each: _written(given) for each, given in values.items() if not isinstance(given, Template)}
    listed = key.replace_strict(plain, default=None, return_dtype=pl.String) if plain else pl.lit(None, pl.String)
    for each, given in values.items():
        if isinstance(given, Template):
            listed = pl.when(key == each).then(template_text(given, field)).otherwise(listed)
    return listed


def _is_rest(key: pl.Expr, field: Field) -> pl.Expr:
    """Every text that is not listed, and the empty cell unless a default is for it."""
    listed = [each for each in field.value.values or () if each != REST]
    return ~key.is_in(listed).fill_null(value=field.value.default is not None)


def _sent(given: Scalar | Template, field: Field) -> pl.Expr:
    return template_text(given, field) if isinstance(given, Template) else pl.lit(_written(given))


def _written(given: Scalar) -> str:
    return given if isinstance(given, str) else json_of(given)
