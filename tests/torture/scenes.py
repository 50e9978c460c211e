"""What is done to the program: killed at every boundary, at random moments, and lied to by the service meanwhile."""

import logging
import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.postgres_server import Databases, Server, running_server
from tests.program import NUMBERS, wait_until
from tests.torture.harm import Harm
from tests.torture.judge import judge_any_time, judge_settled
from tests.torture.world import Tally, World, world

_SHARED_MEMORY = Path("/dev/shm")  # what is killed is a process, never the machine: no commit need wait for a disk
#: Beyond the boundaries of the longest run.
_BOUNDARIES = 160
#: SIGKILL, or once or twice what a person or a scheduler sends.
_SIGNALS = (
    (signal.SIGKILL,), (signal.SIGKILL,), (signal.SIGKILL,), (signal.SIGINT,), (signal.SIGTERM,),
    (signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGKILL),
)  # fmt: skip


@contextmanager
def fresh(*faults: str, **asked: object) -> Iterator[World]:
    """A world in a folder of its own."""
    where = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where) as folder, world(Path(folder), *faults, **asked) as there:
        yield there


def tallied(scene: Callable[[Tally], object]) -> Tally:
    """Play a scene in silence; what was counted. Raises RuntimeError that says which scene it was in which something failed."""
    logging.disable(logging.INFO)
    tally = Tally()
    try:
        scene(tally)
    except Exception as error:
        raise RuntimeError(f"{scene}: {error!r}") from error
    return tally


def killed_at(
    boundary: int,
    tally: Tally,
    *,
    lies: Sequence[str] = (),
    statements: bool = False,
    databases: Databases | None = None,
) -> bool:
    """Kill a run at a boundary and run again until it settles; False when the run ended before it came there."""
    with fresh(*lies, tally=tally, databases=databases) as there:
        code = there.run(Harm(kill_at=boundary, statements=statements))
        judge_any_time(there)
        there.settle(there.run_here)
        judge_settled(there)
    return code == -signal.SIGKILL


def refused_at(boundary: int, tally: Tally, *, lies: Sequence[str] = (), statements: bool = False) -> bool:
    """As `killed_at`, where the service refuses some by name: two in the first batch, one in the second, all of the third."""
    refused = tuple(NUMBERS[place] for place in (0, 1, 5, 6, 7, 8))
    with fresh(*lies, people=11, refused=refused, tally=tally) as there:
        code = there.run(Harm(kill_at=boundary, statements=statements))
        judge_any_time(there)
        there.settle(there.run_here)
        judge_settled(there)
    return code == -signal.SIGKILL


