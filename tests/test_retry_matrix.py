"""The table of errors in the service's documentation, line by line, through the whole program: POSTs, state, exit code."""

import asyncio
import socket

import pytest
from tenacity import wait_none

from tests.program import CAMPAIGN, NUMBERS, called, submits

ATTEMPTS = 3
QUICK = CAMPAIGN.replace("attempts = 2", f"attempts = {ATTEMPTS}").replace("timeout = 5", "timeout = 0.5")
PEOPLE = NUMBERS[:3]


@pytest.fixture(autouse=True)
def no_waits(monkeypatch):
    """Waits are as long as Retry-After says, which is nothing here."""
    monkeypatch.setattr("pipeline.service.patience._BACKOFF", wait_none())


def outcome(desk):
    """What the ledger says in the end: the only batch's state, its attempts and their last verdict."""
    ((state, attempts, verdict),) = desk.sql(
        "SELECT state, count(*), max(verdict) FROM batches JOIN attempts ON batch_id = batches.id GROUP BY batches.id"
    )
    return state, attempts, verdict


async def _no_name(*_args, **_options):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


async def _no_answer(*_args, **_options):
    await asyncio.sleep(60)


def _at(url, look_up=None):
    """The service's address, and what a look-up of its name comes to."""

    def prepare(monkeypatch, sandbox):
        monkeypatch.setenv("ELEVENLABS_BASE_URL", url or sandbox.url.replace("http:", "https:"))
        if look_up:
            monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)

    return prepare


@pytest.mark.parametrize("prepare", [
    pytest.param(_at("http://127.0.0.1:9"), id="connection refused"),
    pytest.param(_at("https://nowhere.invalid", _no_name), id="DNS failure"),
    pytest.param(_at(None), id="TLS failure"),
    pytest.param(_at("https://nowhere.invalid", _no_answer), id="connect timeout"),
])  # fmt: skip
def test_where_no_connection_comes_about_nothing_is_posted_and_all_is_still_planned(
    desk, at_service, monkeypatch, prepare
):
    sandbox = at_service()
    prepare(monkeypatch, sandbox)
    # Else the agent and the list are asked for first, and nothing is planned.
    monkeypatch.setattr("pipeline.commands.running.preflighted", lambda _access, plan, _skip: plan)
    desk.write(people=3, campaign=QUICK + "token = false\n")
    ended = desk.run("--no-report")
    assert (ended.code, submits(sandbox), called(sandbox)) == (3, 0, [])
    assert outcome(desk) == ("planned", ATTEMPTS, "not_placed")


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_refusal_is_posted_once_and_is_final(desk, at_service, status):
    sandbox = at_service(f"{status}:*")
    desk.write(people=3, campaign=QUICK)
    ended = desk.run("--no-report")
    assert (ended.code, submits(sandbox), called(sandbox)) == (1, 1, [])
    assert outcome(desk) == ("refused", 1, "refused")
    assert desk.sql("SELECT count(*) FROM claims") == [(0,)]


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_denial_is_posted_once_and_leaves_all_planned(desk, at_service, status):
    sandbox = at_service(f"{status}:*")
    desk.write(people=3, campaign=QUICK)
    ended = desk.run("--no-report")
    assert (ended.code, submits(sandbox), called(sandbox)) == (2, 1, [])
    assert outcome(desk) == ("planned", 1, "denied")


@pytest.mark.parametrize(
    "code", ["0", "rate_limit_exceeded", "concurrent_limit_exceeded", "too_many_concurrent_requests", "system_busy"]
)
def test_a_429_is_posted_again_until_the_attempts_are_used_up(desk, at_service, code):
    sandbox = at_service(f"429={code}:*")
    desk.write(people=3, campaign=QUICK)
    ended = desk.run("--no-report")
    assert (ended.code, submits(sandbox), called(sandbox)) == (3, ATTEMPTS, [])
    assert outcome(desk) == ("planned", ATTEMPTS, "not_placed")


@pytest.mark.parametrize("fault", ["429=0", "429-date=0", "429-plain", "429-html"])
def test_a_429_that_passes_is_posted_once_more(desk, at_service, fault):
    sandbox = at_service(fault)
    desk.write(people=3, campaign=QUICK)
    ended = desk.run("--no-report")
    assert (ended.code, submits(sandbox), called(sandbox)) == (0, 2, PEOPLE)
    assert desk.sql("SELECT state FROM batches") == [("accepted",)]
    assert desk.sql("SELECT number, verdict FROM attempts") == [(1, "not_placed"), (2, "accepted")]


@pytest.mark.parametrize(("fault", "placed"), [
    ("503", False), ("503=0", False), ("503-after", True),
    ("500", False), ("500-after", True), ("502-html", False), ("502-after-html", True), ("504", False), ("504-after", True),
    ("drip=0.05", True), ("latency=1", True), ("cut", False), ("lost", True), ("half", True), ("garbled", True),
    ("307", False), ("418", False),
])  # fmt: skip
def test_what_leaves_it_open_is_posted_once_and_found_again_or_left_to_a_person(desk, at_service, fault, placed):
    sandbox = at_service(fault)
    desk.write(people=3, campaign=QUICK)
    first, after_first = desk.run("--no-report"), outcome(desk)
    again = desk.run()
    assert (first.code, after_first) == (4, ("unconfirmed", 1, "unknown"))
    assert (again.code, submits(sandbox)) == (0 if placed else 4, 1)
    assert called(sandbox) == (PEOPLE if placed else [])
    assert outcome(desk) == ("accepted" if placed else "unconfirmed", 1, "unknown")
    assert desk.sql("SELECT count(*) FROM claims") == [(6,)]


def test_an_acceptance_is_posted_once(desk, at_service):
    sandbox = at_service()
    desk.write(people=3, campaign=QUICK)
    assert (desk.run("--no-report").code, submits(sandbox), called(sandbox)) == (0, 1, PEOPLE)
    assert outcome(desk) == ("accepted", 1, "accepted")
