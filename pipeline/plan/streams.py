"""Streams: a file's bytes as UTF-8, whatever it was packed and encoded in, in bounded memory."""

import codecs
import gzip
import re
import zipfile
import zlib
from collections.abc import Callable
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, Any, cast

from typing_extensions import Buffer

from pipeline.plan.files import Kind, Named, opened
from schemas.dialect import Dialect

_PIECE = 256 * 1024
#: What the standard library raises for archives that are cut short or damaged.
_DAMAGE = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile)


class Lazy(RawIOBase):
    """A raw stream of the pieces that `more` gives; an empty piece is the end."""

    def __init__(self, more: Callable[[], bytes], close: Callable[[], None]) -> None:
        super().__init__()
        self._more, self._close = more, close
        self._piece = b""

    def readable(self) -> bool:
        """As every stream that is read."""
        return True

    def readinto(self, room: Buffer, /) -> int:
        """Fill the room with what there is."""
        with memoryview(room) as view:
            self._piece = self._piece or self._more()
            count = min(len(self._piece), len(view))
            view[:count] = self._piece[:count]
            self._piece = self._piece[count:]
            return count

    def close(self) -> None:
        """Close what the pieces come from."""
        if not self.closed:
            self._close()
        super().close()


def bytes_of(file: Named) -> BufferedReader:
    """The file's bytes, unpacked; raises CampaignError where it cannot be opened or is an archive of several."""
    if file.kind is Kind.GZIP:
        return _guarded(gzip.GzipFile(file.path), file)
    if file.kind is Kind.ZIP:
        return _guarded(_member(file), file)
    return opened(file)


def text_of(file: Named, dialect: Dialect) -> BufferedReader:
    """The file's text as UTF-8, with quotes doubled; reading raises CampaignError at a byte that the encoding lacks."""
    stream = bytes_of(file)
    if dialect.encoding != "utf-8" or dialect.escape:
        stream = _lazy(Decoding(stream, dialect, file).more, stream)
    if dialect.escape:
        stream = _lazy(_Doubling(stream, dialect).more, stream)
    return stream


def _lazy(more: Callable[[], bytes], stream: IO[bytes] | gzip.GzipFile) -> BufferedReader:
    return BufferedReader(cast("Any", Lazy(more, stream.close)), _PIECE)


def _guarded(stream: IO[bytes] | gzip.GzipFile, file: Named) -> BufferedReader:
    """The same, with damage told in words."""

    def more() -> bytes:
        try:
            return stream.read(_PIECE)
        except _DAMAGE:
            raise file.refusal("the archive is damaged or cut short; make it again") from None

    return _lazy(more, stream)


def _member(file: Named) -> IO[bytes]:
    try:
        archive = zipfile.ZipFile(file.path)
        names = [
            each.filename
            for each in archive.infolist()
            if not each.is_dir() and not each.filename.startswith("__MACOSX/") and Path(each.filename).name[:1] != "."
        ]
        if len(names) == 1 and not archive.getinfo(names[0]).flag_bits & 1:
            return archive.open(names[0])
    except (OSError, NotImplementedError, *_DAMAGE):
        raise file.refusal("the zip archive is damaged or packed in an unknown way; unpack it by hand") from None
    archive.close()
    if len(names) == 1:
        raise file.refusal("the zip archive has a password; unpack it first")
    listed = ", ".join(sorted(names)[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")  # noqa: PLR2004
    raise file.refusal(f"the zip archive holds {len(names)} files ({listed}); unpack it and name one" if names
                       else "the zip archive is empty; make it again")  # fmt: skip


class Decoding:
    """Pieces of a stream, from an encoding to UTF-8."""

    def __init__(self, stream: BufferedReader, dialect: Dialect, file: Named) -> None:
        self._stream, self._file, self._encoding = stream, file, dialect.encoding
        self._decoder = codecs.getincrementaldecoder(dialect.encoding)("strict")
        self._at, self._line = 0, 1
        self._skip = len(bom_of(dialect))

    def more(self) -> bytes:
        """The next piece; empty at the end. Raises CampaignError at a byte that the encoding lacks."""
        text = ""
        while not text:
            piece = self._stream.read(_PIECE)
            if self._skip:
                self._at, piece, self._skip = self._skip, piece[self._skip :], 0
            text = self._decoded(piece)
            if not piece:
                break
        self._line += text.count("\n")
        return text.encode()

    def _decoded(self, piece: bytes) -> str:
        held = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(self._encoding, "replace").count("\n")
            place, byte = self._at - held + error.start + 1, error.object[error.start]
            raise self._file.refusal(
                f"line {self._line + before}: byte {place:,} of the file, {byte:#04x}, is not {name_of(self._encoding)}; "
                "name another encoding in [source] encoding, or save the file as UTF-8"
            ) from None
        self._at += len(piece)
        return text


class _Doubling:
    """Pieces of UTF-8 in which a quote inside quotes is escaped, with that quote doubled instead."""

    def __init__(self, stream: BufferedReader, dialect: Dialect) -> None:
        self._stream, self._escape = stream, dialect.escape.encode()
        quote = dialect.quote.encode()
        self._pattern = re.compile(re.escape(self._escape) + b"([" + re.escape(self._escape + quote) + b"])")
        self._double = {quote: quote * 2, self._escape: self._escape}
        self._held = b""

    def more(self) -> bytes:
        done = b""
        while not done:
            piece = self._held + (new := self._stream.read(_PIECE))
            tail = len(piece) - len(piece.rstrip(self._escape))
            self._held = self._escape if new and tail % 2 else b""
            done = self._pattern.sub(lambda found: self._double[found[1]], piece.removesuffix(self._held))
            if not new:
                break
        return done


def bom_of(dialect: Dialect) -> bytes:
    """The mark that such a file begins with."""
    return "\ufeff".encode(dialect.encoding) if dialect.bom else b""


def name_of(encoding: str) -> str:
    """What people call an encoding."""
    names = {
        "utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252", "cp932": "Shift-JIS",
        "cp1250": "Windows-1250", "mac_roman": "Mac Roman", "iso8859-1": "Latin-1", "utf-32-le": "UTF-32", "utf-32-be": "UTF-32",
    }  # fmt: skip
    return names.get(encoding, encoding)
