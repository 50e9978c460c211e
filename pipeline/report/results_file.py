"""The file of results: the export's rows as they stood, then how each call went; or the few columns that a CRM takes."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import polars as pl

from pipeline.report.files import written_aside
from pipeline.report.row_files import neutralised
from schemas.errors import CampaignError
from schemas.plan import OWN_COLUMNS

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
#: Columns of a file for people, after the export's own, and of a file for a CRM.
_ADDED = {
    "campaign_row": pl.col("row"),
    "campaign_batch": pl.col("batch"),
    "campaign_recipient_id": pl.col("recipient_id"),
    "campaign_status": pl.coalesce("status", "unclear", "state", "outcome"),
    "campaign_codes": pl.col("codes"),
    "campaign_conversation_id": pl.col("conversation_id"),
    "campaign_created_at": pl.from_epoch("created_at_unix").dt.strftime(_MOMENT),
    "campaign_updated_at": pl.from_epoch("updated_at_unix").dt.strftime(_MOMENT),
    "campaign_problem": pl.coalesce("problem", "said"),
    "campaign_attempt": pl.when(pl.col("batch").is_not_null()).then(pl.col("attempt").fill_null(1)),
}
_FOR_CRM = {
    "id": pl.col("recipient_id"),
    "outcome": pl.col("status"),
    "time": pl.from_epoch("updated_at_unix").dt.strftime(_MOMENT),
    "conversation_id": pl.col("conversation_id"),
}
_OWN = {*_ADDED, *OWN_COLUMNS}

#: Columns by which a file is known to be of results.
_KNOWN_BY = (("campaign_recipient_id", "campaign_status"), tuple(_FOR_CRM))

#: Headers as written, and a frame of `row` and the columns under them.
Part = tuple[list[str], pl.DataFrame]


def refuse_other(path: Path) -> None:
    """Raise CampaignError where something else than results stands under the name: an export, a ledger, anything."""
    try:
        if not path.exists() or not path.stat().st_size:
            return
        names = pl.read_parquet_schema(path) if _is_parquet(path) else _first_line(path)
    except (OSError, ValueError, csv.Error, pl.exceptions.PolarsError):
        names = ()
    if not any(set(known) <= set(names) for known in _KNOWN_BY):
        raise CampaignError(f"--out {path}: something else than results is there, and it is kept; choose another name")


def _first_line(path: Path) -> Sequence[str]:
    """The header of a CSV; raises ValueError where it is none of ours."""
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), ())


def write_results(path: Path, told: pl.DataFrame, parts: Iterable[Part]) -> None:
    """Write every row of `told` (pipeline.ledger.results.told_people) beside its source columns.

    Parquet where the name ends so, else CSV, in which cells that a spreadsheet would run are neutralised.
    """
    if _is_parquet(path):
        _write_parquet(path, pl.concat([_beside(headers, source, told, pl.col) for headers, source in parts]))
    else:
        _write_csv(path, ((_header(headers), _beside(headers, source, told, neutralised)) for headers, source in parts))


def write_for_crm(path: Path, told: pl.DataFrame) -> None:
    """Write id, outcome, time and conversation id of everybody with a mapped id whose outcome is known."""
    known = told.filter(pl.col("recipient_id").is_not_null() & pl.col("status").is_not_null())
    frame = known.select(**_FOR_CRM)
    if _is_parquet(path):
        _write_parquet(path, frame)
    else:
        _write_csv(path, [(frame.columns, frame)])


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _header(headers: list[str]) -> list[str]:
    """What is kept of the export's headers, as written, and what is added."""
    return [*(text for text in headers if text.strip() not in _OWN), *_ADDED]


def _beside(
    headers: list[str], source: pl.DataFrame, told: pl.DataFrame, cell: Callable[[str], pl.Expr]
) -> pl.DataFrame:
    """The source's columns through `cell`, those that are called as one of ours aside, and what is added."""
    named = zip(headers, source.columns[1:], strict=True)
    kept = [name for text, name in named if text.strip() not in _OWN]
    # Under other names: a header of the export may be called as one of the columns of `told`.
    numbered = source.select("row", **{f"c{index}": name for index, name in enumerate(kept)})
    status = pl.when(pl.col("problem").is_not_null()).then(pl.lit("ambiguous"))
    joined = numbered.join(told.with_columns(unclear=status), on="row", how="left", maintain_order="left")
    return joined.select(**{name: cell(f"c{index}") for index, name in enumerate(kept)}, **_ADDED)


def _write_parquet(path: Path, frame: pl.DataFrame) -> None:
    with written_aside(path) as file:
        frame.write_parquet(file)


def _write_csv(path: Path, parts: Iterable[tuple[list[str], pl.DataFrame]]) -> None:
    """Write the first part's header, then all lines, with the line end of RFC 4180."""
    with written_aside(path) as file:
        for index, (header, frame) in enumerate(parts):
            text = io.BytesIO()
            if not index:
                text.write(_line(header))
            frame.write_csv(text, include_header=False, line_terminator="\r\n")
            file.write(text.getbuffer())


def _line(header: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(header)
    return text.getvalue().encode()
