"""What tests of the service share: a receipt, a body, and a client at a server that behaves as the test says."""

import asyncio
import json

from pipeline.service.client import Service
from pipeline.service.key import Key
from tests.loopback import answer, loopback

SECRET = "sk_0123456789abcdef"
NOW = 1_800_000_000.0
NAME = "Spring [ABCD-0123456789]"
BODY = json.dumps({"call_name": NAME, "recipients": ["x" * 300_000]}).encode()
RECEIPT = {
    "id": "btcal_1",
    "name": NAME,
    "agent_id": "agent_1",
    "agent_name": "Agent",
    "status": "pending",
    "created_at_unix": 1_800_000_000,
    "scheduled_time_unix": 1_800_000_000,
    "last_updated_at_unix": 1_800_000_000,
    "total_calls_dispatched": 0,
    "total_calls_scheduled": 3,
}
ACCEPTED = answer("200 OK", json.dumps(RECEIPT).encode(), "content-type: application/json")


def served(behaviour, question, *, timeout=5.0, tls=None, scheme=None):
    """Ask a service that behaves so; the answer and what the server saw."""

    async def run():
        async with loopback(behaviour, tls) as seen:
            url = f"{scheme or ('https' if tls else 'http')}://127.0.0.1:{seen.port}"
            async with Service(url, Key(SECRET), timeout=timeout) as service:
                return await question(service), seen

    return asyncio.run(run())


def submit(behaviour, *, timeout=5.0, tls=None, **options):
    """Submit once to a service that behaves so."""
    return served(behaviour, lambda service: service.submit(BODY, NAME, **options), timeout=timeout, tls=tls)


async def accept(connection):
    await connection.request()
    await connection.say(ACCEPTED)
