"""Times `campaign check` beside what it is measured by: `python -m tests.benchmarks.check [--quick] [--readme] [ROWS …]`.

For each number of rows an export is made, and three programs read it, as whole processes and in turns: `campaign check`
with its report files; script.py, which a user would write instead; floor.py, below which nothing can be expected. Prints
Markdown; what is going on goes to stderr. Machines drift, so only figures of one call of this program may be compared.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.machine import machine
from tests.benchmarks.measure import Taken, measured

CAMPAIGN = Path(__file__).with_name("campaign.toml")
README = Path(__file__).parents[2] / "README.md"
HEIGHTS, QUICK_HEIGHTS = (10_000, 100_000, 1_000_000), (10_000, 100_000)
PEOPLE, QUICK_PEOPLE = 1_000_000, 100_000
#: How often each program runs, up to so many rows.
TIMES: Mapping[int, Mapping[str, int]] = {
    10_000: {"check": 5, "script": 5, "floor": 5},
    100_000: {"check": 3, "script": 3, "floor": 3},
    1_000_000: {"check": 3, "script": 1, "floor": 3},
}
TIMES_BEYOND = {"check": 1, "script": 0, "floor": 1}


@dataclass(frozen=True)
class Measured:
    """Every run of each program on one export; `stages` are the seconds of each stage of each run of `check`."""

    rows: int
    runs: Mapping[str, Sequence[Taken]]
    stages: Sequence[Mapping[str, float]]

    def seconds(self, program: str) -> float | None:
        """The median; None if it was not run."""
        return self._median(program, lambda taken: taken.seconds)

    def cpu(self, program: str) -> float | None:
        """The median of processor time; None if it was not run."""
        return self._median(program, lambda taken: taken.cpu)

    def _median(self, program: str, of: Callable[[Taken], float]) -> float | None:
        return median(map(of, self.runs[program])) if self.runs[program] else None

    @property
    def line(self) -> str:
        """A line of the table."""
        check, script, floor = (self.seconds(program) for program in ("check", "script", "floor"))
        peak = max(taken.megabytes for taken in self.runs["check"])
        cells = (f"{self.rows:,}", f"{check:.2f}", f"{self.rows / check:,.0f}", f"{peak:,.0f}", _shown(script),
                 _shown(floor), _compared(check, script), f"{check / floor:.1f}× the floor")  # fmt: skip
        return f"| {' | '.join(cells)} |"

    @property
    def shares(self) -> str:
        """A table of the stages of the run of `check` that took the median time; they run side by side, so of all cores."""
        order = sorted(range(len(self.stages)), key=lambda run: self.runs["check"][run].seconds)
        run = order[len(order) // 2]
        stages = self.stages[run]
        whole = max(self.runs["check"][run].cpu, sum(stages.values()))
        parts = {**stages, "the rest": whole - sum(stages.values())}
        cells = (f"{seconds / whole:.0%}" for seconds in parts.values())
        return f"| {' | '.join(parts)} |\n|{'---:|' * len(parts)}\n| {' | '.join(cells)} |"


def _shown(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.2f}"


def _compared(check: float, script: float | None) -> str:
    if script is None:
        return "–"
    return f"{script / check:.1f}× faster" if script >= check else f"{check / script:.1f}× slower"


def programs(export: Path, folder: Path) -> dict[str, list[str]]:
    """What comes after `python` for each program."""
    check = ["-m", "pipeline", "check", str(export), "-c", str(CAMPAIGN), "--report", str(folder / "check"), "--quiet"]
    return {
        "check": [*check, "--ledger", str(folder / "no-ledger.sqlite")],
        "script": ["-m", "tests.benchmarks.script", str(export), str(folder / "script")],
        "floor": ["-m", "tests.benchmarks.floor", str(export), str(folder / "floor.ndjson")],
    }


def turns(rows: int) -> Iterator[str]:
    """The programs in the order in which they run: forwards and backwards in turns, so that no drift favours one."""
    times = next((times for height, times in TIMES.items() if rows <= height), TIMES_BEYOND)
    for turn in range(max(times.values())):
        due = [program for program in times if turn < times[program]]
        yield from due if turn % 2 == 0 else reversed(due)


def measure(rows: int, folder: Path) -> Measured:
    """Make an export of so many rows and let every program read it."""
    export = folder / "export.csv"
    measured(["-m", "tests.benchmarks.generate", "--rows", str(rows), str(export)])
    commands = programs(export, folder)
    runs: dict[str, list[Taken]] = {program: [] for program in commands}
    stages = []
    for program in turns(rows):
        taken = measured(commands[program])
        runs[program].append(taken)
        if program == "check":
            stages.append(json.loads((folder / "check" / "report.json").read_text("utf-8"))["seconds"])
        _say(f"{rows:,} rows, {program}: {taken.seconds:.2f} s, {taken.cpu:.2f} s of CPU, {taken.megabytes:,.0f} MB")
    return Measured(rows, runs, stages)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def page(lines: Sequence[Measured], *others: str) -> str:
    """All of it as Markdown."""
    last = lines[-1]
    cpu = ", ".join(f"{program} {last.cpu(program):.1f} s" for program, runs in last.runs.items() if runs)
    return f"""\
| rows | `check`, s | rows/s | peak MB | script, s | floor, s | than the script | beside the floor |
|---:|---:|---:|---:|---:|---:|---:|---:|
{chr(10).join(line.line for line in lines)}

*`check`*: `campaign check` as a whole process, from its start to the last report file. *Script*: what one would write instead,
[`script.py`](tests/benchmarks/script.py): `csv`, phonenumbers row by row, `json.dumps`; it plans the same recipients. *Floor*:
[polars](tests/benchmarks/floor.py) reads all columns as text and writes the mapped ones as NDJSON. Seconds are medians of up to
five runs, taken in turns. Of the processor time of `check` at {last.rows:,} rows go to

{last.shares}

*The rest* is the start of the program and the report files. Processor time, all cores: {cpu}.

{"".join(f"{other.strip()}{chr(10) * 2}" for other in others)}{machine()}.
All from one call of `make bench`: machines drift, so figures of two calls cannot be compared.
"""


def printed(module: str, count: int) -> str:
    """What another benchmark of this folder prints."""
    _say(f"{module} of {count:,}")
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", str(count)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def placed(readme: str, text: str) -> str:
    """README.md with a text as its part `benchmark`."""
    pattern = re.compile(r"(<!-- benchmark -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(readme):
        raise SystemExit("README.md has no part benchmark")
    return pattern.sub(lambda found: f"{found[1]}{text}{found[2]}", readme, count=1)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="*", help="numbers of rows to measure")
    parser.add_argument("--quick", action="store_true", help="fewer rows: about a minute")
    parser.add_argument("--readme", action="store_true", help="also write the result into README.md")
    given = parser.parse_args()
    heights = given.rows or (QUICK_HEIGHTS if given.quick else HEIGHTS)
    with tempfile.TemporaryDirectory() as folder:
        lines = [measure(rows, Path(folder)) for rows in heights]
    people = QUICK_PEOPLE if given.quick else PEOPLE
    text = page(lines, printed("phone", people), printed("delivery", people))
    print(text, end="")
    if given.readme:
        README.write_text(placed(README.read_text("utf-8"), text), "utf-8")


if __name__ == "__main__":
    main()
