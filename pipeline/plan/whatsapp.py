"""WhatsApp ids as the service wants them: international numbers in digits, without a plus (API.md, "What bites", 6)."""

import polars as pl

from pipeline.phone import fillers
from schemas.fields import Field
from schemas.findings import findings, repairs

_NUMBER_LIKE = r"^\+?[0-9 ().\-]+$"
#: What a spreadsheet or a program makes of a number: its digits would be ten times the number.
_DECIMAL = r"^\+?[0-9]{5,}\.0+$"


def whatsapp_ids(
    frame: pl.DataFrame, field: Field, *, repair: bool
) -> tuple[pl.DataFrame, list[pl.DataFrame], list[pl.DataFrame]]:
    """Add whatsapp (String), null where there is none; give findings and repairs. In: row and the field's column."""
    text = pl.col(field.frame)
    is_filler = fillers(frame[field.frame])
    is_decimal = frame.select(text.str.contains(_DECIMAL).fill_null(value=False)).to_series()
    digits = pl.when(is_decimal).then(text.str.replace(r"\.0+$", "")).otherwise(text)
    frame = frame.with_columns(whatsapp=pl.when(~is_filler).then(_digits(digits)))
    damaged = {"phone_filler": frame.filter(is_filler), "phone_decimal": frame.filter(is_decimal)}
    if repair:
        after = pl.col("whatsapp").fill_null("")
        return (
            frame,
            _about(frame, field),
            [repairs(rows, field.header, code, text, after) for code, rows in damaged.items()],
        )
    told = [findings(rows, code, field.header, text) for code, rows in damaged.items()]
    return frame, [*_about(frame, field), *told], []


def _digits(text: pl.Expr) -> pl.Expr:
    """The digits of what looks like a number, else the text."""
    return pl.when(text.str.contains(_NUMBER_LIKE)).then(text.str.replace_all("[^0-9]", "")).otherwise(text)


def _about(frame: pl.DataFrame, field: Field) -> list[pl.DataFrame]:
    whatsapp = pl.col("whatsapp")
    return [
        findings(frame.filter(whatsapp.is_null()), "no_whatsapp_id", field.header),
        findings(frame.filter(~whatsapp.str.contains("^[0-9]+$")), "whatsapp_id_unusual", field.header, whatsapp),
    ]
