"""What goes wrong, and when: the grammar of faults, and the plan that is consumed request by request."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.sandbox.settings import ENDPOINTS
from schemas.errors import CampaignError

GRAMMAR = "[ENDPOINT/]NAME[=VALUE][:TIMES][@FIRST]"

#: Where a redirect leads when nothing is said; no endpoint is there, but its requests are remembered.
ELSEWHERE = "/elsewhere"

#: Faults with a name of their own. "Placed" is said of a submit; any other endpoint has likewise done its work.
NAMES = {
    "none": "nothing goes wrong: a place in the order",
    "cut": "the connection is closed before the body is read; nothing is placed",
    "lost": "placed, then the connection is closed without a byte of an answer",
    "half": "placed, then the connection is closed in the middle of the answer",
    "garbled": "placed, then 200 with a body that is no JSON",
    "drip": "placed, then one byte every VALUE seconds (0.5) without end",
}

#: Faults that go along with any other one; unless told otherwise they hold from the first request for all of them.
COMPANIONS = {
    "latency": "the answer comes VALUE seconds after the request; the work is done at once",
    "lag": "a batch appears in the list VALUE seconds after it was placed",
    "lag-lists": "a batch appears in the list after VALUE requests for the list (pages count)",
    "late": "a batch is placed, and seen, only VALUE seconds after the request",
}

STATUS_WORDS = {
    "after": "the work is done first: the calls are placed (5xx only)",
    "date": "Retry-After is an HTTP date",
    "plain": 'the body is {"detail": "a plain text"}',
    "html": "the body is a web page, as a gateway's",
}

#: For people, in the order of the help.
EXPLAINED: Mapping[str, str] = {
    "ENDPOINT": f"{' '.join(ENDPOINTS)}; submit when left out",
    ":TIMES": "for so many requests, * for all that follow; 1 when left out",
    "@FIRST": "from this request of the endpoint on, counted from 1; when left out, after the fault written before",
    "429, 429=2 …": "any status from 400 on, nothing is placed; VALUE is Retry-After in seconds, or else the error's code",
    "307, 307=/x …": f"a redirect; VALUE is where to (a path or a URL; {ELSEWHERE} when left out)",
    "422=0,17": "VALUE names recipients, counted from 0; without it the 422 names none",
    **{f"STATUS-{word}": text for word, text in STATUS_WORDS.items()},
    **NAMES,
    **{f"{name}=VALUE *": text for name, text in COMPANIONS.items()},
    "*": "goes along with any other; for all requests unless told otherwise",
    "for instance": '--fault "429=2 500-after:2 lost@7 list/503:* lag=3", or --fault for each of them',
}

_FAULT = re.compile(r"(?:([a-z]+)/)?([a-z0-9-]+)(?:=(.+?))?(?::([1-9]\d*|\*))?(?:@([1-9]\d*))?", re.ASCII)
_STATUS = re.compile(rf"([345]\d\d)((?:-(?:{'|'.join(STATUS_WORDS)}))*)", re.ASCII)
_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_POSITIONS = re.compile(r"\d+(?:,\d+)*", re.ASCII)

_SERVER_ERROR = 500  # from here on a status leaves open whether the work was done
_NAMING = 422  # its value is a list of recipients, counted from 0


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. A status has its `words` (STATUS_WORDS); others have a name only."""

    name: str
    value: str | None = None
    status: int | None = None
    words: frozenset[str] = frozenset()

    @property
    def companion(self) -> bool:
        """Whether it goes along with others."""
        return self.name in COMPANIONS

    def seconds(self, default: float = 0.0) -> float:
        """Its value as seconds or as a count; `default` when none was given."""
        return float(self.value) if self.value and _SECONDS.fullmatch(self.value) else default

    @property
    def named(self) -> tuple[int, ...]:
        """The recipients that a 422 names, counted from 0."""
        return tuple(map(int, self.value.split(","))) if self.status == _NAMING and self.value else ()

    @property
    def wait(self) -> float | None:
        """Seconds for Retry-After, where a status has some."""
        timed = self.value and self.status != _NAMING and _SECONDS.fullmatch(self.value)
        return self.seconds() if timed else None

    @property
    def code(self) -> str | None:
        """The error code, where a status was given one."""
        return self.value if not self.named and self.wait is None else None

    def __str__(self) -> str:
        return self.name if self.value is None else f"{self.name}={self.value}"


@dataclass(frozen=True)
class Occasion:
    """A fault and the requests of an endpoint it is for, counted from 1; `last` None means all that follow."""

    endpoint: str
    fault: Fault
    first: int
    last: int | None

    def includes(self, endpoint: str, number: int) -> bool:
        """Whether it is for this request."""
        return endpoint == self.endpoint and self.first <= number and (self.last is None or number <= self.last)


