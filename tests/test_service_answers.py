"""The table of errors, a test a line: what a status means for a batch."""

import json

import pytest

from pipeline.service.answers import answered, unanswered
from schemas.states import Verdict
from tests.a_service import NAME, NOW, RECEIPT


def answer(status, body=b"", headers=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answered(status, headers or {}, raw, call_name=NAME, now=NOW)


def test_a_receipt_is_accepted_and_its_echo_noticed():
    got = answer(200, RECEIPT)
    assert (got.verdict, got.receipt.id, got.echoed) == (Verdict.ACCEPTED, "btcal_1", True)


def test_a_receipt_under_another_name_is_accepted_without_an_echo():
    got = answer(200, RECEIPT | {"name": "Spring"})
    assert (got.verdict, got.echoed) == (Verdict.ACCEPTED, False)


def test_values_and_fields_newer_than_the_contract_are_accepted():
    got = answer(200, RECEIPT | {"status": "paused", "phone_provider": "exotel", "branch_id": "b"})
    assert (got.verdict, got.receipt.status) == (Verdict.ACCEPTED, "paused")


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"<html>", b"{}", b"[]", b"null", json.dumps(RECEIPT).encode()[:-1], b"\xff\xfe"]
)
def test_200_with_an_unreadable_body_is_unknown(body):
    got = answer(200, body)
    assert (got.verdict, got.code) == (Verdict.UNKNOWN, "unreadable_answer")


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_refusal_is_refused(status):
    got = answer(status, {"detail": {"code": "no", "message": "No"}})
    assert (got.verdict, got.status, got.code, got.message) == (Verdict.REFUSED, status, "no", "No")


def test_a_422_names_recipients():
    got = answer(
        422, {"detail": [{"loc": ["body", "recipients", 2, "phone_number"], "msg": "bad", "type": "value_error"}]}
    )
    assert (got.verdict, got.recipients) == (Verdict.REFUSED, (2,))


@pytest.mark.parametrize(
    ("status", "remedy"), [(401, "check ELEVENLABS_API_KEY"), (402, "plan and credit"), (403, "permission")]
)
def test_a_denial_says_what_to_do(status, remedy):
    got = answer(status, {"detail": {"code": "denied", "message": "No"}})
    assert got.verdict is Verdict.DENIED
    assert remedy in got.message
    assert got.message.endswith("(the service: No)")


def test_a_missing_agreement_says_where_to_agree():
    got = answer(
        403, {"detail": {"code": "forbidden", "status": "batch_calling_agreement_required", "message": "Accept"}}
    )
    assert got.verdict is Verdict.DENIED
    assert "dashboard once and accept it" in got.message


@pytest.mark.parametrize(
    "code", ["rate_limit_exceeded", "concurrent_limit_exceeded", "too_many_concurrent_requests", "system_busy"]
)
def test_429_placed_nothing_and_says_how_long_to_wait(code):
    got = answer(429, {"detail": {"code": code, "message": "Wait"}}, {"retry-after": "7"})
    assert (got.verdict, got.code, got.retry_after) == (Verdict.NOT_PLACED, code, 7.0)


@pytest.mark.parametrize("status", [503, 500, 502, 504])
def test_a_server_error_is_unknown(status):
    assert answer(status, b"<html>").verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_unknown(status):
    assert answer(status, b"", {"location": "/elsewhere"}).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("status", [201, 202, 204, 304, 405, 408, 418, 425, 499, 501, 520, 599, 999])
def test_a_status_that_is_not_in_the_table_is_unknown(status):
    assert answer(status, RECEIPT).verdict is Verdict.UNKNOWN


def test_a_status_without_words_is_told_by_its_number():
    assert answer(502).message == "the service answered 502 Bad Gateway"
    assert answer(599).message == "the service answered 599"
    assert answer(502).code == "http_502"


def test_a_request_id_is_kept_whatever_the_answer():
    for status, body in [(200, RECEIPT), (200, b""), (500, b""), (422, b"")]:
        assert answer(status, body, {"request-id": "r1"}).request_id == "r1"


def test_no_answer_means_unknown_only_if_a_byte_may_have_left():
    assert unanswered("refused", sent=False).verdict is Verdict.NOT_PLACED
    assert unanswered("cut", sent=True).verdict is Verdict.UNKNOWN
