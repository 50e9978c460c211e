"""Phone numbers by the million from the numbering plans' own patterns: the column's answers against the library's.

`python -m tests.fuzz_phone --count 5000000 --seed 1` prints how many were compared and every difference.
"""

import argparse
import random
import re._parser as regex  # the standard library's own reading of a pattern
import sys
import time
from collections.abc import Callable, Iterator

import phonenumbers
import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, PhoneMetadata

from pipeline.phone.column import to_e164
from pipeline.phone.library import by_library

BATCH = 250_000
TYPES = (
    "general_desc", "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip",
    "pager", "uan", "voicemail",
)  # fmt: skip
PUNCTUATION = " -./()[]" + "\u2010\u2013\u2212\u30fc\uff0d\uff0f\u00a0\u00ad\u200b\u2060\u3000\uff08\uff09\uff3b\uff3d"
ODD = "x~*,;:#_\\|&\t\n@=\u200e\u202a\u202c\ufeff\uff0b+aZé電\u0301\x00\x1c"
EXTENSIONS = (
    " x{}", "x{}", " ext. {}", " ext {}", ";ext={}", ",,{}", ";{}", ", {}", " #{}", " -{}#", " extension: {}", "X.{}",
    " extn {}", " anexo {}", " доб. {}", " ｅｘｔｎ{}", "~{}", " int {}", " (ext. {})", " / x{}", " /x{}/x{}", "- x - {}",
)  # fmt: skip
BEFORE = (
    "", "", "", "", "Tel: ", "tel:", "(", " ", "\u202a", "#", "phone ", "M: ", "\u200e", "*", "\t", "'", "=", "(0) ",
    "call +", "１", "é", ";", "x", "\uff08",
)  # fmt: skip
AFTER = ("", "", "", "", ")", " ", "\u202c", ".", "#", " home", "\n", "+", ";", " x", "ー", "_", "!", " (0)", "²", "a")


def _sampled(tokens: regex.SubPattern, rng: random.Random) -> str:
    """A text that the parsed pattern matches."""
    return "".join(_SAMPLERS[str(kind)](value, rng) for kind, value in tokens)


def _sampled_repeat(value: tuple, rng: random.Random) -> str:
    fewest, most, tokens = value
    return "".join(_sampled(tokens, rng) for _ in range(rng.randint(fewest, most)))


def _sampled_set(value: list, rng: random.Random) -> str:
    low, high = rng.choice([(v, v) if str(k) == "LITERAL" else v if str(k) == "RANGE" else (48, 57) for k, v in value])
    return chr(rng.randint(low, high))


def _sampled_group(value: tuple, rng: random.Random) -> str:
    return _sampled(value[-1], rng)


def _sampled_branch(value: tuple, rng: random.Random) -> str:
    return _sampled(rng.choice(value[1]), rng)


def _sampled_literal(value: int, _: random.Random) -> str:
    return chr(value)


def _sampled_place(_: object, __: random.Random) -> str:
    return ""


_SAMPLERS: dict[str, Callable] = {
    "LITERAL": _sampled_literal,
    "IN": _sampled_set,
    "MAX_REPEAT": _sampled_repeat,
    "BRANCH": _sampled_branch,
    "SUBPATTERN": _sampled_group,
    "AT": _sampled_place,
}


def plans() -> list[PhoneMetadata]:
    """The metadata of every region and of the codes that belong to none."""
    regions = [PhoneMetadata.metadata_for_region(region) for region in sorted(SUPPORTED_REGIONS)]
    others = [code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() if regions == ("001",)]
    return regions + [PhoneMetadata.metadata_for_nongeo_region(code) for code in others]


