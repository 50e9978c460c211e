"""Encodings: which one a file is written in, from a bounded sample of its bytes.

What is valid UTF-8 is UTF-8, and needs no detector. Else the words with bytes beyond ASCII are read in each candidate,
and the first in which they look like words wins: one script, one way of capitals, accents among plain letters.
On columns of names that does better than the general detectors, which are made for running text: of 24 small files of
Western names each in Windows-1252, charset-normalizer 3.5 knew 6 and chardet 7.7 knew 10 (tests/benchmarks/encodings.py).
A file that looks like words in no candidate is refused, not guessed: a wrong guess would be spoken to people.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable

from pipeline.plan.files import Named
from pipeline.plan.streams import Decoding, bytes_of, name_of
from schemas.dialect import Dialect
from schemas.errors import CampaignError

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
#: In the order of trust: the first in which enough of the words look like words.
_CANDIDATES = ("cp932", "cp1252", "cp1250", "mac_roman")
_ENOUGH = 0.8
_WORD = re.compile(r"[^\W\d_]+(?:[’'´`.-][^\W\d_]+)*")
_FOREIGN = re.compile(rb"[^\s,;|\"\t<>()/:]*[\x80-\xff][^\s,;|\"\t<>()/:]*")
_MOST_WORDS = 2000
#: Signs that stand around words; one inside a word speaks against an encoding, as ³ where ł was meant.
_AROUND = "‘“”–—…•€°«»¿¡\xa0®™©§²³½¼¾ªº"
_SPACED = str.maketrans(_AROUND, " " * len(_AROUND))
_INSIDE = re.compile(rf"[^\W\d_][{_AROUND.replace('–', '').replace('—', '')}][^\W\d_]")


def encoding_of(file: Named, sample: bytes, rest: Iterable[bytes]) -> tuple[str, bool]:
    """The encoding of a file that begins with `sample`, and whether a mark says so; raises CampaignError if none fits.

    `rest` are pieces from elsewhere in the file. Each piece is of whole lines where it is not the whole file.
    """
    marked = next(((name, True) for mark, name in BOMS.items() if sample.startswith(mark)), None)
    if marked:
        return marked
    if wide := _wide(sample):
        return wide, False
    foreign = [piece for piece in (sample, *rest) if not _is_utf8(piece)]
    return (_judged(file, foreign) if foreign else "utf-8"), False


def declared(file: Named, encoding: str, sample: bytes) -> tuple[str, bool]:
    """The declared encoding, and whether there is a mark, which must not speak against it."""
    written = encoding
    mark, marked = next(((mark, name) for mark, name in BOMS.items() if sample.startswith(mark)), (b"", encoding))
    if encoding in {"utf-16", "utf-32"}:
        encoding = marked if mark else f"{encoding}-le"
    if mark and marked != encoding:
        raise file.refusal(
            f"it begins with the mark of {name_of(marked)}, but [source] encoding is {written!r}; remove the key"
        )
    return encoding, bool(mark)


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a mark: of the first character and of most others one byte is zero, and always the same one."""
    whole = sample[: len(sample) // 2 * 2]
    zeros = whole[::2].count(0), whole[1::2].count(0)
    side = 0 if zeros[0] > zeros[1] else 1
    if len(whole) < 8 or whole[side] or zeros[side] * 4 < len(whole) or zeros[1 - side] * 40 > len(whole):  # noqa: PLR2004
        return None
    return ("utf-16-be", "utf-16-le")[side]


def _is_utf8(piece: bytes) -> bool:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start > 0
    return True


def _judged(file: Named, pieces: list[bytes]) -> str:
    words = [word for piece in pieces for word in _FOREIGN.findall(piece)][:_MOST_WORDS]
    for encoding in _CANDIDATES:
        if _share(words, encoding) >= _ENOUGH:
            return encoding
    raise _unknown(file)


def _share(words: list[bytes], encoding: str) -> float:
    try:
        texts = [word.decode(encoding) for word in words]
    except UnicodeDecodeError:
        return 0.0
    looks = _is_japanese if encoding == "cp932" else _is_latin
    return sum(map(looks, texts)) / len(texts)


def _is_japanese(text: str) -> bool:
    """Kana and ideographs, none a lone one beside Latin letters, none beside the narrow kana that other bytes look like."""
    foreign = [each for each in text if ord(each) > 0x7F]  # noqa: PLR2004 -- the end of ASCII
    scripts = [unicodedata.name(each, "?").split()[0] for each in foreign]
    known = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH"}
    latin = sum(each.isascii() and each.isalpha() for each in text)
    narrow = "HALFWIDTH" in scripts and len(set(scripts)) > 1
    return set(scripts) <= known and len(foreign) > latin and not narrow


def _is_latin(text: str) -> bool:
    """Letters of which some are plain, in small letters but for the first, or in capitals throughout."""
    plain = text.translate(_SPACED)
    words = _WORD.findall(plain)
    strange = [each for each in plain if ord(each) > 0x7F and not each.isalpha() and each not in "’´·"]  # noqa: PLR2004
    letters = [each for each in plain if each.isalpha()]
    ascii_share = sum(map(str.isascii, letters)) / len(letters) if letters else 1.0
    return not strange and ascii_share >= 0.4 and all(map(_is_cased, words)) and not _INSIDE.search(text)  # noqa: PLR2004


def _is_cased(word: str) -> bool:
    parts = re.split(r"[’'´`.-]|(?<=\bMc)|(?<=\bMac)|(?<=\bDe)|(?<=\bLe)", word)
    return all(part.isupper() or part[1:].islower() or len(part) < 2 for part in parts)  # noqa: PLR2004


def _unknown(file: Named) -> CampaignError:
    try:
        with bytes_of(file) as stream:
            decoding = Decoding(stream, Dialect(), file)
            while decoding.more():
                pass
    except CampaignError as error:
        return CampaignError(f"{error} (Windows-1252 and Shift-JIS make no words of it)")
    return file.refusal("its encoding cannot be told; name it in [source] encoding, or save the file as UTF-8")
