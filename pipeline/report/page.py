"""report.html: the report as a page for people. One file, no script, and nothing in it from elsewhere."""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.report.files import written_aside
from pipeline.report.first import heard
from pipeline.report.pictures import Bar, bars, slices, times
from pipeline.report.tame import tamed
from pipeline.report.timeline import words
from schemas.outcomes import Weight
from schemas.report import BatchLine, Report
from schemas.states import BatchState

#: Browsers and mail stay quick below this.
MAX_BYTES = 1_000_000
#: How much of a text is shown, of what there usually is room for.
_ROOMS = (1.0, 0.2, 0.03)
_HERE = Path(__file__).parent


def write_page(report: Report, written: Sequence[Path], folder: Path) -> Path:
    """Write report.html; `written` are the files that it may name, those beside it as links."""
    path = folder / "report.html"
    with written_aside(path) as file:
        file.write(page(report, [each.name for each in written if each.parent == folder]).encode())
    return path


def page(report: Report, beside: Sequence[str] = ()) -> str:
    """The page, smaller than MAX_BYTES; `beside` are the names of files in the same folder.

    Lists and texts are cut, and say so; should that not do, as with texts that are all control characters, texts are
    cut shorter.
    """
    contents = _contents(report, beside)
    template = _environment().get_template("page.html")
    made = ""
    for room in _ROOMS:
        made = template.render(contents, room=room)
        if len(made.encode()) < MAX_BYTES:
            break
    return made


def _contents(report: Report, beside: Sequence[str]) -> dict[str, Any]:
    """All that the template names."""
    style = (_HERE / "page.css").read_text("utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    told = {weight: bars((each, each.rows) for each in report.findings if each.weight is weight) for weight in Weight}
    return {
        "report": report,
        "beside": beside,
        "style": style,
        "style_hash": f"sha256-{digest}",
        "when": _when(report),
        "slices": slices(report),
        "to_fix": told[Weight.TO_FIX],
        "left_out": [bar for bar in told[Weight.LEFT_OUT] if bar.what.code != "forgotten"],
        "said": told[Weight.SAID],
        "repaired": bars((each, each.count) for each in report.repairs),
        "regions": bars((each.name, each.people) for each in report.regions),
        "phones": bars((each.column, each.rows) for each in report.phones),
        "starts": _starts(report.batches),
        "times": times(report),
        "first": [
            heard(recipient, row, report.voice(place))
            for place, (recipient, row) in enumerate(zip(report.first, report.first_rows, strict=True))
        ],
        "unusual": [batch for batch in report.batches if batch.state not in {None, BatchState.ACCEPTED}],
    }


def _tamed(value: Any) -> Any:
    """A text, tamed; what is HTML already has a type of its own and stays."""
    return tamed(value) if type(value) is str else value


@cache
def _environment() -> Environment:
    """Every value is tamed and escaped; a name that is not there is an error."""
    made = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        finalize=_tamed,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["moment"] = _moment
    made.filters["words"] = words
    made.filters["share"] = _share
    made.filters["unbroken"] = _unbroken
    made.filters["sentence"] = lambda text: text[:1].upper() + text[1:]
    return made


def _when(report: Report) -> str:
    zone = f" ({report.timezone})" if report.timezone else ""
    return "at once" if report.start == "now" else f"{_moment(report.start)}{zone}"


def _moment(iso: str) -> str:
    """`Tuesday 24 November 2026, 09:00, UTC-05:00` of a moment with offset, and `now` as it is."""
    if iso == "now":
        return iso
    moment = datetime.fromisoformat(iso)
    return f"{moment:%A} {moment.day} {moment:%B %Y, %H:%M}, {moment.tzname()}"


def _share(part: float) -> str:
    """`91.5 %` of 0.915; what is there is never shown as nothing, and what is missing never as all."""
    if 0 < part < 0.001:  # noqa: PLR2004 -- the least that one decimal shows
        return "under 0.1 %"
    return "over 99.9 %" if 0.999 < part < 1 else f"{part:.1%}".replace("%", " %").replace(".0 %", " %")  # noqa: PLR2004


def _starts(batches: Iterable[BatchLine]) -> list[Bar[str]]:
    """The people by the start of their batch, the earliest first."""
    people: Counter[str] = Counter()
    for batch in batches:
        people[batch.start] += batch.recipients
    return bars((_moment(start), count) for start, count in sorted(people.items(), key=lambda each: _sooner(each[0])))


def _sooner(iso: str) -> float:
    return 0.0 if iso == "now" else datetime.fromisoformat(iso).timestamp()


def _unbroken(text: str) -> str:
    """No line ends inside of a date."""
    return re.sub(r"(?<=\d)-(?=\d)", "\u2011", text)
