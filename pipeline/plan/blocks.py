"""Reading an export: its bytes, in blocks that begin with a record of which the row number is known."""

import hashlib
from io import BufferedReader
from pathlib import Path

import numpy as np

from pipeline.plan.records import Records, find_records, written_cells
from schemas.errors import CampaignError

#: A row longer than this is a quote that was never closed: no CRM holds such cells.
MAX_RECORD_BYTES = 4 * 1024 * 1024
SAVE_AGAIN = 'save it as "CSV UTF-8"'
BOM = b"\xef\xbb\xbf"
_OTHER_FORMATS = {
    b"\xff\xfe": "is UTF-16",
    b"\xfe\xff": "is UTF-16",
    b"PK\x03\x04": "is a workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "is a workbook",
    b"\x1f\x8b": "is compressed",
    b"PAR1": "is Parquet",
}


class Blocks:
    """`block` is what was read and not left behind. It begins at byte `offset` of the file, with the record of row `row`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.block = bytearray()
        self.offset = 0
        self.row = 1
        self.at_end = False
        self.has_bom = False
        self.digest = hashlib.sha256()  # of all that was read
        self._stream = self._opened()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def refusal(self, what: str, row: int | None = None) -> CampaignError:
        """The error that says what is wrong in this file."""
        return CampaignError(f"{self.path}: {what}" if row is None else f"{self.path}: row {row}: {what}")

    def read(self, size: int) -> Records:
        """Read so many bytes more, and find the whole records of the block."""
        is_first = not (self.offset or self.block)
        self._append(size)
        if is_first:
            self._begin()
        if self.at_end and self.block and not self.block.endswith(b"\n"):
            self.block += b"\n"
        records = find_records(self.block)
        self._refuse_endless(records)
        return records

    def _append(self, size: int) -> None:
        """Read into a block of the right size at once: a block is too large to be copied without need."""
        rest, self.block = self.block, bytearray(len(self.block) + size)
        self.block[: len(rest)] = rest
        with memoryview(self.block)[len(rest) :] as room:
            try:
                count = self._stream.readinto(room)
            except OSError as error:
                raise self.refusal(f"the file cannot be read: {error.strerror}") from None
            self.digest.update(room[:count])
        self.at_end = count < size
        del self.block[len(rest) + count :]

    def leave(self, count: int, records: Records) -> None:
        """Let the block begin behind the first so many of its records."""
        end = int(records.ends[count - 1]) if count else 0
        self.block = self.block[end:]
        self.offset += end
        self.row += count

    def refuse_bytes(self, records: Records) -> None:
        """Raise if the block is not UTF-8."""
        try:
            self.block.decode("utf-8")
        except UnicodeDecodeError as error:
            row = self.row + int(np.searchsorted(records.ends, error.start, side="right"))
            place = self.offset + error.start + 1
            what = f"byte {place} of the file, {self.block[error.start]:#04x}, is not UTF-8; {SAVE_AGAIN}"
            raise self.refusal(what, row) from None

    def _opened(self) -> BufferedReader:
        try:
            return self.path.open("rb")
        except FileNotFoundError:
            raise self.refusal("there is no such file; check the path") from None
        except IsADirectoryError:
            raise self.refusal("this is a folder; name a file in it") from None
        except OSError as error:
            raise self.refusal(f"the file cannot be read: {error.strerror}") from None

    def _begin(self) -> None:
        """Refuse what is no CSV by the file's first bytes, and leave its byte order mark behind."""
        if not self.block:
            raise self.refusal("the file is empty; export it again")
        if other := next((name for begin, name in _OTHER_FORMATS.items() if self.block.startswith(begin)), None):
            raise self.refusal(f"the file {other}; {SAVE_AGAIN}")
        if self.block.startswith(BOM):
            self.has_bom = True
            self.offset = len(BOM)
            del self.block[: self.offset]

    def _refuse_endless(self, records: Records) -> None:
        """Raise where a quote swallows what follows it: to the end of the file, or more than a row can hold."""
        sizes = np.diff(records.ends, prepend=0, append=len(self.block))
        limits = np.full(sizes.size, MAX_RECORD_BYTES)
        limits[-1:] = 0 if self.at_end else MAX_RECORD_BYTES
        for index in np.flatnonzero(sizes > limits)[:1].tolist():
            start = int(records.starts[index]) if index < records.starts.size else records.rest
            text = self.block[start : start + MAX_RECORD_BYTES].decode("utf-8", "replace")
            raise self.refusal(_endless(written_cells(text), int(sizes[index])), self.row + index)


def _endless(cells: list[str], size: int) -> str:
    """What is wrong with a row that does not end, told by its cells so far."""
    if cells[-1].startswith('"'):
        text = cells[-1][1:].strip().partition("\n")[0].strip()[:24]
        place = f"before {text!r}" if text else "at the end of the file"
        closed = f"not closed for more than {MAX_RECORD_BYTES:,} bytes" if size > MAX_RECORD_BYTES else "never closed"
        return f"the quote {place} is {closed}; close it or remove it"
    if any("\r" in cell for cell in cells):
        return f"the lines end in carriage returns alone; {SAVE_AGAIN}"
    return f"it is longer than {MAX_RECORD_BYTES:,} bytes; is this a CSV file?"
