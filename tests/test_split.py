"""Split fills each batch as far as the limits allow, exact to the byte of the body that is sent."""

from dataclasses import replace

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.split import oversized, split
from schemas.campaign import Limits
from schemas.plan import ROWS_SCHEMA, Slot
from schemas.request import RECIPIENT_SEPARATOR, Head

HEAD = Head("Spring", "agent_1", "phone_1", start=1_800_000_000)
OVERHEAD = HEAD.overhead(token=False)
ONE = (Slot(HEAD.start),)


def overhead(_route: int, start: int | None) -> int:
    return replace(HEAD, start=start).overhead(token=False)


def rows_of(sizes: list[int | None]) -> pl.DataFrame:
    """A planned row for each size, a row left out for each None."""
    frame = pl.DataFrame(
        {
            "row": range(2, 2 + len(sizes)),
            "size": pl.Series(sizes, dtype=pl.UInt32),
            "outcome": ["left_out" if size is None else "planned" for size in sizes],
        },
        schema_overrides={"outcome": pl.String},
    )
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in ROWS_SCHEMA.items()
    )


@given(st.lists(st.integers(2, 400) | st.none()), st.integers(1, 7), st.integers(1000, 2000))
def test_no_body_exceeds_a_limit_and_none_could_take_one_more(sizes, max_recipients, max_bytes):
    limits = Limits(max_recipients=max_recipients, max_bytes=max_bytes)
    rows, batches = split(rows_of(sizes), ONE, limits, overhead)
    planned = [size for size in sizes if size is not None]
    bodies, at = [], 0
    for batch in batches:
        texts = [b"x" * size for size in planned[at : at + batch.recipients]]
        at += batch.recipients
        bodies.append(HEAD.body(RECIPIENT_SEPARATOR.join(texts)))
        assert len(bodies[-1]) == batch.body_bytes <= max_bytes
        assert batch.recipients <= max_recipients
        if at < len(planned):
            more = batch.body_bytes + len(RECIPIENT_SEPARATOR) + planned[at]
            assert batch.recipients == max_recipients or more > max_bytes
    assert at == len(planned)
    assert rows["batch"].drop_nulls().to_list() == [b.number for b in batches for _ in range(b.recipients)]
    assert rows["position"].drop_nulls().to_list() == [p for b in batches for p in range(b.recipients)]
    assert rows.filter(pl.col("batch").is_null())["outcome"].to_list() == ["left_out"] * sizes.count(None)


def test_a_body_may_have_exactly_the_bytes_of_the_limit():
    sizes = [300, 300, 300]
    whole = OVERHEAD + 900 + 2 * len(RECIPIENT_SEPARATOR)
    assert [batch.body_bytes for batch in split(rows_of(sizes), ONE, Limits(max_bytes=whole), overhead)[1]] == [whole]
    assert [batch.recipients for batch in split(rows_of(sizes), ONE, Limits(max_bytes=whole - 1), overhead)[1]] == [
        2,
        1,
    ]


def test_a_recipient_too_large_alone_is_to_fix_with_its_size():
    room = 1000 - OVERHEAD
    found = oversized(pl.DataFrame({"row": [2, 3], "size": [room, room + 1]}), Limits(max_bytes=1000), OVERHEAD)
    assert found.select("row", "code", "detail").rows() == [
        (3, "recipient_too_large", f"{room + 1} bytes, where at most {room} fit")
    ]


def test_nobody_planned_is_no_batch():
    rows, batches = split(rows_of([None]), (), Limits(), overhead)
    assert batches == ()
    assert rows["batch"].to_list() == [None]
