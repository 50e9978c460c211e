"""Times the phone column against the library: `python -m tests.benchmarks.phone 1000000`. Prints Markdown.

Once with numbers as a CRM holds them, and once with the regions of the world evenly mixed, which is the worst case: every
plan is then worth a few thousand rows only.
"""

import random
import sys
import time

import phonenumbers
import polars as pl
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from pipeline.phone import to_e164
from pipeline.plan.ingest import CHUNK_BYTES

#: As many rows as the plan reads at a time, and rows that the library is timed on; it is linear.
CHUNK_ROWS, SAMPLE = CHUNK_BYTES // 175, 20_000
CRM = ("US", "GB", "DE", "FR", "CA", "IT", "MX", "JP")
FORMATS = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
ODD = 0.03


def numbers(rows: int, regions: tuple[str, ...], seed: int = 1) -> pl.DataFrame:
    """Rows of `number` and `region`, seeded: the regions' example numbers with other last digits, in three forms; 3 % odd."""
    draw = random.Random(seed)
    written = {region: [phonenumbers.format_number(_example(region), each) for each in FORMATS] for region in regions}
    lines = [_line(draw, draw.choice(regions), written) for _ in range(rows)]
    return pl.DataFrame(lines, schema={"number": pl.String, "region": pl.String}, orient="row")


def _example(region: str) -> phonenumbers.PhoneNumber:
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.FIXED_LINE)
    return example or phonenumbers.example_number(region)


def _line(draw: random.Random, region: str, written: dict[str, list[str]]) -> tuple[str, str]:
    text = draw.choice(written[region])
    text = text[:-3] + "".join(draw.choice("0123456789") if sign.isdigit() else sign for sign in text[-3:])
    return (text if draw.random() > ODD else draw.choice((f"{text} x12", text[:-2], f"{text}12", "n/a")), region)


def _asked(number: str, region: str) -> str | None:
    """What a script does with a number."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def compared(what: str, frame: pl.DataFrame) -> str:
    """A line: seconds of the column, of the library at that rate, and how many times faster."""
    begun = time.perf_counter()
    for part in frame.iter_slices(CHUNK_ROWS):
        to_e164(part["number"], part["region"])
    column = time.perf_counter() - begun
    sample = frame.head(SAMPLE).rows()
    begun = time.perf_counter()
    for number, region in sample:
        _asked(number, region)
    library = (time.perf_counter() - begun) * frame.height / len(sample)
    return f"| {what} | {column:.1f} | {library:.1f} | {library / column:.1f}× |"


def main() -> None:
    """Print the table for so many rows."""
    rows = int(sys.argv[1])
    world = tuple(sorted(region for region in phonenumbers.SUPPORTED_REGIONS if phonenumbers.example_number(region)))
    sys.stdout.write(
        f"E.164 for {rows:,} numbers, by column and by the library row by row (its pattern cache on):\n\n"
        "| numbers | column, s | library, s | faster |\n|---|---:|---:|---:|\n"
        f"{compared('of a CRM, 8 regions', numbers(rows, CRM))}\n"
        f"{compared(f'of {len(world)} regions, evenly mixed', numbers(rows, world))}\n"
    )


if __name__ == "__main__":
    main()
