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
        """Yield (batch number, recipient texts joined by RECIPIENT_SEPARATOR), in order: of whole batches the same bytes."""
        number = 0
        waiting: list[bytes] = []
        for now, texts in self._texts(rows):
            if waiting and now != number:
                yield number, RECIPIENT_SEPARATOR.join(waiting)
                waiting = []
            number = now
            waiting.append(texts)
        if waiting:
            yield number, RECIPIENT_SEPARATOR.join(waiting)

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

    def _texts(self, rows: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
        """Yield texts of one sealed batch, joined, and the batch that they belong to now."""
        wanted = rows.select("row", "batch").drop_nulls()
        found = wanted.join(self.places.rename({"batch": "sealed"}), on="row", how="inner", maintain_order="left")
        sizes = dict(self.places.group_by("batch").len().rows())
        for here in found.sort("sealed", "position").partition_by("sealed", maintain_order=True):
            sealed = here["sealed"][0]
            joined = zstandard.ZstdDecompressor().decompress(self.archive.part(f"batch/{sealed}"))
            parts = here.partition_by("batch", maintain_order=True)
            if len(parts) == 1 and here.height == sizes[sealed]:
                yield here["batch"][0], joined
                continue
            texts = joined.split(RECIPIENT_SEPARATOR)
            for part in parts:
                yield part["batch"][0], RECIPIENT_SEPARATOR.join(texts[at] for at in part["position"])
