from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sandbox.faults import COMPANIONS, NAMES, Chaos, Fault, Faults, parse_fault, parse_faults
from schemas.errors import CampaignError


def due(texts, endpoint="submit", count=6):
    """What is due to each request in turn."""
    faults = Faults(parse_faults(texts))
    return [" ".join(map(str, faults.next(endpoint))) for _ in range(count)]


def test_faults_are_consumed_in_order():
    assert due(["429=2", "500-after:2", "none", "lost"]) == ["429=2", "500-after", "500-after", "none", "lost", ""]


def test_several_faults_may_be_written_in_one_text():
    assert due(["none lost 429=2", "503"]) == ["none", "lost", "429=2", "503", "", ""]


def test_a_fault_may_say_where_it_begins():
    assert due(["lost:2@3"]) == ["", "", "lost", "lost", "", ""]
    assert due(["lost@3", "503"]) == ["", "", "lost", "503", "", ""]


def test_a_fault_may_go_on_for_ever():
    assert due(["none", "503:*"]) == ["none", "503", "503", "503", "503", "503"]


def test_of_two_faults_for_one_request_the_later_one_holds():
    assert due(["503:*", "lost@2"], count=3) == ["503", "lost", "503"]


def test_each_endpoint_is_counted_by_itself():
    texts = ["lost", "list/503", "500", "list/garbled"]
    assert due(texts, "submit", 3) == ["lost", "500", ""]
    assert due(texts, "list", 3) == ["503", "garbled", ""]
    assert due(texts, "cancel", 1) == [""]


def test_companions_go_along_with_every_request():
    assert due(["lag=3", "lost", "latency=0.2@2", "503"], count=3) == [
        "lost lag=3",
        "503 lag=3 latency=0.2",
        "lag=3 latency=0.2",
    ]


def test_a_url_may_be_where_a_redirect_leads():
    [occasion] = parse_faults(["307=http://127.0.0.1:9/x:2@4"])
    assert (occasion.fault.value, occasion.first, occasion.last) == ("http://127.0.0.1:9/x", 4, 5)


def test_a_status_says_how_it_is_told():
    assert parse_fault("503-after-html") == Fault("503-after-html", None, 503, frozenset({"after", "html"}))
    assert parse_fault("429-date", "2").wait == 2
    assert (parse_fault("429", "system_busy").code, parse_fault("429", "system_busy").wait) == ("system_busy", None)
    assert parse_fault("422", "0,17").named == (0, 17)
    assert parse_fault("422").named == ()


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "429=", "200", "600", "429-soon", "403-after", "429-date", "lag", "lag=soon", "drip=x", "lost=1", "422=a",
     "submitt/429", "429:0x", "429@", "422-after", "latency=-1", "429:0", "429@0"],
)  # fmt: skip
def test_what_is_no_fault_is_told(text):
    with pytest.raises(CampaignError):
        parse_faults([text])


@given(st.text() | st.text(alphabet="abglost/=:@*,.-0429"))
def test_any_text_is_read_or_refused(text):
    with suppress(CampaignError):
        parse_faults([text])


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_that_is_explained_exists(name):
    assert not parse_fault(name).companion


@pytest.mark.parametrize("name", COMPANIONS)
def test_every_companion_that_is_explained_exists(name):
    assert parse_fault(name, "1").companion


def test_chaos_is_the_same_for_the_same_seed():
    def story(seed):
        faults = Faults(chaos=Chaos(seed, 0.5))
        return [faults.next(endpoint) for endpoint in ("submit", "list") for _ in range(100)]

    assert story(1) == story(1)
    assert story(1) != story(2)


@given(st.integers(0, 10_000), st.sampled_from(["submit", "list"]), st.integers(1, 1000))
def test_chaos_strikes_always_or_never_when_told_so(seed, endpoint, number):
    assert list(Chaos(seed, 1).faults(endpoint, number))
    assert not list(Chaos(seed, 0).faults(endpoint, number))


def test_chaos_strikes_its_share_and_spares_the_other_endpoints():
    struck = sum(bool(list(Chaos(7, 0.3).faults("submit", number))) for number in range(2000))
    assert 500 < struck < 700
    assert not any(list(Chaos(7, 1).faults("cancel", number)) for number in range(100))


def test_chaos_is_read_from_a_seed_and_a_share():
    assert Chaos.parse("7:0.3") == Chaos(7, 0.3)


@pytest.mark.parametrize("text", ["7", "7:", "7:2", "x:0.5", "7:-1", "7:1.5", "7:nan"])
def test_chaos_that_cannot_be_read_is_told(text):
    with pytest.raises(CampaignError, match="SEED:SHARE"):
        Chaos.parse(text)
