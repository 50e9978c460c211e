"""What the figures were measured on, in a sentence."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version

LIBRARIES = ("polars", "pandera", "phonenumbers", "httpx")


def machine() -> str:
    """Date, processors, memory, and the versions of what does the work."""
    cores = len(os.sched_getaffinity(0))
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    python = f"Python {platform.python_version()}"
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"Measured on {today} on {cores} cores ({platform.machine()}, {gigabytes:.0f} GB), {python}, {libraries}"
