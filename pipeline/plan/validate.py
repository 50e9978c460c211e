"""Validate: the fields of each row, cast to their types in polars and held to the rules by pandera, all faults told together."""

import pandera.errors
import polars as pl

from pipeline.plan.cast import is_shortened, meant, sent, typed, why_not
from pipeline.plan.choose import chosen, is_unlisted
from pipeline.plan.json_text import json_of
from pipeline.plan.texts import filled, text_of
from schemas.codes import NAMES
from schemas.fields import Binding, Field
from schemas.findings import findings, gathered
from schemas.outcomes import Weight
from schemas.row_rules import NOT_NULLABLE, row_rules


def validate(frame: pl.DataFrame, binding: Binding) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add one String column a field (`Field.frame`): what will be sent, null where the field is absent.

    In: row (UInt32) and c0… (String). Out: the same and f<n> for every field that columns feed; and findings.
    Values are read before defaults are put in, so that a default never hides a fault.
    """
    found: list[pl.DataFrame] = []
    for fields in binding.layers:
        frame = _with_filters(frame, fields, binding, found)
        frame = _with_values(frame, list(fields), found)
    return frame, gathered([*found, *_placeholders(frame, binding)])


def _with_filters(
    frame: pl.DataFrame, fields: tuple[Field, ...], binding: Binding, found: list[pl.DataFrame]
) -> pl.DataFrame:
    """What filters make of the cells that the fields read."""
    if not any(field.value.filters for field in fields):
        return frame
    from pipeline.plan.spoken import with_spoken  # noqa: PLC0415 -- Babel, which most campaigns do not need

    frame, unread = with_spoken(frame, fields, binding)
    found += unread
    return frame


def _with_values(frame: pl.DataFrame, fields: list[Field], found: list[pl.DataFrame]) -> pl.DataFrame:
    """The values of fields whose columns, pieces and filtered cells are all in the frame."""
    texts = frame.with_columns(text_of(field).alias(field.frame) for field in fields)
    mapped = texts.with_columns(chosen(field).alias(field.frame) for field in fields)
    checked = mapped.select("row", *(typed(field).alias(field.frame) for field in fields))
    broken = _broken_rules(fields, texts, mapped, checked, found)
    for field in fields:
        found += _misread(field, texts, mapped, checked)
    found += broken
    found += [_shortened(field, mapped) for field in fields if field.rule.identifier]
    found += [_unlisted(field, checked) for field in fields if field.rule.open_list]
    both = mapped.hstack(checked.select(pl.col(field.frame).alias(_typed_name(field)) for field in fields))
    values = both.with_columns(
        _or_default(field, sent(field, pl.col(_typed_name(field)))).alias(field.frame) for field in fields
    )
    return values.drop(_typed_name(field) for field in fields)


def _typed_name(field: Field) -> str:
    return f"{field.frame}_typed"


def _misread(field: Field, texts: pl.DataFrame, mapped: pl.DataFrame, checked: pl.DataFrame) -> list[pl.DataFrame]:
    """Rows whose text is none of the listed values, or none of the field's type."""
    text, found = pl.col(field.frame), []
    unlisted = texts.select(is_unlisted(field)).to_series()
    if unlisted.any():
        rows = texts.filter(unlisted)
        found.append(findings(rows, "value_not_allowed", field.header, text, _expected(field)))
    misread = mapped[field.frame].is_not_null() & checked[field.frame].is_null()
    if misread.any():
        found.append(findings(mapped.filter(misread), why_not(field), field.header, text, meant(field)))
    return found


def _broken_rules(
    fields: list[Field], texts: pl.DataFrame, mapped: pl.DataFrame, checked: pl.DataFrame, found: list[pl.DataFrame]
) -> list[pl.DataFrame]:
    """What pandera finds. It calls a value that could not be read empty; that is told elsewhere, so those are dropped."""
    try:
        row_rules(fields).validate(checked, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        failures = errors.failure_cases
    else:
        return []
    by_name = {field.frame: field for field in fields}
    return [
        _missing(by_name[name], failed["index"], texts, mapped, found)
        if check == NOT_NULLABLE
        else findings(texts[failed["index"]], check, by_name[name].header, pl.col(name), _expected(by_name[name]))
        for (name, check), failed in failures.partition_by("column", "check", as_dict=True).items()
    ]


def _missing(
    field: Field, index: pl.Series, texts: pl.DataFrame, mapped: pl.DataFrame, found: list[pl.DataFrame]
) -> pl.DataFrame:
    """Rows without a value that they need; not those whose cells are filled and could not be read, as is told already."""
    rows = texts[index].filter(mapped[index][field.frame].is_null()).filter(~is_unlisted(field))
    cells = [pl.when(filled(cell).is_null()).then(pl.lit(header)) for header, cell in field.needed.items()]
    empty = pl.concat_str(cells, separator=", ", ignore_nulls=True) if cells else pl.lit("")
    rows = rows.with_columns(_empty=empty)
    told = gathered(found).filter(pl.col("code").is_in(NAMES[Weight.TO_FIX]))["row"]
    rows = rows.filter((pl.col("_empty") != "") | ~pl.col("row").is_in(told.implode()))
    column = pl.when(pl.col("_empty") != "").then("_empty").otherwise(pl.lit(field.header))
    return findings(rows, "required_missing", column, detail=field.key)


def _expected(field: Field) -> str:
    """What the rules of a field allow, for people."""
    if field.rule.low is not None:
        return f"{field.key} must be from {field.rule.low:g} to {field.rule.high:g}"
    if field.value.values or field.rule.allowed:
        allowed = sorted(field.value.values or field.rule.allowed or ())
        shown = ", ".join(allowed[:8])
        return f"{field.key} takes {shown}{' …' if len(allowed) > 8 else ''}"  # noqa: PLR2004 -- a line's worth
    return f"{field.key} takes at most {field.max_length} characters"


def _placeholders(frame: pl.DataFrame, binding: Binding) -> list[pl.DataFrame]:
    """Cells that hold `{{`: the service would expand it, with another variable's text or with nothing."""
    fields = [field for layer in binding.layers for field in layer]
    cells = {column: header for field in fields if field.is_text for header, column in field.columns.items()}
    return [
        findings(rows, "placeholder_in_cell", header, filled(column))
        for column, header in cells.items()
        if (rows := frame.filter(pl.col(column).str.contains("{{", literal=True))).height
    ]


def _shortened(field: Field, mapped: pl.DataFrame) -> pl.DataFrame:
    """Identifiers that a spreadsheet has shortened: those of many people become one."""
    # A glance at all, and the pattern for the few: most columns have no such text at all.
    rows = mapped.filter(pl.col(field.frame).str.contains("E+", literal=True)).filter(is_shortened(field))
    return findings(rows, "digits_lost", field.header, pl.col(field.frame), field.key)


def _unlisted(field: Field, checked: pl.DataFrame) -> pl.DataFrame:
    """Values that an open list lacks: said, never refused (API.md, "What bites", 8)."""
    value, listed = pl.col(field.frame), list(field.rule.listed())
    lowered = value.str.to_lowercase()
    language = lowered.str.replace(r"[-_].*$", "")  # en-GB is a kind of en
    others = checked.select(value.unique()).filter(~(lowered.is_in(listed) | language.is_in(listed)))  # of few values
    rows = checked.filter(value.is_in(others.to_series().implode()))
    return findings(rows, str(field.rule.open_list), field.header, value, field.key)


def _or_default(field: Field, value: pl.Expr) -> pl.Expr:
    default = field.value.default
    if default is None:
        return value
    return value.fill_null(pl.lit(default if isinstance(default, str) else json_of(default)))
