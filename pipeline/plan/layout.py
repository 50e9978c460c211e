"""Layout: which of a file's rows is the header, what stands above the table, and what below."""

import re
from collections.abc import Sequence

Cells = Sequence[str]

_LOOKED_AT = 60
_TOTALS = re.compile(
    r"(?:grand |sub)?totals?|sum(?:me)?|gesamt(?:summe)?|insgesamt|totale?|somme|suma|count|average|合計|итого",
    re.IGNORECASE,
)
_TOTAL_ROW = re.compile(
    rf"\W*(?:{_TOTALS.pattern})(?:\W.*)?|\W*[\d,.]+ (?:rows?|records?)\b.*", re.IGNORECASE | re.DOTALL
)
#: Seven digits, or what is left of them where a spreadsheet shortened them.
_MAY_BE_CALLED = re.compile(r"\d(?:[^\w\n]{0,3}\d){6,}|\d[eE]\+?\d")
#: With a year of four digits, and no digits beside it: 01.42.68.53.00 is none.
_DATE = re.compile(
    r"(?<![\d+])(?<!\d[-./ ])(?:(?:19|20)\d\d([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./])\d{1,2}\2(?:19|20)\d\d)"
    r"(?:[ T]+\d{1,2}:\d\d(?::\d\d)?)?(?![-./: ]?\d)"
)
_VALUE = re.compile(r"[\W\d_]+|\d.*", re.DOTALL)


def header_of(rows: Sequence[Cells | None]) -> int:
    """The index of the header; None stands for a blank line, and there is a row that is none.

    It is the first row, unless that has few cells of the many that the rows below have, and one of them reads like a
    header: at least three rows of a table are needed to doubt the first, and no telephone number may stand above them.
    """
    filled = [(index, row) for index, row in enumerate(rows) if row is not None and any(map(str.strip, row))]
    if not filled:
        return next(index for index, row in enumerate(rows) if row is not None)
    first, top = filled[0]
    counts = [_count(row) for _, row in filled]
    usual = sorted(counts)[len(counts) * 3 // 4]  # of the fuller half, the middle
    if _count(top) * 2 > usual or usual < 2:  # noqa: PLR2004 -- one column has no lines above it
        return first
    table = [(index, row) for index, row in filled[:_LOOKED_AT] if _count(row) * 10 >= usual * 6]
    if len(table) < 3 or not _names(table[0][1]):  # noqa: PLR2004 -- a header and two rows
        return first
    above = [row for index, row in filled if index < table[0][0]]
    return first if any(map(_may_be_called, above)) else table[0][0]


def fitted(header: Cells, rows: Sequence[Cells]) -> list[str]:
    """The header, as wide as all of the rows are, where they differ in empty cells at the end alone."""
    names, widths = list(header), {len(row) for row in rows}
    if len(widths) != 1 or not (width := widths.pop()):
        return names
    more, fewer = width - len(names), names[width:]
    if more > 0 and len(rows) > 1 and not any(any(row[len(names) :]) for row in rows):
        return names + [""] * more
    return names[:width] if not any(map(str.strip, fewer)) else names


def below(rows: Sequence[Cells | None], width: int) -> int:
    """How many of the last rows stand below the table: a total, or what follows a blank line and fills few cells.

    None stands for a blank line. Nothing in which a telephone number could stand is ever left away.
    """
    start = len(rows)
    while start and (rows[start - 1] is None or _is_note(rows[start - 1], width) or _is_total(rows[start - 1], width)):
        start -= 1
    for index in range(start, len(rows)):
        if (rows[index] is None or _is_total(rows[index], width)) and any(row and _count(row) for row in rows[index:]):
            return len(rows) - index
    return 0


def _count(row: Cells) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _may_be_called(row: Cells) -> bool:
    """Whether a telephone number could stand in the row; a date is none."""
    return _MAY_BE_CALLED.search(_DATE.sub(" ", " ".join(row))) is not None


def _names(row: Cells) -> bool:
    """Whether the cells read like names of columns: no two alike, none a number, a date or an address."""
    texts = [cell.strip().casefold() for cell in row if cell.strip()]
    return len(set(texts)) == len(texts) and not any(_VALUE.fullmatch(each) or "@" in each for each in texts)


def _is_note(row: Cells | None, width: int) -> bool:
    return row is not None and width > 2 and _count(row) * 3 <= width and not _may_be_called(row)  # noqa: PLR2004


def _is_total(row: Cells | None, width: int) -> bool:
    texts = [cell for cell in row or () if cell.strip()]
    few = 0 < len(texts) * 2 <= max(width, 4)
    return few and _TOTAL_ROW.fullmatch(texts[0]) is not None and not _may_be_called(texts)
