"""Postal codes of the United States: the time zone and the state of each ZIP code, from the `zipcodes` package."""

from functools import cache

import polars as pl
import zipcodes

from schemas.us_states import STATES

#: ZIP, or ZIP+4; a spreadsheet takes leading zeros away and may add decimals.
_WRITTEN = r"^(\d{3,5})(?:[- ]?\d{4})?(?:\.0*)?$"
_LENGTH = 5


def places_of(codes: pl.Series) -> pl.DataFrame:
    """Give `zone` (String, IANA) and `state` (String, "FL") of each ZIP code (String), null where it is not known."""
    written = codes.unique().drop_nulls().alias("code").to_frame()
    zips = written.with_columns(zip=pl.col("code").str.strip_chars().str.extract(_WRITTEN).str.zfill(_LENGTH))
    known = zips.join(_table(), on="zip", how="inner").drop("zip")
    return codes.alias("code").to_frame().join(known, on="code", how="left", maintain_order="left").drop("code")


@cache
def _table() -> pl.DataFrame:
    """zip, zone and state. It takes half a second, most of it in the package."""
    names = ("zip_code", "timezone", "state")
    everywhere: list[dict[str, str]] = zipcodes.list_all()  # type: ignore[no-untyped-call]
    columns = {name: [place[name] for place in everywhere] for name in names}
    zone, state = pl.col("timezone"), pl.col("state")
    return pl.DataFrame(columns).select(
        zip="zip_code",
        zone=pl.when(zone.str.contains("/")).then(zone),  # military addresses have none
        state=pl.when(state.is_in(list(STATES))).then(state),
    )