def parse_faults(texts: Iterable[str]) -> tuple[Occasion, ...]:
    """Read faults in GRAMMAR, one or several with spaces a text; without @FIRST each follows the last of its endpoint.

    Raises CampaignError for what is no fault.
    """
    free: Counter[str] = Counter()
    occasions = []
    for text in (word for each in texts for word in each.split() or [each]):
        occasion = _occasion(text, free)
        if not occasion.fault.companion and occasion.last is not None:
            free[occasion.endpoint] = occasion.last
        occasions.append(occasion)
    return tuple(occasions)


def _occasion(text: str, free: Counter[str]) -> Occasion:
    match = _FAULT.fullmatch(text)
    if not match or (match[1] or "submit") not in ENDPOINTS:
        raise CampaignError(f"--fault {text!r} does not read {GRAMMAR}; the endpoints are {', '.join(ENDPOINTS)}")
    endpoint, name, value, times, at = match.groups()
    endpoint = endpoint or "submit"
    fault = parse_fault(name, value)
    first = int(at) if at else 1 if fault.companion else free[endpoint] + 1
    times = times or ("*" if fault.companion else "1")
    return Occasion(endpoint, fault, first, None if times == "*" else first + int(times) - 1)


def parse_fault(name: str, value: str | None = None) -> Fault:
    """A fault by its name. Raises CampaignError when there is none, or its value cannot be read."""
    if status := _STATUS.fullmatch(name):
        fault = Fault(name, value, int(status[1]), frozenset(status[2].split("-")[1:]))
    elif name in NAMES or name in COMPANIONS:
        fault = Fault(name, value)
    else:
        known = ", ".join([*NAMES, *COMPANIONS])
        raise CampaignError(f"{name!r} is no fault; there are {known}, and any status such as 429 or 500-after")
    if not _readable(fault):
        raise CampaignError(f"the fault {fault} has a value that does not fit; `campaign sandbox --help` lists them")
    return fault


def _readable(fault: Fault) -> bool:
    value = fault.value
    if "after" in fault.words and (fault.status or 0) < _SERVER_ERROR:
        return False
    if fault.companion or "date" in fault.words:
        return value is not None and _SECONDS.fullmatch(value) is not None
    if fault.name == "drip":
        return value is None or _SECONDS.fullmatch(value) is not None
    if fault.status == _NAMING:
        return value is None or _POSITIONS.fullmatch(value) is not None
    return value is None or fault.status is not None


@dataclass
class Faults:
    """A plan of faults, consumed: it counts the requests of each endpoint."""

    occasions: tuple[Occasion, ...] = ()
    chaos: "Chaos | None" = None
    seen: Counter[str] = field(default_factory=Counter)

    def next(self, endpoint: str) -> tuple[Fault, ...]:
        """What goes wrong with the next request of an endpoint; of faults that exclude each other the last one holds."""
        self.seen[endpoint] += 1
        number = self.seen[endpoint]
        due = [occasion.fault for occasion in self.occasions if occasion.includes(endpoint, number)]
        due += self.chaos.faults(endpoint, number) if self.chaos else ()
        return (*[fault for fault in due if not fault.companion][-1:], *(fault for fault in due if fault.companion))


_BEFORE: Sequence[Sequence[str]] = (
    ("429",), ("429=0",), ("429-date=1",), ("500",), ("502-html",), ("503",), ("503=0",), ("cut",),
)  # fmt: skip
_AFTER: Sequence[Sequence[str]] = (
    ("500-after",), ("502-after-html",), ("503-after",), ("504-after",), ("lost",), ("half",), ("garbled",), ("drip=0.5",),
    ("lost", "lag=0.3"), ("lost", "lag-lists=2"), ("lost", "late=0.3"), ("504-after", "late=0.3"), ("lag-lists=1",),
)  # fmt: skip
_LIST: Sequence[Sequence[str]] = (*_BEFORE, ("garbled",), ("lost",), ("half",))


@dataclass(frozen=True)
class Chaos:
    """Faults at random for `share` of the submits and lists; the same for the same seed, endpoint and number."""

    seed: int
    share: float

    @classmethod
    def parse(cls, text: str) -> "Chaos":
        """Read `SEED:SHARE`, a whole number and a share from 0 to 1. Raises CampaignError."""
        match = re.fullmatch(r"(\d+):(0(?:\.\d+)?|1(?:\.0+)?)", text, re.ASCII)
        if not match:
            raise CampaignError(f"--chaos {text!r} does not read SEED:SHARE, such as 7:0.3")
        return cls(int(match[1]), float(match[2]))

    def faults(self, endpoint: str, number: int) -> Iterator[Fault]:
        """What befalls a request."""
        choices = {"submit": (*_BEFORE, *_AFTER), "list": _LIST}.get(endpoint, ())
        dice = random.Random(f"{self.seed}/{endpoint}/{number}")  # noqa: S311 -- repeatable, not secret
        if choices and dice.random() < self.share:
            yield from (parse_fault(*text.split("=", 1)) for text in dice.choice(choices))