def pretended_storm(
    seed: int, tally: Tally, *, people: int = 100, share: float = 0.4, databases: Databases | None = None
) -> None:
    """Many runs in this process, each of which may die at a boundary, at a service that lies; then until it settles.

    Every other world has people whom the service refuses by name.
    """
    dice = random.Random(seed)
    refused = tuple(dice.sample(NUMBERS[:people], people // 10)) if seed % 2 else ()
    with fresh(people=people, chaos=f"{seed}:{share}", refused=refused, tally=tally, databases=databases) as there:
        for _ in range(dice.randint(6, 12)):
            harm = Harm(kill_at=dice.randint(1, _BOUNDARIES), statements=dice.random() < 0.3)
            there.run_here(harm, dice.choice(("run", "run", "resume")))
            judge_any_time(there)
        there.settle(there.run_here)
        judge_settled(there)


def storm(seed: int, tally: Tally, *, people: int = 13, share: float = 0.4, databases: Databases | None = None) -> None:
    """Processes that are killed or interrupted at random moments, at a service that lies; then until it settles."""
    dice = random.Random(seed)
    late = dice.choice((0.0, 0.02))
    with fresh(people=people, chaos=f"{seed}:{share}", latency=late, tally=tally, databases=databases) as there:
        for _ in range(dice.randint(1, 4)):
            _interrupted(there, dice)
            judge_any_time(there)
        there.settle(there.run_here)
        judge_settled(there)


def _interrupted(there: World, dice: random.Random) -> None:
    """Start a run and send it signals."""
    process = there.start()
    time.sleep(dice.uniform(0.02, 0.3))
    for number in dice.choice(_SIGNALS):
        _send(process, number)
        time.sleep(dice.uniform(0, 0.05))
    there.ended(process)


def _send(process, number: signal.Signals) -> None:
    if process.is_alive():
        os.kill(process.pid, number)


def jumped(reading: int, seconds: float, tally: Tally) -> None:
    """Let the clock jump when a run reads it for the n-th time; then until it settles."""
    with fresh(tally=tally) as there:
        there.run_here(Harm(jump=(reading, seconds)))
        judge_any_time(there)
        there.settle(there.run_here)
        judge_settled(there)


def stopped(tally: Tally, *, seconds: float, begin_within: float) -> None:
    """SIGSTOP a process between the commit and the request for longer than it may take: then it must not send."""
    with fresh(tally=tally) as there:
        process = there.start(Harm(pause_at="before the request", begin_within=begin_within))
        wait_until(lambda: _is_stopped(process.pid))
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGCONT)
        there.ended(process)
        judge_any_time(there)
        assert there.requests() == len(there.desk.sql("SELECT 1 FROM attempts")) - 1
        assert there.desk.sql("SELECT error_code FROM attempts ORDER BY id LIMIT 1") == [("not_sent",)]
        there.settle(there.run_here)
        judge_settled(there)


def _is_stopped(number: int) -> bool:
    return Path(f"/proc/{number}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] == "T"


def raced(tally: Tally, *, processes: int = 2, latency: float = 0.0, databases: Databases | None = None) -> list[int]:
    """Start runs for the same people at the same time, the lock taken away; their exit codes, after it has settled."""
    with fresh(people=30, latency=latency, tally=tally, databases=databases) as there:
        running = [there.start(Harm(lock=False)) for _ in range(processes)]
        codes = [there.ended(process) for process in running]
        judge_any_time(there)
        there.settle(there.run_here)
        judge_settled(there)
    return codes


def cut_off(seed: int, tally: Tally, *, databases: Databases) -> int:
    """Cut the connections to the database at a random moment, more than once perhaps; the exit code, after it has settled."""
    dice = random.Random(seed)
    with fresh(people=13, latency=0.02, tally=tally, databases=databases) as there:
        process, first = there.start(), dice.randint(0, 3)
        wait_until(lambda: there.requests() >= first)
        for _ in range(dice.randint(1, 3)):
            time.sleep(dice.uniform(0, 0.1))
            others = "FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
            there.desk.sql(f"SELECT pg_terminate_backend(pid) {others}")
        code = there.ended(process)
        judge_any_time(there)
        there.settle(there.run_here)
        judge_settled(there)
    return code


def crashed(tally: Tally, server: Server, *, after: int) -> int:
    """Crash the server when so many requests have come to the service; the exit code, after it has settled."""
    with fresh(people=30, latency=0.1, tally=tally, databases=server) as there:
        process = there.start()
        wait_until(lambda: there.requests() >= after)
        server.stop()
        code = there.ended(process)
        server.start()
        judge_any_time(there)
        there.settle(there.run_here)
        judge_settled(there)
    return code


def crashed_alone(after: int, tally: Tally) -> int:
    """The same with a server of its own."""
    with running_server() as server:
        return crashed(tally, server, after=after)


def filled(tally: Tally, most_bytes: int) -> int:
    """Let no file grow beyond a size, as on a full disk; the run's exit code, after it has settled."""
    with fresh(people=60, tally=tally) as there:
        code = there.run(Harm(most_bytes=most_bytes))
        judge_any_time(there)
        there.settle(there.run_here)
        judge_settled(there)
    return code


def filled_disk(tally: Tally, kilobytes: int) -> int:
    """The same on a disk that is full: its size is so many KiB while the run lasts. Needs the right to mount."""
    with fresh_disk(kilobytes) as folder, world(folder, people=60, tally=tally) as there:
        code = there.run()
        subprocess.run(["mount", "-o", "remount,size=64m", folder / "disk"], check=True)
        judge_any_time(there)
        there.settle(there.run_here)
        judge_settled(there)
    return code


@contextmanager
def fresh_disk(kilobytes: int) -> Iterator[Path]:
    """A folder with a file system `disk` of so many KiB in it; raises OSError where that may not be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        disk = Path(folder) / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", disk]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            raise PermissionError("no file system can be mounted here")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", disk], check=True)


def damaged(seed: int, tally: Tally, *, flip: bool) -> int:
    """Cut the ledger off at a random byte, or `flip` bits of some; then run: it works, or says in a line why not.

    SQLite has no checksums: a flipped bit in a claim's address or in a campaign's name makes another address or name,
    and nothing can tell. Only then may somebody be called whom the ledger does not know any more.
    """
    dice = random.Random(seed)
    with fresh("lost@2", tally=tally) as there:
        there.run_here()
        before, known = there.requests(), _known(there)
        there.desk.ledger.write_bytes(_harmed(there.desk.ledger.read_bytes(), dice, flip=flip))
        is_known = _known(there) == known
        there.said.unlink()
        code = there.run_here()
        said = there.said.read_text("utf-8")
        assert "should not happen" not in said, said
        assert code in {0, 2, 4, 75}, said
        assert there.requests() == before or (flip and not is_known), "somebody was called again"
    return code


def _known(there: World) -> list[tuple] | None:
    try:
        return there.desk.sql("SELECT name, kind, address FROM campaigns, claims ORDER BY 1, 2, 3")
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def _harmed(content: bytes, dice: random.Random, *, flip: bool) -> bytes:
    if not flip:
        return content[: dice.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(dice.randint(1, 8)):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)
