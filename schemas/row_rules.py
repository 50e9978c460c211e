"""The rules of a row as a pandera schema; the name of each check is the row code it leads to."""

import pandera.polars as pa
import polars as pl

from schemas.fields import Field
from schemas.value import ValueType

#: What a typed frame holds for each type of the campaign file. Integers are checked as numbers.
DTYPES: dict[ValueType, type[pl.DataType]] = {
    "string": pl.String,
    "date": pl.Date,
    "language": pl.String,
    "boolean": pl.Boolean,
    "number": pl.Float64,
    "integer": pl.Float64,
}
#: pandera's own name for an empty cell where none may be.
NOT_NULLABLE = "not_nullable"


def row_rules(fields: list[Field]) -> pa.DataFrameSchema:
    """The schema of a typed frame with one column a field. Give it an eager frame: on a lazy one pandera checks no row."""
    return pa.DataFrameSchema(
        {field.frame: pa.Column(DTYPES[field.type], _checks(field), nullable=not field.required) for field in fields}
    )


def _checks(field: Field) -> list[pa.Check]:
    checks = []
    if field.rule.low is not None and field.rule.high is not None:
        checks.append(pa.Check.in_range(field.rule.low, field.rule.high, error="out_of_range"))
    if (length := field.max_length) is not None and field.type == "string":
        checks.append(pa.Check.str_length(max_value=length, error="text_too_long"))
    lists = (field.rule.allowed, field.value.values)
    checks += [
        pa.Check.isin(sorted(allowed), error="value_not_allowed")
        for allowed in lists
        if allowed is not None and not isinstance(allowed, dict)
    ]
    return checks
