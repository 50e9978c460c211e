"""Words: how a file was read, in sentences."""

from collections.abc import Iterator, Sequence

from schemas.dialect import Dialect

_CUT = 40
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "spaces", ":": "colons"}


def passed_over(lines: Sequence[Sequence[str] | None], row: int, where: str) -> Iterator[str]:
    """That rows stand above or below the table; `row` is the first one's number."""
    kept = [(number, line) for number, line in enumerate(lines, row) if line and any(map(str.strip, line))]
    if not kept:
        return
    (first, text), (last, _) = kept[0], kept[-1]
    if first == last:
        yield f"Row {first} stands {where} and was passed over: {_quoted(text)}."
    else:
        yield f"Rows {first} to {last} stand {where} and were passed over, beginning with {_quoted(text)}."


def _quoted(line: Sequence[str]) -> str:
    text = " ".join(" ".join(line).split())
    return f"“{text if len(text) <= _CUT else text[:_CUT] + '…'}”"


def separated_by(dialect: Dialect) -> Iterator[str]:
    """What of the dialect is no matter of course."""
    if dialect.delimiter != ",":
        yield f"The columns are separated by {_NAMES.get(dialect.delimiter, repr(dialect.delimiter))}."
    if dialect.quote != '"' or dialect.escape:
        quotes = "single quotes" if dialect.quote == "'" else "quotes"
        escaped = ", with a backslash before a quote inside" if dialect.escape else ""
        yield f"Cells stand in {quotes}{escaped}."
    if dialect.newline == "\r":
        yield "The lines end in carriage returns."
