"""Times delivery: `python -m tests.benchmarks.delivery 1000000`. Prints Markdown.

So many people are adopted by a new ledger and sent to the sandbox, which is a process of its own and takes LATENCY for each
answer; once for each concurrency. The floor of the sending is what the latency alone comes to.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from pipeline.campaign_file import load
from pipeline.deliver.adopt import Adopted, RunContext, adopt
from pipeline.deliver.submit import submit
from pipeline.flow import plan as planned
from pipeline.ledger import Ledger, open_ledger
from pipeline.service.client import Service
from pipeline.service.key import Key
from schemas.plan import Memory, Plan
from schemas.states import Answer, BatchState
from schemas.token import new_token
from tests.benchmarks.check import CAMPAIGN
from tests.benchmarks.generate import write

LATENCY = 0.2
CONCURRENCIES = (4, 8)
KEY = Key("benchmark")
#: Not every row can be called, so some more are made.
SPARE = 1.05


@dataclass(frozen=True)
class Timed:
    """A ledger that remembers how long each of its steps took; what `submit` asks of one."""

    ledger: Ledger
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def subtract(self, batch_id: int, at: float) -> int:
        with self._timing("subtract"):
            return self.ledger.subtract(batch_id, at)

    def payload(self, batch_id: int) -> bytes:
        with self._timing("payload"):
            return self.ledger.payload(batch_id)

    def begin(self, batch_id: int, token: str, at: float) -> int | None:
        with self._timing("begin"):
            return self.ledger.begin(batch_id, token, at)

    def finish(self, batch_id: int, attempt_id: int, answer: Answer, at: float) -> BatchState:
        with self._timing("finish"):
            return self.ledger.finish(batch_id, attempt_id, answer, at)

    @contextmanager
    def _timing(self, step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.took[step].append(time.perf_counter() - began)


@dataclass(frozen=True)
class Delivery:
    """One delivery: seconds to adopt, to send, and of each step of the ledger for each batch."""

    batches: int
    concurrency: int
    adopting: float
    sending: float
    steps: Mapping[str, Sequence[float]]

    @property
    def line(self) -> str:
        """A line of the table of sendings."""
        floor = self.batches * LATENCY / self.concurrency
        return f"| {self.concurrency} | {self.sending:.1f} | {floor:.1f} | {self.sending / floor:.2f}× |"


@contextmanager
def sandbox(folder: Path) -> Iterator[str]:
    """A sandbox in a process of its own; its address."""
    command = ["-m", "pipeline", "sandbox", "--json", "--quiet", "--latency", str(LATENCY)]
    command += ["--file", str(folder / "sandbox.sqlite")]
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE) as process:
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


def plan_of(people: int, folder: Path) -> Plan:
    """A plan to call so many people."""
    export = folder / "export.csv"
    write(export, int(people * SPARE) + 100)
    campaign, _ = load(CAMPAIGN)
    return planned(campaign, export, Memory(), datetime.now(UTC), limit=people)


def deliver(plan: Plan, url: str, concurrency: int, path: Path) -> Delivery:
    """Adopt a plan and send it; every batch must be accepted."""
    with open_ledger(path, create=True) as ledger:
        began = time.perf_counter()
        adopted = adopt(plan, ledger, _context(url), time.time())
        adopting = time.perf_counter() - began
        timed = Timed(ledger)
        began = time.perf_counter()
        asyncio.run(_send(plan, adopted, timed, url, concurrency))
        sending = time.perf_counter() - began
        states = {batch.state for batch in ledger.sent(adopted.run_id)}
    if states != {BatchState.ACCEPTED}:
        raise SystemExit(f"not all was accepted: {', '.join(states)}")
    return Delivery(len(adopted.batches), concurrency, adopting, sending, timed.took)


async def _send(plan: Plan, adopted: Adopted, ledger: Timed, url: str, concurrency: int) -> None:
    async with Service(url, KEY, timeout=plan.campaign.delivery.timeout) as service:
        await submit(
            adopted.batches,
            ledger,
            service,
            plan.campaign.delivery.model_copy(update={"concurrency": concurrency}),
            mark=ledger.ledger.mark(plan.campaign.campaign.name),
            token=new_token,
            clock=time.time,
            sleep=asyncio.sleep,
            stop=asyncio.Event(),
            progress=lambda *_: None,
        )


def _context(url: str) -> RunContext:
    return RunContext(url, KEY.fingerprint, CAMPAIGN.read_text("utf-8"), "0", "benchmark", 0, "run", {})


def page(people: int, deliveries: Sequence[Delivery]) -> str:
    """The figures as Markdown."""
    adopting = median(delivery.adopting for delivery in deliveries)
    first = deliveries[0]
    steps = {step: median(seconds) * 1000 for step, seconds in first.steps.items()}
    told = ", ".join(f"{step} {milliseconds:.1f}" for step, milliseconds in steps.items())
    return f"""\
Adopting {people:,} people takes {adopting:.1f} s; while one of their batches is sent, the ledger works for {sum(steps.values()):.1f} ms
({told}). Sending {first.batches:,} batches to a server that takes {LATENCY} s for each answer:

| at once | seconds | floor: latency alone | to the floor |
|---:|---:|---:|---:|
{chr(10).join(delivery.line for delivery in deliveries)}
"""


def main() -> None:
    """The command line: how many people."""
    people = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = plan_of(people, folder)
        with sandbox(folder) as url:
            deliveries = [deliver(plan, url, at_once, folder / f"{at_once}.sqlite") for at_once in CONCURRENCIES]
    print(page(people, deliveries), end="")


if __name__ == "__main__":
    main()
