"""The program as a process that can be killed: forked from one that has imported everything, so that it begins fast."""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from pipeline.cli import main
from tests.torture.harm import Harm, harmed

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.torture.everything"])


def started(arguments: Sequence[str], said: Path, environment: Mapping[str, str], harm: Harm) -> ForkServerProcess:
    """The program, started; what it says on stdout and stderr is added to the file `said`."""
    process = _FORKS.Process(target=_program, args=(list(arguments), said, dict(environment), harm))
    process.start()
    return process


def _program(arguments: list[str], said: Path, environment: dict[str, str], harm: Harm) -> None:
    os.environ.update(environment)
    number = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(number, 1)
    os.dup2(number, 2)
    try:
        with harmed(harm):
            code = int(main(arguments))
    except KeyboardInterrupt:  # outside of the program: before it has begun, or when it was over
        code = 130
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
