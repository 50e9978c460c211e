"""Texts from files, made harmless for a reader: what cannot be seen is named, and nothing changes how the rest is read."""

import unicodedata

#: Controls, marks of direction and of format, halves of characters, private and unassigned ones, odd line ends.
_ODD = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: What text is made of all the same: line breaks, tabs, and what joins or parts letters and emoji.
_USUAL = frozenset("\n\t\u200c\u200d")


def tamed(text: str) -> str:
    """The text with `‹U+202E›` for each odd character."""
    plain = text.replace("\r\n", "\n")
    return plain if plain.isascii() and plain.isprintable() else "".join(map(_tamed, plain))


def _tamed(char: str) -> str:
    is_odd = unicodedata.category(char) in _ODD and char not in _USUAL
    return f"‹U+{ord(char):04X}›" if is_odd else char
