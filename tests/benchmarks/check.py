"""Times `campaign check` as a whole process on big exports: `python -m tests.benchmarks.check 100000 1000000`.

Prints a Markdown table: wall time and peak memory (RSS) of the process, and the share of each stage as report.json
tells it. Machines drift, so only figures of one call of this program may be compared.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.generate import CAMPAIGN, write

HEIGHTS = (10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Timing:
    """One call of check: rows, seconds of wall time, peak memory in MB, and the seconds of each stage."""

    rows: int
    seconds: float
    megabytes: float
    stages: dict[str, float]

    @property
    def line(self) -> str:
        """A line of the table."""
        rest = self.seconds - sum(self.stages.values())  # start of the program, and the report
        shares = (self.stages | {"rest": rest}).items()
        stages = ", ".join(f"{name} {seconds / self.seconds:.0%}" for name, seconds in shares)
        return f"| {self.rows:,} | {self.seconds:.1f} | {self.rows / self.seconds:,.0f} | {self.megabytes:,.0f} | {stages} |"


def timed(height: int, folder: Path) -> Timing:
    """Make an export of so many rows and check it, report included."""
    export, report = folder / f"{height}.csv", folder / "report"
    write(export, height)
    command = ["-m", "pipeline", "check", str(export), "-c", str(CAMPAIGN), "--report", str(report), "--quiet"]
    command += ["--ledger", str(folder / "no-ledger.sqlite")]
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"campaign check ended with exit code {process.returncode}")
    told = json.loads((report / "report.json").read_text("utf-8"))
    return Timing(told["counts"]["rows"], seconds, usage.ru_maxrss / 1024, told["seconds"])


def main() -> None:
    """The command line: the heights to measure."""
    print("| rows | seconds | rows/s | peak MB | share of each stage |\n|---:|---:|---:|---:|---|")
    with tempfile.TemporaryDirectory() as folder:
        for height in map(int, sys.argv[1:] or HEIGHTS):
            print(timed(height, Path(folder)).line, flush=True)


if __name__ == "__main__":
    main()
