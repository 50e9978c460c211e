"""Archive: the one file of a saved plan, a zip of parts whose digests stand in its manifest; whole, or not there at all."""

import json
import weakref
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from shutil import copyfileobj

from pydantic import ValidationError

from pipeline.report.files import written_aside
from schemas.errors import CampaignError
from schemas.sealed import FORMAT, VERSION, Approval, Manifest

_MANIFEST, _APPROVAL = "manifest.json", "approval.json"
_NO_PLAN = "this is no saved plan; `campaign check FILE --save-plan PLAN` makes one"
_DAMAGED = "the plan was changed since it was sealed, or is damaged or cut short; save it again"
#: What reading a damaged zip raises.
_FAULTS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, KeyError, EOFError)


class Writing:
    """Parts on their way into a file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.digests: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        """Write a part; its SHA-256 is then among `digests`."""
        self._archive.writestr(_named(name), content)
        self.digests[name] = sha256(content).hexdigest()

    def seal(self, manifest: Manifest) -> str:
        """Write the manifest, which names every part; the seal."""
        text = json.dumps(manifest.model_dump(mode="json")).encode()
        self._archive.writestr(_named(_MANIFEST), text)
        return sha256(text).hexdigest()


@contextmanager
def written_archive(path: Path) -> Iterator[Writing]:
    """A new archive (mode 0600) that takes the name when it is whole; raises CampaignError where it cannot be written."""
    with written_aside(path) as file, zipfile.ZipFile(file, "w") as archive:
        yield Writing(archive)


def _named(name: str) -> zipfile.ZipInfo:
    """Without a moment: the same plan is the same bytes."""
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o600 << 16
    return info


class Archive:
    """A saved plan's file, open as long as this is kept; what another process puts in its place is not seen.

    Raises CampaignError where it is no plan, another version's, or not as it was sealed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._archive = self._opened()
        weakref.finalize(self, self._archive.close)
        text = self._read(_MANIFEST)
        self.seal = sha256(text).hexdigest()
        self.manifest = self._manifest(text)
        self.approval = self._approval()
        self._check()

    def part(self, name: str) -> bytes:
        """A part as it was sealed."""
        content = self._read(name)
        if sha256(content).hexdigest() != self.manifest.parts.get(name):
            raise self.refusal(_DAMAGED)
        return content

    def approve(self, approval: Approval) -> None:
        """Put an approval into the file, in the place of one that is there; all else stays byte for byte."""
        with written_aside(self.path) as file, zipfile.ZipFile(file, "w") as new:
            for name in (*self.manifest.parts, _MANIFEST):
                with self._archive.open(name) as source, new.open(_named(name), "w", force_zip64=True) as target:
                    copyfileobj(source, target)
            new.writestr(_named(_APPROVAL), approval.model_dump_json())

    def refusal(self, what: str) -> CampaignError:
        """The error that says what is wrong with this file."""
        return CampaignError(f"{self.path}: {what}")

    def _opened(self) -> zipfile.ZipFile:
        try:
            archive = zipfile.ZipFile(self.path)
        except FileNotFoundError:
            raise self.refusal(f"there is no such plan; {_NO_PLAN.split('; ')[1]}") from None
        except OSError as error:
            raise self.refusal(f"the plan cannot be read: {error.strerror}") from None
        except _FAULTS:
            raise self.refusal(_DAMAGED if self._is_zip() else _NO_PLAN) from None
        if _MANIFEST not in archive.namelist():
            archive.close()
            raise self.refusal(_NO_PLAN)
        return archive

    def _is_zip(self) -> bool:
        with self.path.open("rb") as file:
            return file.read(2) == b"PK"

    def _read(self, name: str) -> bytes:
        try:
            return self._archive.read(name)
        except _FAULTS:
            raise self.refusal(_DAMAGED) from None
        except OSError as error:
            raise self.refusal(f"the plan cannot be read: {error.strerror}") from None

    def _manifest(self, text: bytes) -> Manifest:
        try:
            content = json.loads(text)
            if not isinstance(content, dict) or content.get("format") != FORMAT:
                raise self.refusal(_NO_PLAN)
            if content.get("version") != VERSION:
                raise self.refusal(
                    f"the plan is of form {content.get('version')}, saved by version {content.get('program')} of this"
                    f" program; this one reads form {VERSION}: save it again"
                )
            return Manifest.model_validate(content)
        except (ValueError, RecursionError):
            raise self.refusal(_DAMAGED) from None

    def _approval(self) -> Approval | None:
        if _APPROVAL not in self._archive.namelist():
            return None
        try:
            return Approval.model_validate_json(self._read(_APPROVAL))
        except ValidationError:
            raise self.refusal(_DAMAGED) from None

    def _check(self) -> None:
        """Every part is there, once, as it was sealed, and nothing else is."""
        own = {_MANIFEST, _APPROVAL}
        names = [name for name in self._archive.namelist() if name not in own]
        if sorted(names) != sorted(self.manifest.parts):
            raise self.refusal(_DAMAGED)
        for name in names:
            self.part(name)
