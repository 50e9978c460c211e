"""Match: whom the service tells of, joined to the rows that were sent; never guessed."""

from collections.abc import Sequence

import polars as pl

from schemas.receipts import BatchDetail, CalledRecipient
from schemas.states import ENDED

#: Statuses of a person whose call may still begin or go on (API.md, Endpoints).
GOING_ON = ("dispatched", "initiated", "in_progress")
OPEN = ("pending", *GOING_ON)

_CALLED = {
    "id": pl.String,
    "told_phone": pl.String,
    "told_whatsapp": pl.String,
    "status": pl.String,
    "conversation_id": pl.String,
    "created_at_unix": pl.Int64,
    "updated_at_unix": pl.Int64,
}
_RESULT = ("status", "conversation_id", "created_at_unix", "updated_at_unix")


def matched(sent: pl.DataFrame, recipients: Sequence[CalledRecipient]) -> pl.DataFrame:
    """In: row, id, phone, whatsapp (String) as sent. Out: row, and of each person `_RESULT`, or `problem` (String).

    A person is the one recipient who has the id that was sent, with a number that does not differ.
    """
    told = _frame(recipients)
    counts = told.group_by("id").len("found")
    joined = (
        sent.with_columns(sent_twice=pl.col("id").is_duplicated())
        .join(counts, on="id", how="left", maintain_order="left")
        .join(told.unique("id", keep="first"), on="id", how="left", maintain_order="left")
    )
    problem = (
        pl.when(pl.col("id").is_null())
        .then(pl.lit("no id was sent"))
        .when(pl.col("found").is_null())
        .then(pl.lit("the service has nobody with the id that was sent"))
        .when((pl.col("found") > 1) | pl.col("sent_twice"))
        .then(pl.lit("more than one person has this id"))
        .when(_differs("phone") | _differs("whatsapp"))
        .then(pl.lit("the service has another number with the id that was sent"))
    )
    found = joined.select("row", *_RESULT, problem=problem)
    is_certain = pl.col("problem").is_null()
    return found.with_columns(pl.when(is_certain).then(pl.col(name)).alias(name) for name in _RESULT)


def is_final(detail: BatchDetail) -> bool:
    """Whether nothing of a batch's results will change: it has ended, and so has everybody in it."""
    return detail.status in ENDED and all(person.status not in OPEN for person in detail.recipients)


def undialled(joined: pl.DataFrame) -> list[int]:
    """Rows whose phone never rang: certain, cancelled, and without a conversation. `pending` is not enough."""
    never = (pl.col("status") == "cancelled") & pl.col("conversation_id").is_null()
    return joined.filter(never)["row"].to_list()


def _frame(recipients: Sequence[CalledRecipient]) -> pl.DataFrame:
    lines = [
        (each.id, each.phone_number, each.whatsapp_user_id, each.status, each.conversation_id or None,
         each.created_at_unix, each.updated_at_unix)
        for each in recipients
    ]  # fmt: skip
    return pl.DataFrame(lines, schema=_CALLED, orient="row")


def _differs(name: str) -> pl.Expr:
    """Whether both sides have such an address, and its letters and digits are not the same. Missing is no contradiction."""
    sent, told = (pl.col(column).str.replace_all(r"[^0-9A-Za-z]", "") for column in (name, f"told_{name}"))
    return (sent != told).fill_null(value=False)
