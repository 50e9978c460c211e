"""Reading a text: its bytes, in blocks that begin with a record of which the row number is known."""

import hashlib
from dataclasses import replace
from io import BufferedReader

import numpy as np

from pipeline.plan.files import Named
from pipeline.plan.records import Records, Signs, find_records
from schemas.errors import CampaignError

#: A row longer than this is a quote that was never closed: no CRM holds such cells.
MAX_RECORD_BYTES = 4 * 1024 * 1024
SAVE_AGAIN = 'save it as "CSV UTF-8"'
_OR_NAME_IT = ', or say what it is: [source] encoding = "windows-1252"'
BOM = b"\xef\xbb\xbf"
#: So many bytes are held back until the end is known: what stands below a table is told by the last of them.
TAIL_BYTES = 16 * 1024


class Blocks:
    """`block` is what was read and not left behind. It begins at byte `offset` of the file, with the record of row `row`."""

    def __init__(self, file: Named, stream: BufferedReader, signs: Signs) -> None:
        self.file = file
        self.signs = signs
        self.block = bytearray()
        self.offset = 0
        self.row = 1
        self.at_end = False
        self.digest = hashlib.sha256()  # of all that was read
        self._stream = stream

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def refusal(self, what: str, row: int | None = None) -> CampaignError:
        """The error that says what is wrong in this file."""
        return self.file.refusal(what if row is None else f"row {row}: {what}")

    def read(self, size: int) -> Records:
        """Read so many bytes more, and find the whole records of the block."""
        is_first = not (self.offset or self.block)
        self._append(size)
        if is_first:
            self._begin()
        newline = self.signs.newline.encode()
        if self.at_end and self.block and not self.block.endswith(newline):
            self.block += newline
        records = find_records(self.block, self.signs)
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

    def settled(self, records: Records) -> Records:
        """Without those that may be the last of the file."""
        if self.at_end:
            return records
        count = int(np.searchsorted(records.ends, len(self.block) - TAIL_BYTES, side="right"))
        return replace(
            records,
            starts=records.starts[:count],
            ends=records.ends[:count],
            fields=records.fields[:count],
            odd=records.odd[:count],
        )

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
            what = f"byte {place} of the file, {self.block[error.start]:#04x}, is not UTF-8; {SAVE_AGAIN}{_OR_NAME_IT}"
            raise self.refusal(what, row) from None

    def _begin(self) -> None:
        """Leave the file's byte order mark behind."""
        if not self.block:
            raise self.refusal("the file is empty; export it again")
        if self.block.startswith(BOM):
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
            raise self.refusal(
                _endless(self.signs, self.signs.written_cells(text), int(sizes[index])), self.row + index
            )


def _endless(signs: Signs, cells: list[str], size: int) -> str:
    """What is wrong with a row that does not end, told by its cells so far."""
    if signs.is_open(cells[-1]):
        text = cells[-1][1:].strip().partition("\n")[0].strip()[:24]
        place = f"before {text!r}" if text else "at the end of the file"
        closed = f"not closed for more than {MAX_RECORD_BYTES:,} bytes" if size > MAX_RECORD_BYTES else "never closed"
        return f"the quote {place} is {closed}; close it or remove it"
    if any("\r" in cell for cell in cells):
        return f"the lines end in carriage returns alone; {SAVE_AGAIN}"
    return f"it is longer than {MAX_RECORD_BYTES:,} bytes; is this a CSV file?"
