"""Reach: numbers of a kind, or of a country, that is not called; and rows whose country is not their number's."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from pipeline.phone import facts_of
from pipeline.plan.leave import told_too
from pipeline.plan.texts import text_of
from schemas.addresses import whatsapp_number
from schemas.campaign import Campaign
from schemas.codes import Outcome
from schemas.fields import Binding
from schemas.findings import findings, no_findings
from schemas.reach import NOWHERE, whole_country, with_territories

#: Rows with the region (ISO alpha-2, or 001) of a number that may be out of reach.
_PLACES = {"row": pl.UInt32, "region": pl.String}


@dataclass(frozen=True)
class Reach:
    """Which countries' numbers are called: `countries`, and where `is_open` those too that the file's rows name.

    None: of every country.
    """

    countries: frozenset[str] | None
    is_open: bool = False

    def whole(self, named: Collection[str]) -> frozenset[str] | None:
        """The countries, once it is known which the file names; None where nothing says any."""
        if self.countries is None or not self.is_open:
            return self.countries
        return with_territories({*self.countries, *named}) or None

    def said(self, countries: frozenset[str] | None) -> Iterator[str]:
        """A sentence about what was assumed; `countries` as `whole` gives them."""
        if not self.is_open:
            return
        if countries is None:
            yield "Numbers of every country are called: the file names no country ([rules] allowed_countries)."
            return
        names = ", ".join(sorted(code for code in countries if whole_country(code) not in countries - {code}))
        yield f"Only numbers of {names} are called, which the file or [phone] names ([rules] allowed_countries)."


def nowhere() -> pl.DataFrame:
    """What `abroad` gives where nobody is."""
    return pl.DataFrame(schema=_PLACES)


def no_country() -> pl.DataFrame:
    """The countries (`named`) of a file that names none."""
    return pl.DataFrame(schema={"named": pl.String})


def reach_of(campaign: Campaign) -> Reach:
    """What the campaign file says, or else the region of numbers without a plus and the countries that the file names."""
    allowed = campaign.rules.allowed_countries
    if allowed is None:
        return Reach(
            frozenset(filter(None, (campaign.phone.default_region, campaign.phone.blank_country))), is_open=True
        )
    return Reach(None if allowed == "any" else frozenset(allowed))


def refused_types(frame: pl.DataFrame, types: Collection[str]) -> pl.DataFrame:
    """Findings about numbers of these kinds. In: row, e164 and, where there are any, type."""
    if not types:
        return no_findings()
    refused = frame.filter(pl.col("type").cast(pl.String).is_in(list(types)))
    detail = pl.concat_str(pl.lit("it is of the kind "), pl.col("type").cast(pl.String))
    return findings(refused, "number_type_refused", None, pl.concat_str(pl.lit("+"), "e164"), detail)


def countries_named(frame: pl.DataFrame, binding: Binding) -> pl.DataFrame:
    """The rows that name a country which is known: row, cell, named (ISO alpha-2)."""
    if binding.country is None:
        return pl.DataFrame(schema={"row": pl.UInt32, "cell": pl.String, "named": pl.String})
    from pipeline.phone.countries import regions_of  # noqa: PLC0415 -- Babel, only for campaigns that name countries

    cells = frame.select("row", cell=text_of(binding.country))
    return cells.with_columns(named=regions_of(cells["cell"])).drop_nulls("named")


def disagreeing(frame: pl.DataFrame, named: pl.DataFrame, header: str) -> pl.DataFrame:
    """Findings about rows that name another country than their number is of. In: row, region; `named` as above."""
    both = frame.select("row", "region").drop_nulls().join(named, on="row", maintain_order="left")
    apart = both.filter(pl.col("region") != pl.col("named"))
    wholes = {code: whole_country(code) for code in {*apart["region"], *apart["named"]}}
    if wholes:
        apart = apart.filter(pl.col("region").replace(wholes) != pl.col("named").replace(wholes))
    return findings(apart, "country_disagrees", header, pl.col("cell"), _is_of(apart))


def abroad(frame: pl.DataFrame, reach: Reach, named: Collection[str]) -> pl.DataFrame:
    """The rows (_PLACES) that have a number outside of these countries; another chunk of the file may name its country.

    In: row, e164, whatsapp and region, as locate gives it: of e164, or else of the WhatsApp id. Out: each number's.
    """
    allowed = reach.whole(named)
    if reach.countries is None:
        return nowhere()
    second = frame.filter(pl.col("e164") != whatsapp_number()).select("row", number=whatsapp_number())
    regions = second.select("row", region=facts_of(second["number"], zones=False)["region"])
    places = pl.concat([frame.select("row", "region"), regions]).drop_nulls()
    return places.filter(~pl.col("region").is_in(list(allowed or ()))).unique(maintain_order=True)


def within_reach(
    rows: pl.DataFrame, places: pl.DataFrame, countries: frozenset[str] | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out rows with a number of another country. `rows`: ROWS_SCHEMA; `places` as `abroad` gives them."""
    if countries is None or places.is_empty():
        return rows, no_findings()
    out = places.filter(~pl.col("region").is_in(list(countries)))
    is_planned = pl.col("outcome") == Outcome.PLANNED
    told = rows.join(out, on="row", how="semi").select(
        "row", code=pl.lit("country_not_allowed"), outcome=pl.when(is_planned).then(pl.lit(Outcome.LEFT_OUT))
    )
    return told_too(rows, told), findings(out, "country_not_allowed", None, detail=_is_of(out))


def _is_of(frame: pl.DataFrame) -> pl.Expr:
    """`the number is of Jamaica (JM)`, of a frame's column `region`."""
    from babel import Locale  # noqa: PLC0415 -- only where there is something to say

    names = Locale("en").territories if frame.height else {}
    said = {
        code: f"the number is of {names[code]} ({code})" if code != NOWHERE else "the number is of no country"
        for code in frame["region"].unique()
    }
    return pl.col("region").replace_strict(said, default=None, return_dtype=pl.String)
