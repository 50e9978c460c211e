"""A stop in the ledger: nothing of the campaign is begun, of other campaigns as ever."""

import pytest

from pipeline.deliver.adopt import adopt
from pipeline.ledger import open_ledger, stops
from pipeline.ledger.stops import Halt
from schemas.errors import CampaignError, Exit
from tests.plans import NOW, context, people, plan_of


@pytest.fixture
def ledger(place):
    with open_ledger(place, create=True, clock=lambda: NOW) as opened:
        yield opened


def stop(ledger, by="ann@box", at=NOW) -> Halt:
    with ledger.transaction() as connection:
        return stops.stop(connection, "survey", by, at)


def test_no_batch_of_a_stopped_campaign_is_begun_until_start(ledger):
    mine = adopt(plan_of(people(2, 4)), ledger, context(), NOW).batches
    other = adopt(plan_of(people(2, 2), name="other"), ledger, context(), NOW).batches[0]
    stop(ledger)
    assert [ledger.begin(batch.id, "", NOW) for batch in mine] == [None, None]
    assert ledger.begin(other.id, "", NOW) is not None
    with ledger.transaction() as connection:
        stops.start(connection, "survey")
    assert all(ledger.begin(batch.id, "", NOW) for batch in mine)


def test_the_first_stop_is_the_one_that_is_told(ledger):
    ledger.mark("survey")
    assert stop(ledger) == stop(ledger, "bob@box", NOW + 60) == Halt(NOW, "ann@box")
    said = pytest.raises(CampaignError, match=r"since 2024-04-01 13:00 UTC by ann@box.*campaign start")
    with said as refused, ledger.transaction(reading=True) as connection:
        stops.refuse_stopped(connection, "survey")
    assert refused.value.exit_code is Exit.REFUSED


def test_a_campaign_that_is_not_stopped_is_not_refused(ledger):
    with ledger.transaction(reading=True) as connection:
        stops.refuse_stopped(connection, "survey")
        assert stops.halted(connection, "survey") is None


def test_what_was_never_sent_is_neither_open_nor_anywhere(ledger):
    adopt(plan_of(people(2, 4)), ledger, context(), NOW)
    with ledger.transaction(reading=True) as connection:
        assert stops.open_batches(connection, "survey") == []
        assert stops.places(connection, "survey") == []


def test_where_batches_were_sent_is_known(ledger):
    for batch in adopt(plan_of(people(2, 4)), ledger, context(), NOW).batches:
        ledger.begin(batch.id, "", NOW)
    with ledger.transaction(reading=True) as connection:
        assert stops.places(connection, "survey") == [("https://api.example", "agent_1")]
        assert stops.sending(connection, "survey") == 2
