"""Normalize: whom to call, as the service wants it written: E.164 numbers, WhatsApp ids in digits."""

import polars as pl

from pipeline.phone import regions_of, to_e164
from pipeline.plan.texts import text_of
from schemas.campaign import PhoneTable
from schemas.fields import Binding, Field
from schemas.findings import findings, gathered

#: WhatsApp ids are international numbers in digits, without a plus (API.md, "What bites", 6).
_NUMBER_LIKE = r"^\+?[0-9 ().\-]+$"


def normalize(frame: pl.DataFrame, binding: Binding, phone: PhoneTable) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add e164 (Int64), phone_from (UInt8: which of the phone columns) and whatsapp (String), null where there is none.

    In: row, c0… and, if a WhatsApp id is mapped, its field's column. The first valid number of a row is taken.
    """
    frame, found = _phones(frame, binding, phone)
    if binding.whatsapp is None:
        return frame.with_columns(whatsapp=pl.lit(None, pl.String)), gathered(found)
    frame = frame.with_columns(whatsapp=_whatsapp_id(binding.whatsapp))
    return frame, gathered([*found, *_about_whatsapp(frame, binding.whatsapp)])


def _phones(frame: pl.DataFrame, binding: Binding, phone: PhoneTable) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    frame = frame.with_columns(
        e164=pl.lit(None, pl.Int64), phone_from=pl.lit(None, pl.UInt8), region=_regions(frame, binding, phone)
    )
    refused: list[pl.DataFrame] = []
    for number, field in enumerate(binding.phones):
        frame, bad = _one_column(frame, number, field, binding.country)
        refused.append(bad)
    found = _refusals(frame, refused)
    if binding.phones:
        texts = frame.filter(pl.col("e164").is_null() & pl.all_horizontal(text_of(f).is_null() for f in binding.phones))
        found.append(findings(texts, "no_phone", binding.phones[0].header))
    return frame.drop("region"), found


def _regions(frame: pl.DataFrame, binding: Binding, phone: PhoneTable) -> pl.Series | pl.Expr:
    """The region in which a number without a plus is read."""
    if binding.country is None:
        return pl.lit(phone.default_region, pl.String)
    texts = frame.select(text_of(binding.country).alias("country"))["country"]
    blank = pl.Series([phone.blank_country], dtype=pl.String)
    return regions_of(texts).zip_with(texts.is_not_null(), blank.new_from_index(0, texts.len()))


def _one_column(
    frame: pl.DataFrame, number: int, field: Field, country: Field | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Numbers of one column for the rows that have none yet, and findings about those that are refused."""
    texts = frame.select(pl.when(pl.col("e164").is_null()).then(text_of(field)).alias("number"))["number"]
    read = _of_e164(to_e164(texts, frame["region"]))
    frame = frame.with_columns(
        e164=pl.coalesce(pl.col("e164"), read["e164"]),
        phone_from=pl.coalesce(
            pl.col("phone_from"), pl.when(read["e164"].is_not_null()).then(pl.lit(number, pl.UInt8))
        ),
    )
    bad = frame.with_columns(number=texts, reason=read["reason"].cast(pl.String)).filter(pl.col("reason").is_not_null())
    unplaced = pl.col("reason") == "phone_country_missing"
    if country is None:
        return frame, findings(bad, pl.col("reason"), field.header, pl.col("number"))
    named = text_of(country)
    code = pl.when(named.is_null()).then(pl.lit("country_missing")).otherwise(pl.lit("country_unknown"))
    said = [
        findings(bad.filter(~unplaced), pl.col("reason"), field.header, pl.col("number")),
        findings(bad.filter(unplaced), code, country.header, named, detail=pl.concat_str(pl.lit("number "), "number")),
    ]
    return frame, pl.concat(said)


def _of_e164(read: pl.DataFrame) -> pl.DataFrame:
    """Without numbers that the library lets pass although E.164 has fifteen digits at the most (ITU-T E.164, 6.2.1)."""
    too_long = pl.col("e164") >= 10**15
    return read.with_columns(
        e164=pl.when(~too_long).then("e164"),
        reason=pl.when(too_long).then(pl.lit("phone_too_long", read.schema["reason"])).otherwise("reason"),
    )


def _refusals(frame: pl.DataFrame, refused: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Refused numbers make a row to fix, or are only said where a later column has a number that is valid."""
    saved = frame.filter(pl.col("e164").is_not_null()).select("row")
    refusals = gathered(refused)
    passed_over = refusals.join(saved, on="row", how="semi").unique("row", keep="first", maintain_order=True)
    return [
        refusals.join(saved, on="row", how="anti"),
        findings(passed_over, "phone_fallback", pl.col("column"), pl.col("value")),
    ]


def _whatsapp_id(field: Field) -> pl.Expr:
    text = pl.col(field.frame)
    digits = text.str.replace_all(r"[^0-9]", "")
    return pl.when(text.str.contains(_NUMBER_LIKE)).then(digits).otherwise(text)


def _about_whatsapp(frame: pl.DataFrame, field: Field) -> list[pl.DataFrame]:
    whatsapp = pl.col("whatsapp")
    return [
        findings(frame.filter(whatsapp.is_null()), "no_whatsapp_id", field.header),
        findings(frame.filter(~whatsapp.str.contains(r"^[0-9]+$")), "whatsapp_id_unusual", field.header, whatsapp),
    ]
