"""How often the encoding of small files of names is found: by this program, charset-normalizer and chardet.

`python -m tests.benchmarks.encodings` prints a table; the detectors take part where they are installed. Right means
that the text comes out as it was written. What this program refuses to guess it asks for.
"""

import importlib.util
import random
from collections.abc import Callable
from pathlib import Path

from pipeline.plan.encodings import encoding_of
from pipeline.plan.files import Named
from schemas.errors import CampaignError

NAMES = {
    "cp932": "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 太郎 花子 ヤマダ 東京都港区 株式会社 ｱｲｳ",
    "cp1252": "José Müller Zoë François Ångström Peña O’Brien Straße Grün naïve “x” 50€",
    "latin-1": "José Müller Zoë François Peña Straße",
    "cp1250": "Łukasz Żółć Dvořák Kovács Őze Śliwa Černý",
    "mac_roman": "José Müller Zoë François",
    "cp1251": "Иванов Петров Сидорова Москва Анна Дмитрий",
    "gb18030": "王伟 李娜 张敏 北京市 上海",
    "euc_kr": "김철수 이영희 서울",
}
SIZES, REPEATS = (1, 3, 20, 300), 6


def ours(content: bytes) -> str | None:
    """This program."""
    try:
        return encoding_of(Named(Path("people.csv"), "people.csv"), content, ())[0]
    except CampaignError:
        return None


def by_normalizer(content: bytes) -> str | None:
    """charset-normalizer."""
    import charset_normalizer  # noqa: PLC0415 -- is not always there

    best = charset_normalizer.from_bytes(content).best()
    return best.encoding if best else None


def by_chardet(content: bytes) -> str | None:
    """chardet."""
    import chardet  # noqa: PLC0415 -- is not always there

    return chardet.detect(content)["encoding"]


FINDERS: dict[str, Callable[[bytes], str | None]] = {"campaign": ours}
FINDERS |= {"charset-normalizer": by_normalizer} if importlib.util.find_spec("charset_normalizer") else {}
FINDERS |= {"chardet": by_chardet} if importlib.util.find_spec("chardet") else {}


def files(encoding: str) -> list[bytes]:
    """Exports with 1 to 300 rows."""
    drawn, names = random.Random(encoding), NAMES[encoding].split()
    return [
        "\r\n".join(
            ["Id,Name,City,Phone", *(f"{n},{drawn.choice(names)},Paris,+1415555{n:04}" for n in range(size))]
        ).encode(encoding)
        for size in SIZES
        for _ in range(REPEATS)
    ]


def outcome(content: bytes, encoding: str, found: str | None) -> str:
    """What became of the text."""
    if found is None:
        return "asked"
    try:
        return "right" if content.decode(found) == content.decode(encoding) else "wrong"
    except (UnicodeDecodeError, LookupError):
        return "wrong"


def main() -> None:
    """Print the table."""
    print(
        "| encoding |",
        " | ".join(f"{name}: right, wrong, asked" for name in FINDERS),
        "|\n|---|" + "---|" * len(FINDERS),
    )
    for encoding in NAMES:
        told = []
        for find in FINDERS.values():
            outcomes = [outcome(content, encoding, find(content)) for content in files(encoding)]
            told.append(", ".join(str(outcomes.count(each)) for each in ("right", "wrong", "asked")))
        print(f"| {encoding} |", " | ".join(told), "|")


if __name__ == "__main__":
    main()
