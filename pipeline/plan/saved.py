"""Saved: a plan out of its file, as it was sealed; texts and source columns stay there until they are asked for."""

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import zstandard
from pydantic import ValidationError

from pipeline.campaign_file import read
from pipeline.plan.archive import Archive
from pipeline.plan.bind import bind
from pipeline.plan.saving import FRAMES, VALUES
from pipeline.plan.schedule import zone_of
from schemas.errors import CampaignError
from schemas.findings import FINDINGS_SCHEMA, REPAIRS_SCHEMA
from schemas.headers import Headers
from schemas.plan import ROWS_SCHEMA, Plan
from schemas.request import RECIPIENT_SEPARATOR

_SCHEMAS = {"rows": ROWS_SCHEMA, "findings": FINDINGS_SCHEMA, "repairs": REPAIRS_SCHEMA}


@dataclass(frozen=True)
class SavedPlan:
    """A plan and the file it stands in."""

    plan: Plan
    archive: Archive


def load_plan(path: Path) -> SavedPlan:
    """The plan that a file holds, every part of it checked; raises CampaignError where it is none or was changed."""
    archive = Archive(path)
    try:
        return SavedPlan(_plan(archive), archive)
    except (ValidationError, LookupError, pl.exceptions.PolarsError, CampaignError):
        raise archive.refusal(
            f"the plan was saved by version {archive.manifest.program} of this program, in a form that this one does not"
            " read; save it again"
        ) from None


def _plan(archive: Archive) -> Plan:
    manifest = archive.manifest
    campaign = read(manifest.campaign_text, str(archive.path), {"texts": manifest.texts})
    _must_be(manifest.values, VALUES)
    fields: dict[str, Any] = {name: _frame(archive.part(name), name) for name in FRAMES}
    fields |= {name: kind.validate_python(manifest.values[name]) for name, kind in VALUES.items()}
    made = Plan(
        campaign=campaign,
        binding=bind(campaign, Headers(fields["source"].headers)),
        spilled=_Kept(archive, fields["rows"].select("row", "batch", "position").drop_nulls()),
        **fields,
    )
    # JSON keeps the moment, not the zone that it was told in.
    zone = zone_of(campaign.schedule, made.planned_at)
    return replace(made, start=made.start and made.start.astimezone(zone))


def _frame(content: bytes, name: str) -> pl.DataFrame:
    frame = pl.read_parquet(io.BytesIO(content))
    _must_be(frame.columns, _SCHEMAS[name])
    return frame.select(pl.col(column).cast(dtype) for column, dtype in _SCHEMAS[name].items())


def _must_be(found: Collection[str], known: Collection[str]) -> None:
    """Raise LookupError where another version has other fields: what is not known may be what somebody is not called for."""
    if set(found) != set(known):
        raise LookupError


@dataclass(frozen=True)
class _Kept:
    """The texts and source columns of a saved plan. `places`: row, and its batch and position there.

    Implements schemas.plan.Spilled.
    """

    archive: Archive
    places: pl.DataFrame

    def payloads(self, rows: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
        """Yield (batch number, recipient texts joined by RECIPIENT_SEPARATOR), each as soon as it is whole.

        A batch that is as it was sealed is the same bytes.
        """
        wanted = rows.select("row", "batch").drop_nulls()
        left = dict(wanted["batch"].value_counts().iter_rows())
        sizes = dict(self.places["batch"].value_counts().iter_rows())
        waiting: dict[int, list[pl.DataFrame]] = {}
        for sealed, part in self._by_sealed(wanted):
            number, joined = part["batch"][0], self._texts(sealed)
            if number not in waiting and left[number] == sizes[sealed] == part.height:
                yield number, joined
                continue
            texts = pl.Series(joined.split(RECIPIENT_SEPARATOR), dtype=pl.Binary)
            waiting.setdefault(number, []).append(part.select("row", text=texts.gather(part["position"])))
            left[number] -= part.height
            if not left[number]:
                yield number, RECIPIENT_SEPARATOR.join(pl.concat(waiting.pop(number)).sort("row")["text"])

    def source_columns(self, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield the given rows with c0… after their own columns, part by part."""
        for name in self.archive.manifest.parts:
            if not name.startswith("source/"):
                continue
            first, last = map(int, name.removeprefix("source/").split("-"))
            here = rows.filter(pl.col("row").is_between(first, last))
            if here.height:
                frame = pl.read_ipc(io.BytesIO(self.archive.part(name)))
                yield here.join(frame, on="row", how="inner", maintain_order="left")

    def _by_sealed(self, wanted: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
        """Yield the sealed batch, and what is wanted of it for one batch: row, batch, position; in the order of the rows."""
        sealed = self.places.rename({"batch": "sealed"})
        found = wanted.join(sealed, on="row", how="inner", maintain_order="left")
        for part in found.partition_by("sealed", "batch", maintain_order=True):
            yield part["sealed"][0], part

    def _texts(self, sealed: int) -> bytes:
        return zstandard.ZstdDecompressor().decompress(self.archive.part(f"batch/{sealed}"))
