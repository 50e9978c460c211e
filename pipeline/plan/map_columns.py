"""Map: each row's recipient as the JSON text of the contract's OutboundCallRecipient, made by column."""

from dataclasses import replace
from typing import Any

import polars as pl

from pipeline.plan.json_text import Json, constant, escaped, object_of, string, written
from schemas.fields import Binding, Field

_PART = 50_000


def map_columns(frame: pl.DataFrame, binding: Binding) -> pl.DataFrame:
    """In: row, e164, whatsapp, and f<n> of every field. Out: row (UInt32), recipient (String: JSON text).

    A field that a row lacks is absent, never null, and so is an object of which all is absent: even an empty
    `conversation_initiation_client_data` changes what the service does (API.md, "What bites", 3 and 5). Only an `id` is
    always there, so that results join: `r17`, for row 17, where none is mapped or its cell is empty. A row that lacks what
    is required has no recipient (null): it is to fix.
    """
    members: dict[str, Any] = {"id": _id(binding)}
    if binding.phones:
        there = pl.col("e164").is_not_null() if binding.whatsapp else None  # else who has no number is not called
        members["phone_number"] = Json(('"+', pl.col("e164").cast(pl.String), '"'), there)
    if binding.whatsapp:
        members["whatsapp_user_id"] = string("whatsapp")
    for field in binding.carried:
        _table(members, field.place[:-1])[field.place[-1]] = _json(field)
    recipient = object_of(members).text.alias("recipient")
    # A part at a time, for the texts on the way to a recipient are several times as large as the recipients.
    return pl.concat(part.select("row", recipient) for part in frame.iter_slices(_PART))


def _id(binding: Binding) -> Json:
    made = pl.concat_str(pl.lit("r"), pl.col("row"))
    return Json(('"', pl.coalesce(escaped(binding.id.frame), made) if binding.id else made, '"'), None)


def _table(members: dict[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    for key in place:
        members = members.setdefault(key, {})
    return members


def _json(field: Field) -> Json:
    if field.is_constant:
        return constant(field.constant)
    made = string(field.frame) if field.is_text else written(field.frame)
    return replace(made, present=None) if field.required else made
