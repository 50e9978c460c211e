"""Saving: a plan as one file, with all that a run of it needs, sealed by one digest."""

import io
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_type_hints

import polars as pl
import zstandard
from pydantic import TypeAdapter

from pipeline.plan.archive import written_archive
from pipeline.plan.made_from import made_from
from schemas.outcomes import Outcome
from schemas.plan import Plan, Source
from schemas.sealed import Manifest
from schemas.written import file_texts

_HINTS = get_type_hints(Plan)
#: What is read from the campaign file again, and what lies in parts of its own.
_OTHERWISE = {"campaign", "binding", "spilled"}
#: The plan's fields that are frames, and those that are values.
FRAMES = tuple(name for name, hint in _HINTS.items() if hint is pl.DataFrame)
VALUES: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(hint) for name, hint in _HINTS.items() if name not in {*FRAMES, *_OTHERWISE}
}
_ZSTD_LEVEL = 3


def save_plan(plan: Plan, campaign_text: str, path: Path) -> str:
    """Write the plan into a file (0600) over what is there; its seal. Raises CampaignError where it cannot be written.

    Parts: a Parquet file for each frame; `batch/N`, a zstd frame of the recipients' texts, as in the ledger;
    `source/FIRST-LAST`, an Arrow IPC file of the columns of those rows, without the rows called before.
    """
    with written_archive(path) as writing:
        for name in FRAMES:
            writing.add(name, _parquet(getattr(plan, name)))
        for number, texts in plan.spilled.payloads(plan.rows):
            writing.add(f"batch/{number}", zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(texts))
        for chunk in plan.spilled.source_columns(_stored(plan.rows)):
            writing.add(f"source/{chunk['row'][0]}-{chunk['row'][-1]}", _ipc(chunk))
        return writing.seal(
            Manifest(
                program=version("campaign"),
                campaign_text=campaign_text,
                texts=file_texts(plan.campaign),
                exports=exports_of(plan.source),
                made_from=made_from(plan.campaign, campaign_text, [each.sha256 for each in plan.lists]),
                values={name: kind.dump_python(getattr(plan, name), mode="json") for name, kind in VALUES.items()},
                parts=writing.digests,
            )
        )


def exports_of(source: Source) -> tuple[str, ...]:
    """Where the files that were read stand, wherever the program is started next; none of what came through a pipe."""
    paths: Sequence[Path] = [part.path for part in source.parts] or [source.path]
    return tuple(str(path.absolute()) for path in paths) if all(path.is_file() for path in paths) else ()


def _stored(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose columns a run would keep."""
    return rows.filter(pl.col("outcome") != Outcome.CALLED_BEFORE).select("row")


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=_ZSTD_LEVEL)
    return buffer.getvalue()


def _ipc(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()
