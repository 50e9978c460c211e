"""Files: which ones are meant, and what each is by its first bytes."""

import atexit
import glob
import hashlib
import signal
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from io import BufferedReader
from pathlib import Path
from shutil import copyfileobj

from schemas.errors import CampaignError

STDIN = Path("-")


class Kind(Enum):
    """What a file is."""

    TEXT = "text"
    GZIP = "gzip"
    ZIP = "zip"
    WORKBOOK = "workbook"
    PARQUET = "parquet"


#: What files begin with; a Parquet file's first page follows its mark, which a header could be.
_MARKS = {b"\xd0\xcf\x11\xe0": Kind.WORKBOOK, b"PAR1\x15": Kind.PARQUET, b"\x1f\x8b": Kind.GZIP}


@dataclass(frozen=True)
class Named:
    """A file, and what it is called in messages."""

    path: Path
    name: str

    def refusal(self, what: str) -> CampaignError:
        """The error that says what is wrong with this file."""
        return CampaignError(f"{self.name}: {what}")

    @property
    def sha256(self) -> str:
        """Of its bytes, in hex."""
        with opened(self) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    @cached_property
    def kind(self) -> Kind:
        """What it is by its first bytes; raises CampaignError where it is nothing that is read."""
        with opened(self) as stream:
            try:
                begin = stream.read(5)
            except OSError as error:
                raise self.refusal(f"the file cannot be read: {error.strerror}") from None
        if begin.startswith(b"PK\x03\x04"):
            return self._packed()
        return next((kind for mark, kind in _MARKS.items() if begin.startswith(mark)), Kind.TEXT)

    def _packed(self) -> Kind:
        """A workbook is a zip archive too."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError):
            raise self.refusal("the workbook or zip archive is damaged or cut short; save it again") from None
        if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
            raise self.refusal("this is an Apple Numbers document; export it as CSV or Excel")
        is_workbook = {"[Content_Types].xml", "content.xml"} & set(names)
        return Kind.WORKBOOK if is_workbook else Kind.ZIP


def opened(file: Named) -> BufferedReader:
    """The file, open; raises CampaignError where there is none or it cannot be read."""
    try:
        return file.path.open("rb")
    except FileNotFoundError:
        raise file.refusal("there is no such file; check the path") from None
    except IsADirectoryError:
        raise file.refusal("this is a folder; name a file in it") from None
    except OSError as error:
        raise file.refusal(f"the file cannot be read: {error.strerror}") from None


def digest_of(files: Sequence[Named]) -> str:
    """The SHA-256 (hex) of one file's bytes; of several, of their sums in order."""
    sums = [file.sha256 for file in files]
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


def named(paths: Sequence[Path]) -> list[Named]:
    """The files meant by paths, patterns such as `exports/*.csv`, and `-` for standard input, each file once."""
    found: dict[Path, Named] = {}
    for path in paths:
        for each in _matching(path):
            found.setdefault(each.path, each)
    return list(found.values())


def _matching(path: Path) -> list[Named]:
    if path == STDIN:
        return [Named(spooled(), "standard input")]
    if path.is_fifo() or path.is_char_device():  # what a shell makes of <(command)
        return [Named(spooled(path), str(path))]
    if path.exists() or not glob.has_magic(str(path)):
        return [Named(path, str(path))]
    matches = [Named(Path(each), each) for each in sorted(glob.glob(str(path)))]  # noqa: PTH207 -- absolute patterns too
    if not matches:
        raise CampaignError(f"{path}: no file matches this pattern; check the path")
    return matches


@cache
def spooled(pipe: Path = STDIN) -> Path:
    """What comes through a pipe, in a private file that goes with the program: it is read more than once."""
    file = tempfile.NamedTemporaryFile(prefix="campaign-stdin-", delete=False)  # noqa: SIM115 -- lives as long as the program
    path = Path(file.name)
    atexit.register(path.unlink, missing_ok=True)
    signal.siginterrupt(signal.SIGINT, True)  # noqa: FBT003 -- polars lets a read that waits go on, and Ctrl-C go unheard
    with file, nullcontext(sys.stdin.buffer) if pipe == STDIN else pipe.open("rb") as stream:
        copyfileobj(stream, file)
    return path
