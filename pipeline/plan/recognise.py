"""Recognising: the encoding and the dialect of a text, as declared or found in a bounded sample of it."""

import codecs
from collections.abc import Iterator

from pipeline.plan.encodings import declared, encoding_of
from pipeline.plan.files import Kind, Named, opened
from pipeline.plan.sniff import sniffed
from pipeline.plan.streams import bom_of, bytes_of, name_of
from pipeline.plan.words import separated_by
from schemas.dialect import Dialect
from schemas.source_table import SourceTable

#: Bytes of the file's beginning that tell its dialect.
SAMPLE_BYTES = 64 * 1024
#: Places further on that are looked at for bytes beyond ASCII, and how many bytes at each.
_PLACES, _PLACE_BYTES = 16, 8 * 1024


def recognised(file: Named, table: SourceTable) -> tuple[Dialect, tuple[str, ...]]:
    """How to read a text, and the sentences that say so; raises CampaignError where it cannot be told."""
    with bytes_of(file) as stream:
        try:
            sample = stream.read(SAMPLE_BYTES)
        except OSError as error:
            raise file.refusal(f"the file cannot be read: {error.strerror}") from None
    _refuse_nested(file, sample)
    whole = len(sample) < SAMPLE_BYTES
    if table.encoding:
        encoding, bom = declared(file, table.encoding, sample)
    else:
        encoding, bom = encoding_of(file, sample if whole else _lines(sample), () if whole else _further(file))
    base = Dialect(encoding=encoding, bom=bom)
    dialect = sniffed(_text(sample, base, whole=whole), base, table.delimiter)
    return dialect, tuple(_said(file, dialect, table))


def _refuse_nested(file: Named, sample: bytes) -> None:
    """An archive in an archive, or what is no text at all."""
    inner = {b"PK\x03\x04": "a workbook or another archive", b"\xd0\xcf\x11\xe0": "a workbook", b"\x1f\x8b": "another archive",
             b"PAR1\x15": "a Parquet file", b"%PDF": "a PDF", b"{\\rtf": "a text document", b"SQLite format 3": "a database",
             b"7z\xbc\xaf": "a 7z archive", b"Rar!": "a RAR archive", b"\xfd7zXZ": "an XZ archive", b"BZh": "a bzip2 archive",
             b"(\xb5/\xfd": "a zstd archive", b"<!DOCTYPE": "a web page", b"<html": "a web page", b"<?xml": "XML",
             b"\x89PNG": "a picture"}  # fmt: skip
    if found := next((what for begin, what in inner.items() if sample.startswith(begin)), None):
        packed = file.kind is not Kind.TEXT
        raise file.refusal(
            f"it holds {found}; unpack it first" if packed else f"this is {found}; export it as CSV or Excel"
        )
    if sample[257:262] == b"ustar":
        raise file.refusal("it is a tar archive; unpack it first")


def _lines(piece: bytes) -> bytes:
    """Without the line that the end of the piece cuts, if it has lines."""
    return piece[: max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1] or piece


def _further(file: Named) -> Iterator[bytes]:
    """Pieces of whole lines from all over a file that is not packed."""
    if file.kind is not Kind.TEXT:
        return
    with opened(file) as stream:
        size = stream.seek(0, 2)
        for number in range(1, _PLACES + 1):
            stream.seek(max(0, (size - _PLACE_BYTES) * number // _PLACES))
            yield _lines(stream.read(_PLACE_BYTES).partition(b"\n")[2])


def _text(sample: bytes, dialect: Dialect, *, whole: bool) -> str:
    """The sample as text of whole lines, leniently: where a byte is wrong is told when all is read."""
    decoder = codecs.getincrementaldecoder(dialect.encoding)("replace")
    text = decoder.decode(sample[len(bom_of(dialect)) :], final=whole)
    return text if whole else text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text


def _said(file: Named, dialect: Dialect, table: SourceTable) -> Iterator[str]:
    if file.kind is not Kind.TEXT:
        yield f"The file was unpacked from its {file.kind.value} archive."
    if table.encoding:
        yield f"The text was read as {name_of(dialect.encoding)}, as [source] encoding says."
    elif dialect.encoding != "utf-8":
        doubt = "" if dialect.bom else "; if names look wrong, set [source] encoding"
        yield f"The text was read as {name_of(dialect.encoding)}{doubt}."
    yield from separated_by(dialect)
