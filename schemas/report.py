"""The report of a plan: what `report.json` says, and what pages and terminals show of it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas.outcomes import Weight
from schemas.states import BatchState


class Part(BaseModel):
    """A part of the report."""

    model_config = ConfigDict(frozen=True)


class Counts(Part):
    """rows = planned + to_fix + left_out + called_before; the last are also people who were forgotten."""

    rows: int
    planned: int
    to_fix: int
    left_out: int
    called_before: int


class Example(Part):
    """One row that a code was given to; numbers in `value` and `detail` are masked."""

    row: int
    column: str | None
    value: str | None
    detail: str | None


class Told(Part):
    """A row code, how many rows have it, and the first few."""

    code: str
    weight: Weight
    rows: int
    meaning: str
    remedy: str
    examples: tuple[Example, ...]


class Repair(Part):
    """One repaired cell; numbers are masked. `after` is empty where the cell counts as empty."""

    row: int
    column: str
    before: str
    after: str


class Repaired(Part):
    """A kind of damage that was repaired, in how many cells, what was done, and the first few."""

    code: str
    count: int
    meaning: str
    examples: tuple[Repair, ...]


class Use(Part):
    """How a field of the recipient is filled: from columns, or with the same value for all."""

    field: str
    columns: tuple[str, ...]


class PhoneUse(Part):
    """How many people are called on the number of a column."""

    column: str
    rows: int


class Region(Part):
    """How many people are called in a country, as their numbers tell: ISO alpha-2, or 001 for a code of no country."""

    code: str
    name: str
    people: int


class ListLine(Part):
    """A suppression list: its file and SHA-256, how many numbers, how many cells are none, and its age at the start in days.

    `as_of` (ISO 8601) is when it was obtained, `most_days` how old it may be. `read_as` names the columns that were read and
    the region, `said` are sentences about how, and `unread` the first of the cells that are no number.
    """

    name: str
    sha256: str
    numbers: int
    refused: int
    as_of: str
    age_days: int
    registry: bool
    most_days: int | None
    read_as: str = ""
    said: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class Rules(Part):
    """What the campaign file allows: of a run, and of one request. `hours` is "any", or begins with "09:00 to 20:00".

    `approval`: whether it is run only from a saved plan that was approved. `suppression` are the lists of people who are not
    called, `countries` those whose numbers are (ISO alpha-2; None: all), `refused_types` the kinds of numbers that are not,
    and `consent_days` how long a consent holds (None: for ever).
    """

    max_calls: int
    max_to_fix: str
    hours: str
    max_recipients: int
    max_bytes: int
    approval: bool = False
    suppression: tuple[ListLine, ...] = ()
    countries: tuple[str, ...] | None = None
    refused_types: tuple[str, ...] = ()
    needs_consent: bool = False
    consent_days: int | None = None


class Words(Part):
    """What an agent has to say by itself, `{{placeholders}}` and all; with an empty first message it waits."""

    first_message: str
    prompt: str


class Voice(Part):
    """Who speaks to the people of a route, 0 for those of no route.

    Only where the service was asked: the agent's name, the languages that it speaks, its own first, its words by language
    (those that differ from its own language's), and the number that is called from, masked, with its label.
    """

    route: int
    people: int
    agent_id: str
    agent_phone_number_id: str | None
    agent_name: str | None = None
    number_label: str | None = None
    number: str | None = None
    languages: tuple[str, ...] = ()
    words: dict[str, Words] = {}

    @property
    def agent(self) -> str:
        """The agent for people."""
        return f"{self.agent_name} ({self.agent_id})" if self.agent_name else self.agent_id

    @property
    def caller(self) -> str | None:
        """The number for people."""
        told = " ".join(filter(None, (self.number_label, self.number)))
        return f"{told} ({self.agent_phone_number_id})" if told else self.agent_phone_number_id

    def words_in(self, language: str) -> Words | None:
        """Its words in a language, or else in its own; None where the service was not asked."""
        return self.words.get(language.lower()) or next(iter(self.words.values()), None)


class Heard(Part):
    """What one of the first recipients would hear, `{{placeholders}}` filled: sent, or else the agent's own."""

    row: int
    first_message: str
    prompt: str


class BatchLine(Part):
    """One request. What follows is there once it was submitted: its state, the service's id, what the service said.

    `rest_of` is the number of the refused batch out of which these people were taken; that one then counts the others only.
    `start` is "now" or a moment with offset (ISO 8601), as in the report.
    """

    number: int
    recipients: int
    body_bytes: int
    start: str
    state: BatchState | None = None
    service_id: str | None = None
    said: str | None = None
    rest_of: int | None = None
    named_rows: tuple[int, ...] = ()  # of the export, which the service refused by name


class Span(Part):
    """People of the same time zones whose calls start together; moments are in their own time, with offset (ISO 8601).

    `until` is when their calls are estimated to be over (None: not estimated), `end` when their hours end.
    """

    zone: str
    people: int
    start: str
    until: str | None
    end: str | None


class ReconciledLine(Part):
    """What came of an earlier run's batch before anything was sent: accepted, planned, unconfirmed or cancelled, and why."""

    run: int
    batch: int
    recipients: int
    finding: str
    said: str


class Report(Part):
    """All of it.

    `first` are the first recipients as they are sent, numbers masked, `first_rows` and `first_routes` their rows and routes,
    and `heard` what they would hear, where the service was asked. `agent_id` and the numbers are those of [campaign],
    or where that has no agent those of the first route; `voices` tell of every route.

    `went_well`: the run would go; or, with a `run`, all of it was accepted. `next_steps` are sentences. `timeline` is as
    planned, the earliest start first; empty where people are called at any hour.
    """

    version: Literal[1] = 1  # raised whenever a reader of report.json would have to change
    campaign: str
    source: str
    source_sha256: str
    planned_at: str
    went_well: bool
    verdict: str
    refusals: tuple[str, ...]
    next_steps: tuple[str, ...] = ()
    call_name: str
    start: str
    timezone: str | None
    agent_id: str
    agent_phone_number_id: str | None
    whatsapp_phone_number_id: str | None
    channel: str
    rules: Rules
    counts: Counts
    findings: tuple[Told, ...]
    notes: tuple[str, ...]
    repairs: tuple[Repaired, ...] = ()
    phones: tuple[PhoneUse, ...]
    regions: tuple[Region, ...]
    uses: tuple[Use, ...]
    unused_columns: tuple[str, ...]
    first: tuple[Any, ...]
    first_rows: tuple[int, ...]
    first_routes: tuple[int, ...] = ()
    heard: tuple[Heard, ...] = ()
    voices: tuple[Voice, ...] = ()
    numbers_shown: bool
    batches: tuple[BatchLine, ...]
    timeline: tuple[Span, ...] = ()
    run: int | None = None
    reconciled: tuple[ReconciledLine, ...] = ()
    seconds: dict[str, float]

    @property
    def forgotten(self) -> int:
        """Of the rows counted as called before, those of forgotten people: they may be blocked, and never were called."""
        return sum(each.rows for each in self.findings if each.code == "forgotten")

    @property
    def speakers(self) -> tuple[Voice, ...]:
        """Who would speak, of whichever route."""
        number = self.agent_phone_number_id
        alone = Voice(route=0, people=self.counts.planned, agent_id=self.agent_id, agent_phone_number_id=number)
        return self.voices or (alone,)

    def voice(self, place: int) -> Voice | None:
        """Who speaks to one of the first recipients."""
        route = self.first_routes[place] if self.first_routes else 0
        return next((voice for voice in self.voices if voice.route == route), None)
