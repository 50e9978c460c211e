"""What a whole process takes: wall time, processor time and memory."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

KIB = 1024


@dataclass(frozen=True)
class Taken:
    """Seconds of wall time, seconds of processor time (user and system, all threads), and peak memory (RSS) in MB (10⁶ bytes)."""

    seconds: float
    cpu: float
    megabytes: float


def measured(arguments: Sequence[str]) -> Taken:
    """Run `python ARGUMENTS` to its end; what it prints on stdout is thrown away. Any other exit code than 0 ends us.

    Linux counts the memory of whoever starts a process towards the process's own peak: import nothing large here.
    """
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"python {' '.join(arguments)} ended with exit code {process.returncode}")
    return Taken(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * KIB / 1e6)
