"""What an attempt to submit means: the table of API.md, Errors, as pure functions."""

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import ValidationError

from pipeline.service.error_body import Words, read_words
from pipeline.service.patience import retry_after
from schemas.receipts import Receipt
from schemas.states import Answer, Verdict

#: The service refuses the key, the account or the permission.
DENIALS = (401, 402, 403)
#: Every status that is certain. All others are UNKNOWN: 500, 502, 504 and 503 may have placed calls; a redirect or a
#: status that is not in the table may come from something that had passed the request on before.
_CERTAIN: dict[int, Verdict] = {
    **dict.fromkeys((400, 404, 409, 413, 422), Verdict.REFUSED),
    **dict.fromkeys(DENIALS, Verdict.DENIED),
    429: Verdict.NOT_PLACED,
}

_AGREEMENT = "batch_calling_agreement_required"
_ADVICE: dict[int, str] = {
    401: "the service does not accept this API key; check ELEVENLABS_API_KEY and that the base URL is the key's region",
    402: "the account cannot pay for this; check its plan and credit in the vendor's dashboard",
    403: "this API key may not do that; give it the permission in the vendor's dashboard",
}
_ACCEPT_ONCE = "batch calling must be accepted first; open Batch calling in the vendor's dashboard once and accept it"


def answered(
    status: int, headers: Mapping[str, str], body: bytes, *, call_name: str, now: float, trouble: str = ""
) -> Answer:
    """The meaning of an answer to `submit` whose status line arrived; the body may be cut short (`trouble` says how).

    `headers` have lower-case names; `call_name` is the one that was sent; `now` is in Unix seconds.
    """
    words = read_words(body, headers)
    if status == HTTPStatus.OK:
        return _accepted(body, words, call_name, trouble)
    verdict = _CERTAIN.get(status, Verdict.UNKNOWN)
    names = verdict is Verdict.REFUSED
    return Answer(
        verdict=verdict,
        status=status,
        code=words.code or f"http_{status}",
        message=explained(status, words),
        request_id=words.request_id,
        recipients=words.recipients if names else (),
        retry_after=retry_after(headers, now),
        said=words.said if names else {},
    )


def unanswered(trouble: str, *, sent: bool) -> Answer:
    """The meaning of an attempt without an answer: `sent` says that a byte of the request may have left."""
    verdict = Verdict.UNKNOWN if sent else Verdict.NOT_PLACED
    return Answer(verdict, code="answer_lost" if sent else "not_sent", message=trouble)


def explained(status: int, words: Words) -> str:
    """The service's words, or the status; for a denial, what to do about it first."""
    said = words.message or words.code or "it did not say why"
    if _AGREEMENT in words.hints:
        return f"{_ACCEPT_ONCE} (the service: {said})"
    if advice := _ADVICE.get(status):
        return f"{advice} (the service: {said})"
    return words.message or f"the service answered {status}{_phrase(status)}"


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _accepted(body: bytes, words: Words, call_name: str, trouble: str) -> Answer:
    """ACCEPTED with a receipt. JSON that was cut short is never a receipt, so a lost ending alone does not matter."""
    try:
        receipt = Receipt.model_validate_json(body)
    except ValidationError:
        why = trouble or "the service answered 200 with a body that is no receipt"
        return Answer(Verdict.UNKNOWN, 200, code="unreadable_answer", message=why, request_id=words.request_id)
    return Answer(Verdict.ACCEPTED, 200, request_id=words.request_id, receipt=receipt, echoed=receipt.name == call_name)
