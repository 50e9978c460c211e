"""The headers of an export, and how the campaign file's `{Column}` finds its column."""

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from schemas.errors import CampaignError
from schemas.template import reference

_NUMBERED = re.compile(r"(.*)#([1-9]\d*)", re.DOTALL)
_LISTED = 12


@dataclass(frozen=True)
class Headers:
    """Headers as written.

    They match in NFC, without invisible characters and surplus white space and, where that is unique, whatever their case.
    """

    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each column is called in messages: its header, `#2` for a repeat, `column 3` for a blank one."""
        seen: Counter[str] = Counter()
        names = []
        for number, text in enumerate(map(_plain, self.texts), 1):
            seen[text] += 1
            repeat = f"#{seen[text]}" if seen[text] > 1 else ""
            names.append(f"{text}{repeat}" if text else f"column {number}")
        return tuple(names)

    def find(self, wanted: str) -> int:
        """The index of the column; raises CampaignError when none or several match."""
        matches = self._matches(wanted)
        if len(matches) == 1:
            return matches[0]
        if not matches and (numbered := _NUMBERED.fullmatch(wanted)):
            repeats = self._matches(numbered[1])
            if 0 < int(numbered[2]) <= len(repeats):
                return repeats[int(numbered[2]) - 1]
        raise CampaignError(self._several(wanted, matches) if matches else self._none(wanted))

    def has(self, wanted: str) -> bool:
        """Whether a text equals some header."""
        return bool(self._matches(wanted))

    def like(self, wanted: str) -> tuple[str, ...]:
        """The names of the columns with this header."""
        return tuple(self.names[index] for index in self._matches(wanted))

    def places(self, wanted: Iterable[str]) -> frozenset[int]:
        """The indexes of those of the columns that are there."""
        found = set()
        for name in wanted:
            with suppress(CampaignError):
                found.add(self.find(name))
        return frozenset(found)

    def reference(self, index: int) -> str | None:
        """The column as templates name it, `{Name}` or `{Name#2}`; None where nothing finds it, as with a blank header."""
        plain = _plain(self.texts[index])
        repeat = [_plain(text) for text in self.texts[: index + 1]].count(plain)
        for name in (plain, f"{plain}#{repeat}"):
            with suppress(CampaignError):
                if plain and self.find(name) == index:
                    return reference(name)
        return None

    def _matches(self, wanted: str) -> list[int]:
        """The columns with this header; those that differ in case only if there is none."""
        ways: tuple[Callable[[str], str], ...] = (_plain, _folded)
        found = (
            [index for index, text in enumerate(map(key, self.texts)) if text and text == key(wanted)] for key in ways
        )
        return next(filter(None, found), [])

    def _several(self, wanted: str, matches: list[int]) -> str:
        places = ", ".join(str(index + 1) for index in matches)
        first, last = reference(f"{wanted}#1"), reference(f"{wanted}#{len(matches)}")
        return f"the file has {len(matches)} columns {reference(wanted)} ({places}); write one of {first} … {last}"

    def _none(self, wanted: str) -> str:
        named = [name for name, text in zip(self.names, self.texts, strict=True) if _plain(text)]
        names = {_folded(name): reference(name) for name in named}
        near = difflib.get_close_matches(_folded(wanted), names, n=3, cutoff=0.5)
        if near:
            return (
                f"the file has no column {reference(wanted)}; the nearest are {', '.join(names[name] for name in near)}"
            )
        more = f" and {len(named) - _LISTED} more" if len(named) > _LISTED else ""
        return f"the file has no column {reference(wanted)}; its columns are {', '.join(named[:_LISTED])}{more}"


def _plain(text: str) -> str:
    """NFC, one space for any white space, and none of the characters that nobody sees."""
    seen = "".join(each for each in unicodedata.normalize("NFC", text) if unicodedata.category(each) != "Cf")
    return " ".join(seen.split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", _plain(text).casefold())
