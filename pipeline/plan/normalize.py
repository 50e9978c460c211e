"""Normalize: whom to call, as the service wants it written: E.164 numbers, WhatsApp ids in digits."""

import polars as pl

from pipeline.phone import regions_of, to_e164
from pipeline.plan.texts import text_of
from schemas.campaign import PhoneTable
from schemas.fields import Binding, Field
from schemas.findings import findings, gathered

#: WhatsApp ids are international numbers in digits, without a plus (API.md, "What bites", 6).
_TAKEN: dict[str, pl.DataType | type[pl.DataType]] = {"row": pl.UInt32, "e164": pl.Int64, "phone_from": pl.UInt8}
_NUMBER_LIKE = r"^\+?[0-9 ().\-]+$"


def normalize(frame: pl.DataFrame, binding: Binding, phone: PhoneTable) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add e164 (Int64), phone_from (UInt8: which of the phone columns) and whatsapp (String), null where there is none.

    In: row, c0… and, if a WhatsApp id is mapped, its field's column. The first valid number of a row is taken.
    """
    frame, found = _with_numbers(frame, binding, phone)
    if binding.whatsapp is None:
        return frame.with_columns(whatsapp=pl.lit(None, pl.String)), gathered(found)
    frame = frame.with_columns(whatsapp=_whatsapp_id(binding.whatsapp))
    return frame, gathered([*found, *_about_whatsapp(frame, binding.whatsapp)])


def _with_numbers(frame: pl.DataFrame, binding: Binding, phone: PhoneTable) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Take the first number of each row, then of the rows whose number was refused the next, until none is left.

    So nearly all are read at once, which is what reading numbers by column is fast at.
    """
    country = pl.lit(None, pl.String) if binding.country is None else text_of(binding.country)
    numbers = frame.select(
        "row", country.alias("country"), *(text_of(field).alias(f"n{at}") for at, field in enumerate(binding.phones))
    )
    left = numbers.with_columns(region=_regions(numbers["country"], binding, phone))
    read, refused = [], []
    for _ in binding.phones:
        tried = _first_numbers(left, len(binding.phones))
        read.append(tried.filter(pl.col("e164").is_not_null()).select("row", "e164", "phone_from"))
        refused.append(tried.filter(pl.col("reason").is_not_null()))
        left = _without(left, refused[-1], len(binding.phones))
    taken = pl.concat([pl.DataFrame(schema=_TAKEN), *read])
    placed = frame.select("row").join(taken, on="row", how="left", maintain_order="left").drop("row")
    return frame.hstack(placed), [*_refusals(refused, taken, binding), _numberless(numbers, binding)]


def _regions(countries: pl.Series, binding: Binding, phone: PhoneTable) -> pl.Series:
    """The region in which a number without a plus is read."""
    usual = phone.default_region if binding.country is None else phone.blank_country
    return regions_of(countries).zip_with(
        countries.is_not_null(), pl.Series([usual], dtype=pl.String).new_from_index(0, countries.len())
    )


def _first_numbers(left: pl.DataFrame, columns: int) -> pl.DataFrame:
    """The first number of each row: number, region, country, phone_from, and its e164 or the reason of its refusal."""
    names = [f"n{at}" for at in range(columns)]
    which = pl.coalesce(pl.when(pl.col(name).is_not_null()).then(pl.lit(at, pl.UInt8)) for at, name in enumerate(names))
    tried = left.select("row", "country", "region", pl.coalesce(names).alias("number"), which.alias("phone_from"))
    read = to_e164(tried["number"], tried["region"])
    # The library lets some pass although E.164 has fifteen digits at the most (ITU-T E.164, 6.2.1).
    too_long = (pl.col("e164") >= 10**15).fill_null(value=False)
    return tried.hstack(read).with_columns(
        e164=pl.when(~too_long).then("e164"),
        reason=pl.when(too_long).then(pl.lit("phone_too_long")).otherwise(pl.col("reason").cast(pl.String)),
    )


def _without(left: pl.DataFrame, refused: pl.DataFrame, columns: int) -> pl.DataFrame:
    """The rows of refused numbers that have another one, without those that were tried."""
    rest = left.join(refused.select("row", "phone_from"), on="row", how="inner", maintain_order="left")
    names = [f"n{at}" for at in range(columns)]
    untried = rest.with_columns(
        pl.when(pl.col("phone_from") < at).then(pl.col(name)).alias(name) for at, name in enumerate(names)
    )
    return untried.filter(pl.any_horizontal(pl.col(names).is_not_null())).drop("phone_from")


def _refusals(refused: list[pl.DataFrame], taken: pl.DataFrame, binding: Binding) -> list[pl.DataFrame]:
    """Refused numbers make a row to fix, or are only said where a later one of the row is valid."""
    if not refused:
        return []
    bad = pl.concat(refused)
    headers = dict(enumerate(field.header for field in binding.phones))
    column = pl.col("phone_from").replace_strict(headers, return_dtype=pl.String)
    passed_over = bad.join(taken, on="row", how="semi").unique("row", keep="first", maintain_order=True)
    bad = bad.join(taken, on="row", how="anti")
    said = findings(passed_over, "phone_fallback", column, pl.col("number"))
    if binding.country is None:
        return [said, findings(bad, pl.col("reason"), column, pl.col("number"))]
    unplaced = pl.col("reason") == "phone_country_missing"
    code = pl.when(pl.col("country").is_null()).then(pl.lit("country_missing")).otherwise(pl.lit("country_unknown"))
    detail = pl.concat_str(pl.lit("number "), "number")
    return [
        said,
        findings(bad.filter(~unplaced), pl.col("reason"), column, pl.col("number")),
        findings(bad.filter(unplaced), code, binding.country.header, pl.col("country"), detail),
    ]


def _numberless(numbers: pl.DataFrame, binding: Binding) -> pl.DataFrame:
    """Rows that have no number in any column; a campaign without phone columns calls nobody by number."""
    names = [f"n{at}" for at in range(len(binding.phones))]
    rows = numbers.filter(pl.all_horizontal(pl.col(names).is_null())) if names else numbers.clear()
    return findings(rows, "no_phone", binding.phones[0].header if names else None)


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
