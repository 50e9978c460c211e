"""Dates as cells hold them: read only where they can be read in one way."""

import polars as pl

#: Only formats that can be read in one way; day and month in figures are judged by `_figures`.
_UNAMBIGUOUS = ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%d %H:%M:%S", "%d %B %Y", "%B %d, %Y")
#: As a workbook's date cells are read; they can stand among texts in any other format.
_OF_A_WORKBOOK = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
_FIGURES = r"^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}$"
#: An earlier year is a two-figure one (3/5/24), which does not say its century.
_FIRST_YEAR = 1900


def date_of(text: pl.Expr, written: str | None) -> pl.Expr:
    """The date (Date) of a text, which is ISO 8601 or as `written` says (strptime); null where it is none or ambiguous.

    A format that begins with the year says itself how such dates are written.
    """
    if written is not None:
        beside = () if written.startswith("%Y") else _OF_A_WORKBOOK
        return pl.coalesce(*(dated(text, known) for known in (written, *beside)))
    day_first, month_first = _figures(text)
    both = pl.coalesce(day_first, month_first)
    certain = pl.when((day_first == month_first).fill_null(value=True)).then(both)
    return pl.coalesce(*(dated(text, known) for known in _UNAMBIGUOUS), certain)


def is_ambiguous(text: pl.Expr, written: str | None) -> pl.Expr:
    """Whether the text is a date whose day and month can be swapped, and no format says which is which."""
    if written is not None:
        return pl.lit(value=False)
    day_first, month_first = _figures(text)
    return (day_first != month_first).fill_null(value=False)


def _figures(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Figures read day first and month first."""
    figures = pl.when(text.str.contains(_FIGURES)).then(text.str.replace_all(r"[.\-]", "/"))
    return dated(figures, "%d/%m/%Y"), dated(figures, "%m/%d/%Y")


def dated(text: pl.Expr, written: str) -> pl.Expr:
    """The date (Date) that a text is in this format; null where it is none, or its year is not whole."""
    day = text.str.to_date(written, strict=False)
    return pl.when(day.dt.year() >= _FIRST_YEAR).then(day)
