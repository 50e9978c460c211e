"""Workbooks: a sheet of an .xlsx, .xls, .xlsb or .ods as text, each row numbered as the spreadsheet shows it."""

import io
import zipfile
from collections.abc import Iterator

import fastexcel
import polars as pl

from pipeline.plan.chunk import Chunk, text_columns
from pipeline.plan.files import Named, opened
from pipeline.plan.glance import Glance
from pipeline.plan.layout import below, header_of
from pipeline.plan.ods_xml import ods_glance
from pipeline.plan.words import passed_over
from pipeline.plan.xlsx_xml import xlsx_glance
from schemas.dialect import Dialect
from schemas.errors import CampaignError
from schemas.findings import no_findings
from schemas.headers import Headers

_ROWS = 150_000
_SHOWN_TO_LAYOUT, _LAST = 400, 60
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: Of a workbook's XML: about three times a full sheet of 20 columns.
_MOST_BYTES = 3 * 1024**3
_ODS = b"opendocument.spreadsheet"
_MIDNIGHT = r"^(\d{4}-\d\d-\d\d)[ T]00:00:00$"
_MOMENT = r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)$"
_CLOCK = r"^(?:1899-12-3[01]|1904-01-01) (\d\d:\d\d:\d\d)$"
_LONG = r"^-?\d+\.\d{15,}$"  # more digits than Excel knows: 0.1 + 0.2


