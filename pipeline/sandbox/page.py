"""The page that shows who was called, and the same as JSON."""

from datetime import UTC, datetime
from html import escape
from itertools import islice
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse

from pipeline.sandbox.calls import Calls, Placed
from pipeline.sandbox.store import Batch
from schemas.masking import masked

_SHOWN_BATCHES, _SHOWN_PEOPLE = 50, 10
_POLICY = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'", "cache-control": "no-store"}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top }
tr { border-bottom: 1px solid #ddd } .quiet { color: #777 }
"""


def page(calls: Calls) -> HTMLResponse:
    """Batches, the newest first, each with its first people; numbers are masked, and a cut list says so."""
    batches = calls.batches()
    people = sum(batch.people for batch in batches)
    rows = "".join(_row(calls, batch) for batch in batches[: -_SHOWN_BATCHES - 1 : -1])
    unseen = len(batches) - _SHOWN_BATCHES
    more = f'<p class="quiet">… and {_count(unseen, "earlier batch", "earlier batches")}</p>' if unseen > 0 else ""
    body = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox</title><style>{_STYLE}</style></head>
<body><h1>Sandbox</h1>
<p>{_count(people, "person", "people")} in {_count(len(batches), "batch", "batches")}, and nobody's phone rang.</p>
<table><tr><th>Batch</th><th>Received</th><th>Start</th><th>People</th></tr>{rows}</table>{more}</body></html>"""
    return HTMLResponse(body, headers=_POLICY)


def _row(calls: Calls, batch: Batch) -> str:
    first = "<br>".join(
        f"{escape(masked(placed.address))} {escape(placed.recipient_id)}" for placed in _first(calls, batch)
    )
    unseen = batch.people - _SHOWN_PEOPLE
    more = f'<br><span class="quiet">… and {unseen:,} more</span>' if unseen > 0 else ""
    end = "<br>cancelled" if batch.cancelled_at is not None else ""
    name = (
        f"{escape(batch.head['call_name'])}<br><span class=quiet>{batch.id} · {escape(batch.head['agent_id'])}</span>"
    )
    return (
        f"<tr><td>{name}</td><td>{_time(batch.received_at)}</td><td>{_time(batch.start)}{end}</td>"
        f"<td>{_count(batch.people, 'person', 'people')}<br>{first}{more}</td></tr>"
    )


def _first(calls: Calls, batch: Batch) -> list[Placed]:
    return list(islice(calls.of(batch), _SHOWN_PEOPLE))


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _time(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"


def calls_json(calls: Calls) -> JSONResponse:
    """`{"batches": [{…, "recipients"}], "requests": […]}`, nothing masked: for programs on this machine."""
    batches = [_batch(calls, batch) for batch in calls.batches()]
    return JSONResponse(
        {"batches": batches, "requests": [request._asdict() for request in calls.requests()]}, headers=_POLICY
    )


def _batch(calls: Calls, batch: Batch) -> dict[str, Any]:
    return {
        **batch.head,
        "id": batch.id,
        "received_at": batch.received_at,
        "start": batch.start,
        "cancelled_at": batch.cancelled_at,
        "recipients": [{**placed.recipient, "id": placed.recipient_id} for placed in calls.of(batch)],
    }
