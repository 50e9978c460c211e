"""The headers of an export, and how the campaign file's `{Column}` finds its column."""

import difflib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from schemas.errors import CampaignError

_NUMBERED = re.compile(r"^(.*)#([1-9]\d*)$", re.DOTALL)


@dataclass(frozen=True)
class Headers:
    """Headers as written. Matching is in NFC, trimmed, and case-insensitive where that is unique."""

    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each column is called in messages: its header, `#2` for a repeat, `column 3` for a blank one."""
        seen: dict[str, int] = defaultdict(int)
        names = []
        for index, text in enumerate(map(_plain, self.texts)):
            seen[text] += 1
            repeat = f"#{seen[text]}" if seen[text] > 1 else ""
            names.append(f"{text}{repeat}" if text else f"column {index + 1}")
        return tuple(names)

    def find(self, wanted: str) -> int:
        """The index of the column; raises CampaignError when none or several match."""
        for key in (_plain, _folded):
            if matches := [index for index, text in enumerate(self.texts) if text and key(text) == key(wanted)]:
                return self._only(wanted, matches)
        if (numbered := _NUMBERED.match(wanted)) and (index := self._repeat(*numbered.groups())) is not None:
            return index
        near = difflib.get_close_matches(_folded(wanted), [_folded(name) for name in self.names], n=3, cutoff=0.4)
        known = [next(name for name in self.names if _folded(name) == text) for text in near]
        nearest = (
            f"the nearest are {', '.join(f'{{{name}}}' for name in known)}"
            if known
            else f"its columns are {', '.join(self.names[:12])}"
        )
        raise CampaignError(f"the file has no column {{{wanted}}}; {nearest}")

    def has(self, wanted: str) -> bool:
        """Whether a text equals some header, case aside."""
        return any(text and _folded(text) == _folded(wanted) for text in self.texts)

    def _only(self, wanted: str, matches: list[int]) -> int:
        if len(matches) == 1:
            return matches[0]
        places = ", ".join(str(index + 1) for index in matches)
        raise CampaignError(
            f"the file has {len(matches)} columns {{{wanted}}} (columns {places}); write {{{wanted}#1}} or {{{wanted}#2}}"
        )

    def _repeat(self, base: str, number: str) -> int | None:
        for key in (_plain, _folded):
            matches = [index for index, text in enumerate(self.texts) if text and key(text) == key(base)]
            if matches:
                return matches[int(number) - 1] if int(number) <= len(matches) else None
        return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _folded(text: str) -> str:
    return _plain(text).casefold()
