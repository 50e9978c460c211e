"""Validate: the fields of each row, cast to their types in polars and held to the rules by pandera, all faults told together."""

import pandera.errors
import polars as pl

from pipeline.plan.cast import is_shortened, sent, typed, why_not
from pipeline.plan.json_text import json_of
from pipeline.plan.texts import filled, text_of
from schemas.fields import Binding, Field
from schemas.findings import findings, gathered
from schemas.row_rules import NOT_NULLABLE, row_rules


def validate(frame: pl.DataFrame, binding: Binding) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add one String column a field (`Field.frame`): what will be sent, null where the field is absent.

    In: row (UInt32) and c0… (String). Out: the same and f<n> for every field that columns feed; and findings.
    Values are read before defaults are put in, so that a default never hides a fault.
    """
    fields = [field for field in binding.fields if not field.is_constant]
    texts = frame.with_columns(text_of(field).alias(field.frame) for field in fields)
    mapped = texts.with_columns(_listed(field).alias(field.frame) for field in fields)
    checked = mapped.select("row", *(typed(field).alias(field.frame) for field in fields))
    found = [
        *(finding for field in fields for finding in _misread(field, texts, mapped, checked)),
        *_broken_rules(fields, texts, checked),
        *_placeholders(frame, fields),
        *(_shortened(field, mapped) for field in fields if field.rule.identifier),
        *(_unlisted(field, checked) for field in fields if field.rule.open_list),
    ]
    both = mapped.hstack(checked.select(pl.col(field.frame).alias(_typed_name(field)) for field in fields))
    values = both.with_columns(
        _or_default(field, sent(field, pl.col(_typed_name(field)))).alias(field.frame) for field in fields
    )
    return values.drop(_typed_name(field) for field in fields), gathered(found)


def _typed_name(field: Field) -> str:
    return f"{field.frame}_typed"


def _listed(field: Field) -> pl.Expr:
    """The text, or what `values` puts in its place; null where they do not list it."""
    text, values = pl.col(field.frame), field.value.values
    if not isinstance(values, dict):
        return text
    written = {key: value if isinstance(value, str) else json_of(value) for key, value in values.items()}
    return text.str.strip_chars().replace_strict(written, default=None, return_dtype=pl.String)


def _misread(field: Field, texts: pl.DataFrame, mapped: pl.DataFrame, checked: pl.DataFrame) -> list[pl.DataFrame]:
    """Rows whose text is none of the listed values, or none of the field's type."""
    lost = checked[field.frame].is_null() & texts[field.frame].is_not_null()
    if not lost.any():
        return []
    unlisted = lost & mapped[field.frame].is_null()
    rows = texts.filter(unlisted)
    misread = mapped.filter(lost & ~unlisted)
    return [
        findings(rows, "value_not_allowed", field.header, pl.col(field.frame), _expected(field)),
        findings(misread, why_not(field), field.header, pl.col(field.frame), field.key),
    ]


def _broken_rules(fields: list[Field], texts: pl.DataFrame, checked: pl.DataFrame) -> list[pl.DataFrame]:
    """What pandera finds. It calls a value that could not be cast empty; that was told before, so those are dropped."""
    try:
        row_rules(fields).validate(checked, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        failures = errors.failure_cases
    else:
        return []
    by_name = {field.frame: field for field in fields}
    return [
        _broken_rule(by_name[name], check, failed["index"], texts)
        for (name, check), failed in failures.partition_by("column", "check", as_dict=True).items()
    ]


def _broken_rule(field: Field, check: str, index: pl.Series, texts: pl.DataFrame) -> pl.DataFrame:
    rows = texts[index]
    if check == NOT_NULLABLE:
        empty = rows.filter(pl.col(field.frame).is_null())
        cells = [pl.when(filled(cell).is_null()).then(pl.lit(header)) for header, cell in field.columns.items()]
        return findings(
            empty, "required_missing", pl.concat_str(cells, separator=", ", ignore_nulls=True), detail=field.key
        )
    return findings(rows, check, field.header, pl.col(field.frame), _expected(field))


def _expected(field: Field) -> str:
    """What the rules of a field allow, for people."""
    if field.rule.low is not None:
        return f"{field.key} must be from {field.rule.low:g} to {field.rule.high:g}"
    if field.value.values or field.rule.allowed:
        allowed = sorted(field.value.values or field.rule.allowed or ())
        shown = ", ".join(allowed[:8])
        return f"{field.key} takes {shown}{' …' if len(allowed) > 8 else ''}"  # noqa: PLR2004 -- a line's worth
    return f"{field.key} takes at most {field.max_length} characters"


def _placeholders(frame: pl.DataFrame, fields: list[Field]) -> list[pl.DataFrame]:
    """Cells that hold `{{`: the service would expand it, with another variable's text or with nothing."""
    cells = {column: header for field in fields if field.is_text for header, column in field.columns.items()}
    return [
        findings(rows, "placeholder_in_cell", header, filled(column))
        for column, header in cells.items()
        if (rows := frame.filter(pl.col(column).str.contains("{{", literal=True))).height
    ]


def _shortened(field: Field, mapped: pl.DataFrame) -> pl.DataFrame:
    """Identifiers that a spreadsheet has shortened: those of many people become one."""
    rows = mapped.filter(is_shortened(field))
    return findings(rows, "digits_lost", field.header, pl.col(field.frame), field.key)


def _unlisted(field: Field, checked: pl.DataFrame) -> pl.DataFrame:
    """Values that an open list lacks: said, never refused (API.md, "What bites", 8)."""
    value, listed = pl.col(field.frame), list(field.rule.listed)
    lowered = value.str.to_lowercase()
    language = lowered.str.replace(r"[-_].*$", "")  # en-GB is a kind of en
    rows = checked.filter(~(lowered.is_in(listed) | language.is_in(listed)))
    return findings(rows, str(field.rule.open_list), field.header, value, field.key)


def _or_default(field: Field, value: pl.Expr) -> pl.Expr:
    default = field.value.default
    if default is None:
        return value
    return value.fill_null(pl.lit(default if isinstance(default, str) else json_of(default)))
