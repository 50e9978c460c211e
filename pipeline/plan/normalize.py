"""Normalize: whom to call, as the service wants it written: E.164 numbers, WhatsApp ids in digits."""

import polars as pl

from pipeline.phone import fillers, read_numbers
from pipeline.plan.texts import text_of
from pipeline.plan.whatsapp import whatsapp_ids
from schemas.campaign import PhoneTable
from schemas.fields import Binding
from schemas.findings import findings, gathered, no_repairs, repairs

#: A frame with what was read, what is said about it, and what was repaired.
_Read = tuple[pl.DataFrame, list[pl.DataFrame], list[pl.DataFrame]]
_TAKEN: dict[str, pl.DataType | type[pl.DataType]] = {"row": pl.UInt32, "e164": pl.Int64, "phone_from": pl.UInt8}


def normalize(
    frame: pl.DataFrame, binding: Binding, phone: PhoneTable
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Add e164 (Int64), phone_from (UInt8: which of the phone columns) and whatsapp (String), null where there is none.

    In: row, c0… and, if a WhatsApp id is mapped, its field's column. The first valid number of a row is taken. Out: the
    frame, findings, and repairs (REPAIRS_SCHEMA).
    """
    frame, found, mended = _with_numbers(frame, binding, phone)
    if binding.whatsapp is None:
        frame = frame.with_columns(whatsapp=pl.lit(None, pl.String))
    else:
        frame, about, more = whatsapp_ids(frame, binding.whatsapp, repair=phone.repair)
        found, mended = [*found, *about], [*mended, *more]
    return frame, gathered(found), pl.concat([no_repairs(), *mended]).sort("row", maintain_order=True)


def _with_numbers(frame: pl.DataFrame, binding: Binding, phone: PhoneTable) -> _Read:
    """Take the first number of each row, then of the rows whose number was refused the next, until none is left.

    So nearly all are read at once, which is what reading numbers by column is fast at.
    """
    country = pl.lit(None, pl.String) if binding.country is None else text_of(binding.country)
    numbers = frame.select(
        "row", country.alias("country"), *(text_of(field).alias(f"n{at}") for at, field in enumerate(binding.phones))
    )
    numbers, mended = _without_fillers(numbers, binding) if phone.repair else (numbers, [])
    left = numbers.with_columns(region=_regions(numbers["country"], binding, phone))
    read, refused = [], []
    for _ in binding.phones:
        tried = _first_numbers(left, len(binding.phones), repair=phone.repair)
        mended.append(_repaired(tried, binding))
        read.append(tried.filter(pl.col("e164").is_not_null()).select("row", "e164", "phone_from"))
        refused.append(tried.filter(pl.col("reason").is_not_null()))
        left = _without(left, refused[-1], len(binding.phones))
    taken = pl.concat([pl.DataFrame(schema=_TAKEN), *read])
    placed = frame.select("row").join(taken, on="row", how="left", maintain_order="left").drop("row")
    return frame.hstack(placed), [*_refusals(refused, taken, binding), _numberless(numbers, binding)], mended


def _without_fillers(numbers: pl.DataFrame, binding: Binding) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Empty the cells that say only that there is no number."""
    mended = []
    for at, field in enumerate(binding.phones):
        name = f"n{at}"
        is_filler = fillers(numbers[name])
        if is_filler.any():
            full = numbers.filter(is_filler)
            mended.append(repairs(full, field.header, "phone_filler", pl.col(name), pl.lit("")))
            numbers = numbers.with_columns(pl.when(~is_filler).then(name).alias(name))
    return numbers, mended


def _repaired(tried: pl.DataFrame, binding: Binding) -> pl.DataFrame:
    """The numbers that were read although their cells are damaged."""
    damaged = tried.filter(pl.col("repaired").is_not_null())
    return repairs(
        damaged, _header(binding), pl.col("repaired"), pl.col("number"), pl.concat_str(pl.lit("+"), pl.col("e164"))
    )


def _header(binding: Binding) -> pl.Expr:
    headers = dict(enumerate(field.header for field in binding.phones))
    return pl.col("phone_from").replace_strict(headers, return_dtype=pl.String)


def _regions(countries: pl.Series, binding: Binding, phone: PhoneTable) -> pl.Series:
    """The region in which a number without a plus is read."""
    usual = phone.default_region if binding.country is None else phone.blank_country
    of_all = pl.Series([usual], dtype=pl.String).new_from_index(0, countries.len())
    if binding.country is None:
        return of_all
    from pipeline.phone.countries import regions_of  # noqa: PLC0415 -- Babel, only for campaigns that name countries

    return regions_of(countries).zip_with(countries.is_not_null(), of_all)


def _first_numbers(left: pl.DataFrame, columns: int, *, repair: bool) -> pl.DataFrame:
    """The first number of each row: number, region, country, phone_from, and its e164 or the reason of its refusal.

    `repaired` is the code of the damage in spite of which it was read.
    """
    names = [f"n{at}" for at in range(columns)]
    which = pl.coalesce(pl.when(pl.col(name).is_not_null()).then(pl.lit(at, pl.UInt8)) for at, name in enumerate(names))
    tried = left.select("row", "country", "region", pl.coalesce(names).alias("number"), which.alias("phone_from"))
    read = read_numbers(tried["number"], tried["region"], repair=repair)
    # The library lets some pass although E.164 has fifteen digits at the most (ITU-T E.164, 6.2.1).
    too_long = (pl.col("e164") >= 10**15).fill_null(value=False)
    return tried.hstack(read).with_columns(
        e164=pl.when(~too_long).then("e164"),
        reason=pl.when(too_long).then(pl.lit("phone_too_long")).otherwise("reason"),
        repaired=pl.when(~too_long).then("repaired"),
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
    column = _header(binding)
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