class Workbook:
    """An open workbook: a `pipeline.plan.chunk.Table`. What feeds back is a CSV as Excel saves it."""

    def __init__(self, file: Named, sheet: str | int | None) -> None:
        self._file = file
        self.dialect, self.rows, self.last_row = Dialect(bom=True, newline="\r\n"), 0, 0
        with opened(file) as stream:
            content = stream.read()
        self._said: list[str] = []
        _refuse_bomb(file, content)
        name, frame = self._sheet(_reader(file, content), sheet)
        seen = self._glance(content, name)
        if seen.unsaved:
            raise file.refusal(
                f"{seen.unsaved:,} formulas in the sheet {name!r} have no stored result; "
                "open the workbook, save it, and run this again"
            )
        self._said += seen.told()
        self._frame = self._table(_as_seen(frame, seen))
        self.headers = Headers(self._header)

    def close(self) -> None:
        """Nothing is open: a workbook is read whole."""

    @property
    def said(self) -> tuple[str, ...]:
        """How it was read."""
        return tuple(self._said)

    @property
    def sha256(self) -> str:
        """Of the file's bytes, in hex."""
        return self._file.sha256

    def chunks(self) -> Iterator[Chunk]:
        """Yield all rows below the header that hold anything, in order."""
        for part in self._frame.iter_slices(_ROWS):
            self.rows += part.height
            yield Chunk(part, no_findings())

    def _glance(self, content: bytes, sheet: str) -> Glance:
        """What a person sees beside the values, in the formats that tell it."""
        if not content.startswith(b"PK"):
            self._said.append("The formats of numbers were not read from this old kind of workbook: 02139 may be 2139.")
            return Glance()
        look = ods_glance if _ODS in content[:200] else xlsx_glance
        return look(io.BytesIO(content), sheet)

    def _sheet(self, reader: fastexcel.ExcelReader, wanted: str | int | None) -> tuple[str, pl.DataFrame]:
        """The wanted sheet, or the first visible one that is not empty."""
        names = reader.sheet_names
        if wanted is not None:
            name = self._wanted(names, wanted)
            return name, _cells(self._file, reader, name)[0]
        for name in names:
            frame, is_visible = _cells(self._file, reader, name)
            if is_visible and frame.height:
                if len(names) > 1:
                    self._said.append(f"The sheet “{name}” was read, of {len(names)}; [source] sheet names another.")
                return name, frame
        raise self._file.refusal("the workbook has no visible sheet that holds anything; export it again")

    def _wanted(self, names: list[str], wanted: str | int) -> str:
        listed = ", ".join(map(repr, names[:8])) + (" …" if len(names) > 8 else "")  # noqa: PLR2004 -- as many as fit a line
        if isinstance(wanted, int):
            if wanted > len(names):
                raise self._file.refusal(f"[source] sheet is {wanted}, but there are {len(names)} sheets: {listed}")
            return names[wanted - 1]
        found = next((name for name in names if name.strip().casefold() == wanted.strip().casefold()), None)
        if found is None:
            raise self._file.refusal(f"there is no sheet {wanted!r}; its sheets are {listed}")
        return found

    def _table(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows between what stands above the header and what stands below the table."""
        if frame.is_empty():
            raise self._file.refusal("the sheet is empty; name another in [source] sheet")
        first = _rows(frame.head(_SHOWN_TO_LAYOUT))
        at = header_of(first)
        self._said += passed_over(first[:at], 1, "above the header")
        frame, names = _without_empty_columns(frame, at)
        self._header = names
        table = frame.slice(at + 1)
        last = _rows(table.tail(_LAST))
        count = below(last, len(names))
        self._said += passed_over(last[len(last) - count :], frame.height - count + 1, "below the table")
        self.last_row = frame.height
        table = table.head(table.height - count)
        return table.filter(pl.any_horizontal(pl.exclude("row").is_not_null()))


def _refuse_bomb(file: Named, content: bytes) -> None:
    """A workbook is read whole, so its parts must fit into memory."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(part.file_size for part in archive.infolist())
        if size > _MOST_BYTES:
            raise file.refusal(f"the workbook unpacks to {size:,} bytes, more than is read; export it as CSV")


def _reader(file: Named, content: bytes) -> fastexcel.ExcelReader:
    if _ENCRYPTED in content:
        raise file.refusal("the workbook has a password; save it without one")
    try:
        return fastexcel.read_excel(content)
    except fastexcel.FastExcelError as error:
        raise _refusal(file, error) from None


def _refusal(file: Named, error: Exception) -> CampaignError:
    if "assword" in str(error):
        return file.refusal("the workbook has a password; save it without one")
    return file.refusal(
        "the workbook is damaged or of an unknown kind; open it, save it as .xlsx or CSV, and try again"
    )


def _cells(file: Named, reader: fastexcel.ExcelReader, name: str) -> tuple[pl.DataFrame, bool]:
    """All cells of a sheet as text, in c0…cN, with the row; and whether the sheet is visible."""
    try:
        sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        cells = sheet.to_polars()
    except fastexcel.FastExcelError as error:
        if "no data" in str(error).lower() or "empty" in str(error).lower():
            return pl.DataFrame(), False
        raise _refusal(file, error) from None
    named = cells.rename(dict(zip(cells.columns, text_columns(cells.width), strict=True)))
    return named.with_row_index("row", offset=1), sheet.visible == "visible"


def _rounded(texts: pl.Series) -> pl.Series:
    """No more digits than Excel shows, which are 15: 0.1 + 0.2 is 0.3."""
    long = texts.filter(texts.str.contains(_LONG).fill_null(value=False)).unique()
    return texts.replace({text: f"{float(text):.15g}" for text in long}) if long.len() else texts


def _as_seen(frame: pl.DataFrame, seen: Glance) -> pl.DataFrame:
    """The texts that a person sees: formats applied, dates without midnight, no more digits than Excel knows."""
    texts = pl.exclude("row").str.replace(_MIDNIGHT, "$1").str.replace(_CLOCK, "$1").str.replace(_MOMENT, "$1 $2")
    frame = frame.with_columns(texts)
    frame = frame.with_columns(_rounded(frame[name]) for name in frame.columns[1:])
    for (column,), cells in seen.cells.group_by("column"):
        name = f"c{int(str(column)) - seen.first_column}"
        if name in frame.columns:
            shown = cells.select("row", shown="text").unique("row", keep="last")
            frame = frame.join(shown, on="row", how="left", maintain_order="left")
            frame = frame.with_columns(pl.coalesce("shown", name).alias(name)).drop("shown")
    return frame.with_columns(pl.when(pl.exclude("row") != "").then(pl.exclude("row")))


def _rows(frame: pl.DataFrame) -> list[list[str] | None]:
    """The cells of each row; None for a row without any."""
    rows = frame.drop("row").rows()
    return [[cell or "" for cell in row] if any(row) else None for row in rows]


def _without_empty_columns(frame: pl.DataFrame, header: int) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Without the columns at the end that hold nothing from the header on; and the names."""
    table = frame.slice(header).drop("row")
    width = max(index for index, column in enumerate(table, 1) if column.null_count() < table.height)
    return frame.select("row", *table.columns[:width]), tuple(cell or "" for cell in table.row(0)[:width])