class Fuzz:
    """An endless, seeded source of (text, region)."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.plans = plans()
        self.hints = [
            *sorted(SUPPORTED_REGIONS),
            None,
            "us",
            "gb",
            "de",
            "it",
            "ca",
            "001",
            "ZZ",
            "",
            "XX",
            "U S",
            "800",
        ]
        self.parsed: dict[str, regex.SubPattern] = {}

    def pairs(self, count: int) -> pl.DataFrame:
        rows = [self.pair() for _ in range(count)]
        return pl.DataFrame(rows, schema={"number": pl.String, "region": pl.String}, orient="row")

    def pair(self) -> tuple[str, str | None]:
        plan = self.rng.choice(self.plans)
        return self.written(self.dialled(self.national(plan), plan)), self.hint(plan)

    def hint(self, plan: PhoneMetadata) -> str | None:
        chance = self.rng.random()
        if chance < 0.75:
            return plan.id
        return self.rng.choice(COUNTRY_CODE_TO_REGION_CODE[plan.country_code] if chance < 0.85 else self.hints)

    def of(self, pattern: str | None) -> str:
        if not pattern:
            return ""
        if pattern not in self.parsed:
            self.parsed[pattern] = regex.parse(pattern)
        return _sampled(self.parsed[pattern], self.rng)

    def national(self, plan: PhoneMetadata) -> str:
        descs = [desc for name in TYPES if (desc := getattr(plan, name)) is not None and desc.national_number_pattern]
        number = self.of(self.rng.choice(descs).national_number_pattern)
        for _ in range(self.rng.choice([0] * 8 + [1, 1, 2])):
            number = self.mutated(number)
        return number

    def mutated(self, number: str) -> str:
        at, digits = self.rng.randint(0, len(number)), str(self.rng.randrange(10))
        return self.rng.choice([
            number[:-1], number[:-2], number + digits, number + digits * 2, number[:at] + digits + number[at + 1 :],
            number[:at] + digits + number[at:], number[1:], digits * self.rng.randint(1, 6) + number, number[:4],
            number * 2, "0" + number,
        ])  # fmt: skip

    def dialled(self, number: str, plan: PhoneMetadata) -> str:
        code, prefix = str(plan.country_code), self.of(plan.national_prefix_for_parsing)
        idd = self.of(plan.international_prefix)
        other = str(self.rng.choice(list(COUNTRY_CODE_TO_REGION_CODE)))
        return self.rng.choice([
            number, number, number, prefix + number, prefix + number, "+" + code + number, "+" + code + number,
            "+" + code + prefix + number, code + number, code + prefix + number, idd + code + number, idd + number,
            "+" + idd + code + number, "+0" + code + number, "++" + code + number, "0" + number, "1" + number,
            "00" + code + number, "011" + code + number, "+" + other + number, idd + other + number, "+" + number,
            code + code + number, f"+{code}(0){number}", "+" + code + code + number, idd, "+" + idd, prefix,
        ])  # fmt: skip

    def written(self, number: str) -> str:
        rng, text = self.rng, number
        for _ in range(rng.choice([0, 0, 1, 2, 3, 4])):
            at = rng.randint(0, len(text))
            text = text[:at] + rng.choice(PUNCTUATION) + text[at:]
        if rng.random() < 0.7:
            return text
        return self.odd(text)

    def odd(self, text: str) -> str:
        rng = self.rng
        at = rng.randint(0, len(text))
        extension = rng.choice(EXTENSIONS).replace("{}", "".join(rng.choices("0123456789", k=rng.randint(1, 11))))
        return rng.choice([
            lambda: text + extension,
            lambda: rng.choice(BEFORE) + text + rng.choice(AFTER),
            lambda: rng.choice(BEFORE) + text + extension + rng.choice(AFTER),
            lambda: text[:at] + rng.choice(ODD) + text[at:],
            lambda: text.translate(dict(zip(range(48, 58), rng.choice(["０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"]), strict=True))),
            lambda: text.translate({ord(str(rng.randrange(10))): rng.choice("ABCxyzÄ٣５²①")}),
            lambda: text[:-4] + "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZxyz", k=rng.randint(1, 5))),
            lambda: f"tel:{text};phone-context=+{rng.randint(1, 999)}",
            lambda: f"tel:{text};isub=12345",
            lambda: text + rng.choice([" / ", "/", ";", " or ", ", ", "\n", " "]) + text,
            lambda: text.replace("+", "＋"),
            lambda: "".join(rng.choices("0123456789+ -()x/", k=rng.randint(0, 20))),
            lambda: text + " " * rng.choice([1, 240, 260]),
        ])()  # fmt: skip


def differences(pairs: pl.DataFrame) -> pl.DataFrame:
    """Where the column's answers are not the library's, in `e164` or in `reason`."""
    ours, theirs = to_e164(pairs["number"], pairs["region"], fewest_rows=1, fewest_in_all=1), by_library(pairs)
    both = pl.concat([pairs, theirs, ours.rename({"e164": "our_e164", "reason": "our_reason"})], how="horizontal")
    same = pl.col("e164").eq_missing(pl.col("our_e164")) & pl.col("reason").eq_missing(pl.col("our_reason"))
    return both.filter(~same)


def batches(count: int, seed: int) -> Iterator[pl.DataFrame]:
    fuzz = Fuzz(seed)
    for begun in range(0, count, BATCH):
        yield fuzz.pairs(min(BATCH, count - begun))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun, compared, different = time.perf_counter(), 0, 0
    for pairs in batches(options.count, options.seed):
        found = differences(pairs)
        compared, different = compared + pairs.height, different + found.height
        for row in found.iter_rows(named=True):
            print(row)
        print(
            f"{compared} compared with phonenumbers {phonenumbers.__version__}, {different} different, "
            f"seed {options.seed}, {time.perf_counter() - begun:.0f} s",
            flush=True,
        )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
