"""Reports made by hand, for tests of what people read."""

from datetime import UTC, datetime, timedelta

from pipeline.report.make import after
from pipeline.report.next_steps import next_steps
from schemas.codes import CODES
from schemas.outcomes import Weight
from schemas.ready import SentBatch
from schemas.report import (
    BatchLine,
    Counts,
    Example,
    ListLine,
    PhoneUse,
    Region,
    Repair,
    Repaired,
    Report,
    Rules,
    Span,
    Told,
    Use,
)  # fmt: skip
from schemas.states import BatchState

#: What a file may hold to become more than text: markup, a script, a template, the end of a style, an event.
MARKUP = (
    """<script>alert(1)</script></style><img src=x onerror=alert(2)>"'&{{ 7*7 }}{% raw %}</bdi><base href=//evil>"""
)
#: What makes the text around it read otherwise: an override, isolates, a mark, controls, odd line ends, half a character.
ODD = "abc\u202e\u2066\u2069\u200f\x00\x1b[2J\x85\u2028\ufeff\ud800def"


def a_report(**changed: object) -> Report:
    """A dry run of ten rows, with what is `changed`."""
    values = {
        "campaign": "spring",
        "source": "people.csv",
        "source_sha256": "ab" * 32,
        "planned_at": "2024-04-01T13:00:00+00:00",
        "went_well": True,
        "verdict": "7 people would be called at once, in 2 batches.",
        "refusals": (),
        "call_name": "Spring survey",
        "start": "now",
        "timezone": "UTC",
        "agent_id": "agent_1",
        "agent_phone_number_id": "phone_1",
        "whatsapp_phone_number_id": None,
        "channel": "phone",
        "rules": Rules(max_calls=100, max_to_fix="5%", hours="any", max_recipients=5, max_bytes=1_000_000),
        "counts": Counts(rows=10, planned=7, to_fix=2, left_out=1, called_before=0),
        "findings": (told("phone_too_short", 2, example(5, "Phone", "123")), told("no_phone", 1, example(9, "Phone"))),
        "notes": (),
        "phones": (PhoneUse(column="Phone", rows=7),),
        "regions": (Region(code="US", name="United States", people=7),),
        "uses": (Use(field="[columns] phone_number", columns=("Phone",)),),
        "unused_columns": (),
        "first": (recipient(),),
        "first_rows": (2,),
        "numbers_shown": False,
        "batches": tuple(batch(number, people) for number, people in ((1, 5), (2, 2))),
        "seconds": {"ingest": 0.25},
    }
    report = Report(**values | changed)
    return report.model_copy(update={"next_steps": tuple(next_steps(report))})


def recipient(message: str = "Hello {{name}}!", **variables: object) -> dict:
    """As the report has the first ones."""
    client = {
        "conversation_config_override": {"agent": {"first_message": message, "prompt": {"prompt": "Ask {{name}}."}}},
        "custom_llm_extra_body": {"deep": {"plan": 1.5}},
        "dynamic_variables": {"name": "Ann", "vip": False, **variables},
    }
    return {"id": "r2", "phone_number": "+1415•••71", "conversation_initiation_client_data": client}


def example(row: int, column: str | None = None, value: str | None = None, detail: str | None = None) -> Example:
    return Example(row=row, column=column, value=value, detail=detail)


def told(code: str, rows: int, *examples: Example) -> Told:
    known = CODES[code]
    return Told(
        code=code, weight=known.weight, rows=rows, meaning=known.meaning, remedy=known.remedy, examples=examples
    )


def batch(number: int, recipients: int, start: str = "now") -> BatchLine:
    return BatchLine(number=number, recipients=recipients, body_bytes=100 * recipients, start=start)


def span(zone: str, hour: int = 9) -> Span:
    """Two people's calls in the hours of a day, or of one after it."""
    start = datetime(2024, 4, 1, 9, tzinfo=UTC) + timedelta(hours=hour)
    until, end = start + timedelta(minutes=30), start + timedelta(hours=8)
    return Span(zone=zone, people=2, start=start.isoformat(), until=until.isoformat(), end=end.isoformat())


def with_a_list() -> Report:
    """A report of a plan that heeds a list of people who are not called."""
    line = ListLine(
        name="dnc.csv",
        sha256="ef" * 32,
        numbers=12_345,
        refused=2,
        as_of="2026-11-01T00:00:00+00:00",
        age_days=23,
        registry=True,
        most_days=31,
        read_as="column Phone, region US",
        said=("The sheet “Oct” was read, of 2; sheet in [[rules.suppression]] names another.",),
        unread=("row 5, Phone: 'x' (phone_filler)",),
    )
    return a_report(rules=a_report().rules.model_copy(update={"suppression": (line,)}))


def after_run(*states: BatchState, said: str | None = None, named_rows: tuple[int, ...] = ()) -> Report:
    """The report of a run whose batches ended so."""
    report = a_report(batches=tuple(batch(number, 5) for number, _ in enumerate(states, 1)))
    sent = [
        SentBatch(
            run_id=4,
            number=number,
            recipients=5,
            body_bytes=500,
            rest_of=None,
            state=state,
            service_id=f"btcal_{number}" if state is BatchState.ACCEPTED else None,
            call_name="Spring survey",
            said=said,
            named_rows=named_rows,
        )
        for number, state in enumerate(states, 1)
    ]
    return after(report, 4, sent, None)


def filled_with(text: str, width: int = 10) -> Report:
    """Every place that a file reaches holds the text, in lists of so many."""
    many = range(width)
    findings = [
        told(code, width + 3, *[example(9, text[:80], f"{text[:80]}…", f"{text[:80]}…") for _ in range(3)])
        for code in CODES
    ]
    variables = {f"{number}{text}": text for number in many}
    report = after_run(*[BatchState.REFUSED for _ in many], said=text, named_rows=tuple(many))
    repair = Repair(row=3, column=text, before=text, after=text)
    changed = {
        "campaign": text,
        "source": text,
        "call_name": text,
        "agent_id": text,
        "agent_phone_number_id": text,
        "whatsapp_phone_number_id": text,
        "verdict": text,
        "refusals": tuple(text for _ in many),
        "next_steps": (text,) * 3,
        "notes": tuple(text for _ in many),
        "findings": tuple(findings),
        "repairs": tuple(
            Repaired(code="phone_decimal", count=9, meaning="read", examples=(repair,)) for _ in range(20)
        ),
        "phones": tuple(PhoneUse(column=f"{number}{text}", rows=number) for number in many),
        "uses": tuple(Use(field=text, columns=tuple(text for _ in range(30))) for _ in many),
        "unused_columns": tuple(text for _ in many),
        "timeline": tuple(span(f"{number}{text}", number) for number in many),
        "first": tuple(recipient(text, **variables) | {"id": text, "user_id": text} for _ in range(3)),
        "first_rows": (2, 3, 4),
    }
    assert {Weight.TO_FIX, Weight.LEFT_OUT, Weight.SAID} == {each.weight for each in findings}
    return report.model_copy(update=changed)
