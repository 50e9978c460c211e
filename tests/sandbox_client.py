"""How the sandbox's own tests talk to it: plain HTTP, as any client would."""

import json
from pathlib import Path

import httpx

BATCHES = "/v1/convai/batch-calling"
VENDOR_EXAMPLE = json.loads((Path(__file__).parent / "data" / "vendor-example.json").read_text("utf-8"))


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


def client(sandbox, **options):
    return httpx.Client(
        base_url=sandbox.url, headers={"xi-api-key": "any"}, timeout=5, verify=False, **options
    )  # no TLS here, and its certificates load slowly


def batch(*numbers, **head):
    people = [{"phone_number": number} for number in numbers or ("+14155550100",)]
    return {"call_name": "Survey", "agent_id": "agent_1", "recipients": people, **head}


def numbers(count):
    return [f"+1415{position:07}" for position in range(count)]


def submit(sandbox, body=None, **options):
    with client(sandbox) as http:
        return http.post(f"{BATCHES}/submit", json=body or batch(), **options)


def get(sandbox, path, **options):
    with client(sandbox) as http:
        return http.get(path, **options)


def post(sandbox, path):
    with client(sandbox) as http:
        return http.post(path)


def names(sandbox, **query):
    """The call names that the list shows."""
    return [found["name"] for found in get(sandbox, f"{BATCHES}/workspace", params=query).json()["batch_calls"]]
