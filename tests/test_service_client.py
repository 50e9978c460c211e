"""What only reads is asked again, and is complete or an error; the client keeps to itself what it must."""

import asyncio
import json

import httpx
import pytest

from pipeline.service.client import Service, ServiceError
from pipeline.service.key import Key
from schemas.errors import CampaignError
from schemas.states import Verdict
from tests.a_service import NAME, NOW, RECEIPT, SECRET


class Fake:
    """A transport that gives these answers in turn, the last one for ever; exceptions are raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.slept = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    async def sleep(self, seconds):
        self.slept.append(seconds)

    def service(self):
        return Service(
            "http://127.0.0.1:1/base",
            Key(SECRET),
            timeout=5,
            transport=httpx.MockTransport(self),
            clock=lambda: NOW,
            sleep=self.sleep,
        )

    def ask(self, question):
        async def run():
            async with self.service() as service:
                return await question(service)

        return asyncio.run(run())


async def every_batch(service):
    return [batch.id async for batch in service.batches("agent_1")]


def page(*ids, **more):
    return {"batch_calls": [RECEIPT | {"id": name} for name in ids], "has_more": False} | more


def test_all_pages_of_the_list_are_read_with_the_cursor_of_the_one_before():
    fake = Fake(page("a", "b", has_more=True, next_doc="b"), page("c", has_more=True, next_doc="c"), page("d"))
    assert fake.ask(every_batch) == ["a", "b", "c", "d"]
    assert [dict(request.url.params) for request in fake.requests] == [
        {"limit": "100", "agent_id": "agent_1"},
        {"limit": "100", "agent_id": "agent_1", "last_doc": "b"},
        {"limit": "100", "agent_id": "agent_1", "last_doc": "c"},
    ]
    assert fake.requests[0].url.path == "/base/v1/convai/batch-calling/workspace"


@pytest.mark.parametrize(
    "answers",
    [
        [{"has_more": False}],
        [{"batch_calls": {}, "has_more": False}],
        [page("a") | {"batch_calls": [{"id": "a"}]}],
        [page("a", has_more=True)],
        [page("a", has_more=True, next_doc=7)],
        [page("a", has_more=True, next_doc="a")],
        [["no", "object"]],
        [httpx.Response(200, text="<html>")],
    ],
)
def test_a_list_that_cannot_be_read_to_its_end_is_an_error(answers):
    with pytest.raises(ServiceError):
        Fake(*answers).ask(every_batch)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(504),
        httpx.ConnectError("refused"),
        httpx.ReadError("cut"),
        httpx.RemoteProtocolError("gone"),
        httpx.ReadTimeout("slow"),
    ],
)
def test_a_question_is_asked_again(trouble):
    fake = Fake(trouble, page("a"))
    assert fake.ask(every_batch) == ["a"]
    assert len(fake.requests) == 2


def test_retry_after_is_obeyed_for_questions_too():
    fake = Fake(httpx.Response(429, headers={"retry-after": "40"}), page("a"))
    fake.ask(every_batch)
    assert fake.slept == [40]


def test_questions_end():
    fake = Fake(httpx.Response(503, json={"detail": "down"}))
    with pytest.raises(ServiceError, match="down") as error:
        fake.ask(every_batch)
    assert error.value.status == 503
    assert len(fake.requests) == 5


@pytest.mark.parametrize(
    ("status", "remedy"), [(401, "ELEVENLABS_API_KEY"), (403, "permission"), (404, "404 Not Found")]
)
def test_a_refusal_is_not_asked_again_and_says_what_to_do(status, remedy):
    fake = Fake(httpx.Response(status))
    with pytest.raises(ServiceError, match=remedy) as error:
        fake.ask(lambda service: service.agent("agent_1"))
    assert error.value.status == status
    assert len(fake.requests) == 1


def test_a_batch_comes_with_its_recipients_and_shows_no_numbers():
    recipient = {"id": "r1", "phone_number": "+14155552671", "status": "dispatched", "conversation_id": None}
    fake = Fake(RECEIPT | {"recipients": [recipient]})
    detail = fake.ask(lambda service: service.batch("a/b?c"))
    assert [(called.id, called.status) for called in detail.recipients] == [("r1", "dispatched")]
    assert "4155552671" not in repr(detail)
    assert fake.requests[0].url.raw_path == b"/base/v1/convai/batch-calling/a%2Fb%3Fc"


def test_an_unreadable_batch_shows_no_numbers():
    fake = Fake(RECEIPT | {"recipients": [{"phone_number": "+14155552671"}]})
    with pytest.raises(ServiceError, match=r"recipients\.0\.id") as error:
        fake.ask(lambda service: service.batch("a"))
    assert "4155552671" not in str(error.value)


def test_an_agent_is_given_as_the_service_tells_it():
    assert Fake({"agent_id": "agent_1", "x": 1}).ask(lambda service: service.agent("agent_1")) == {
        "agent_id": "agent_1",
        "x": 1,
    }


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (httpx.ConnectError("refused"), Verdict.NOT_PLACED),
        (httpx.ConnectTimeout("slow"), Verdict.NOT_PLACED),
        (httpx.PoolTimeout("full"), Verdict.NOT_PLACED),
        (httpx.ProxyError("407"), Verdict.NOT_PLACED),
        (httpx.UnsupportedProtocol("gopher"), Verdict.NOT_PLACED),
        (httpx.ReadError("cut"), Verdict.UNKNOWN),
        (httpx.WriteError("cut"), Verdict.UNKNOWN),
        (httpx.CloseError("cut"), Verdict.UNKNOWN),
        (httpx.ReadTimeout("slow"), Verdict.UNKNOWN),
        (httpx.WriteTimeout("slow"), Verdict.UNKNOWN),
        (httpx.RemoteProtocolError("gone"), Verdict.UNKNOWN),
        (httpx.LocalProtocolError("odd"), Verdict.UNKNOWN),
        (httpx.DecodingError("odd"), Verdict.UNKNOWN),
        (OSError("odd"), Verdict.UNKNOWN),
    ],
)
def test_without_a_trace_only_what_precedes_a_request_is_certain(error, verdict):
    fake = Fake(error)
    assert fake.ask(lambda service: service.submit(b"{}", NAME)).verdict is verdict
    assert len(fake.requests) == 1


def test_a_submit_is_never_sent_again_here():
    for status in (429, 500, 503):
        fake = Fake(httpx.Response(status))
        fake.ask(lambda service: service.submit(b"{}", NAME))
        assert len(fake.requests) == 1
        assert fake.slept == []


def test_the_key_is_not_in_what_an_error_says():
    fake = Fake(httpx.Response(404, json={"detail": f"no agent for {SECRET}"}))
    with pytest.raises(ServiceError, match="no agent for") as error:
        fake.ask(lambda service: service.agent("agent_1"))
    assert SECRET not in str(error.value)


def test_the_key_is_not_in_what_is_shown_of_a_service():
    fake = Fake(page())
    service = fake.service()
    assert SECRET not in json.dumps([repr(service), repr(vars(service)["_client"]), repr(vars(service)["_key"])])


def test_a_sandboxs_short_key_may_stand_in_an_answer(desk, at_service, monkeypatch):
    at_service()
    monkeypatch.setenv("ELEVENLABS_API_KEY", "unix")  # as in created_at_unix
    desk.write(people=3)
    assert desk.run("--no-report").code == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://user:hidden@proxy:1"),
        ("HTTPS_PROXY", "gopher://hidden"),
        ("SSL_CERT_FILE", "/missing/hidden"),
    ],
)
def test_an_environment_that_cannot_be_used_is_said_without_its_secrets(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(CampaignError, match=name) as error:
        Service("https://api.elevenlabs.io", Key(SECRET), timeout=5)
    assert "hidden" not in str(error.value)


def test_a_cancel_is_asked_again_until_it_is_answered():
    fake = Fake(httpx.ReadError("cut"), RECEIPT | {"status": "cancelled"})
    receipt = fake.ask(lambda service: service.cancel("a/b"))
    assert receipt.status == "cancelled"
    assert [(each.method, each.url.raw_path) for each in fake.requests] == [
        ("POST", b"/base/v1/convai/batch-calling/a%2Fb/cancel")
    ] * 2


def test_a_batch_that_cannot_be_cancelled_is_an_error():
    with pytest.raises(ServiceError, match="no such batch"):
        Fake(httpx.Response(404, json={"detail": "no such batch"})).ask(lambda service: service.cancel("a"))


def test_a_cancel_is_a_post_and_is_asked_again_where_the_answer_was_none():
    fake = Fake(httpx.ReadError("cut"), httpx.Response(503), RECEIPT | {"status": "cancelled"})
    assert fake.ask(lambda service: service.cancel("btcal/1")).status == "cancelled"
    assert [request.method for request in fake.requests] == ["POST"] * 3
    assert fake.requests[0].url.raw_path == b"/base/v1/convai/batch-calling/btcal%2F1/cancel"


def test_a_cancel_that_is_refused_is_an_error_with_its_status():
    fake = Fake(httpx.Response(400, json={"detail": {"message": "already over"}}))
    with pytest.raises(ServiceError, match="already over") as refused:
        fake.ask(lambda service: service.cancel("b"))
    assert (refused.value.status, len(fake.requests)) == (400, 1)


async def every_agent(service):
    return [agent.agent_id async for agent in service.agents()]


def agents(*ids, **more):
    return {"agents": [{"agent_id": name, "name": "A"} for name in ids], "has_more": False} | more


def test_all_pages_of_the_list_of_agents_are_read():
    fake = Fake(agents("a", "b", has_more=True, next_cursor="x"), httpx.Response(503), agents("c"))
    assert fake.ask(every_agent) == ["a", "b", "c"]
    assert [dict(request.url.params) for request in fake.requests[:2]] == [
        {"page_size": "100"}, {"page_size": "100", "cursor": "x"},
    ]  # fmt: skip
    assert fake.requests[0].url.path == "/base/v1/convai/agents"


def test_a_list_of_agents_whose_cursor_leads_nowhere_ends():
    fake = Fake(agents("a", has_more=True, next_cursor="x"), agents("b", has_more=True, next_cursor="x"))
    assert fake.ask(every_agent) == ["a", "b"]


@pytest.mark.parametrize("answer", [["a"], {"agents": [{"name": "A"}]}, httpx.Response(403)])
def test_a_list_of_agents_that_cannot_be_read_is_an_error(answer):
    with pytest.raises(ServiceError):
        Fake(answer).ask(every_agent)


def test_phone_numbers_are_an_array():
    fake = Fake(
        httpx.Response(502), [{"phone_number_id": "p1", "phone_number": NAME, "label": None, "provider": "new"}]
    )
    (number,) = fake.ask(lambda service: service.phone_numbers())
    assert (number.phone_number_id, number.supports_outbound) == ("p1", True)
    assert fake.requests[0].url.path == "/base/v1/convai/phone-numbers"


@pytest.mark.parametrize("answer", [{"phone_numbers": []}, [{"label": "x"}], httpx.Response(200, text="<html>")])
def test_phone_numbers_that_cannot_be_read_are_an_error(answer):
    with pytest.raises(ServiceError):
        Fake(answer).ask(lambda service: service.phone_numbers())
