"""The service's endpoints. A submit is one attempt and never sent again here; what only reads, or may be done twice, is asked again."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from pipeline.service.answers import DENIALS, answered, explained, unanswered
from pipeline.service.base_url import is_loopback
from pipeline.service.error_body import read_words
from pipeline.service.exchange import Exchange, exchange
from pipeline.service.key import Key
from pipeline.service.patience import patient, retry_after
from schemas.errors import CampaignError, Exit
from schemas.masking import masked_text
from schemas.receipts import BatchDetail, ListedAgent, ListedNumber, Receipt
from schemas.states import Answer

Shape = TypeVar("Shape", bound=BaseModel)

_BATCHES = "/v1/convai/batch-calling"
_AGENTS = "/v1/convai/agents"
_NUMBERS = "/v1/convai/phone-numbers"
_PAGE = 100
_CONNECT_SECONDS = 10.0
_ATTEMPTS = 5
_SECONDS = 120.0
#: A shorter text is a sandbox's key, and may stand in an answer by chance: taken out of it, the answer could not be read.
_SHORTEST_SECRET = 12
_AGAIN = frozenset({429, 500, 502, 503, 504})

_log = logging.getLogger("campaign")


class ServiceError(CampaignError):
    """The service did not answer a question; `status` is None where no answer came.

    Exit 3 where that may pass by itself: it cannot be reached, is too busy or fails.
    """

    def __init__(self, message: str, status: int | None = None, *, passing: bool = False) -> None:
        super().__init__(message, exit_code=Exit.NOT_SENT if passing else Exit.REFUSED)
        self.status = status

    @property
    def is_denied(self) -> bool:
        """Whether the key is refused: to ask again changes nothing."""
        return self.status in DENIALS


class Service:
    """The service at one base URL, with one key. An async context manager.

    `base_url` has been through `checked_base_url`. `timeout` is in seconds, for one whole answer; `attempts` are
    for a question, not for a submit. Raises CampaignError when the environment's proxy or certificate settings cannot
    be used.
    """

    def __init__(
        self,
        base_url: str,
        key: Key,
        *,
        timeout: float,
        attempts: int = _ATTEMPTS,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._key = key
        self._attempts = attempts
        self._timeout = timeout
        self._clock = clock
        self._sleep = sleep
        self._client = _client(base_url, key, timeout, transport)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def submit(self, body: bytes, call_name: str, *, may_begin: Callable[[], bool] = lambda: True) -> Answer:
        """Make one attempt; `call_name` is the one inside `body`. Only cancellation passes through.

        `may_begin` is asked once more when the connection stands, right before the first byte leaves; where it says no,
        nothing is sent and the answer says so.
        """
        seen = Exchange(may_begin)
        await self._ask("POST", f"{_BATCHES}/submit", seen, content=body, headers={"content-type": "application/json"})
        if seen.status is None:
            return unanswered(seen.trouble, sent=seen.sent)
        return answered(
            seen.status,
            seen.headers,
            bytes(seen.body),
            call_name=call_name,
            now=self._clock(),
            trouble=seen.trouble,
        )

    async def batches(self, agent_id: str) -> AsyncIterator[Receipt]:
        """Yield every batch of an agent, all pages of the list. Raises ServiceError when a page cannot be had.

        A list that ends early would look complete, and a batch that is not in it like one that was never placed: so an
        entry that cannot be read and a cursor that leads nowhere are errors too.
        """
        cursor: str | None = None
        seen: set[str | None] = {None}
        while True:
            params = {"limit": _PAGE, "agent_id": agent_id} | ({"last_doc": cursor} if cursor else {})
            page = await self._get(f"{_BATCHES}/workspace", params)
            entries = page.get("batch_calls")
            if not isinstance(entries, list):
                raise ServiceError("the service's list of batches cannot be read: it holds no `batch_calls`")
            for entry in entries:
                yield _shaped(Receipt, entry, "an entry of the service's list of batches")
            if not page.get("has_more"):
                return
            cursor = page.get("next_doc")
            if not isinstance(cursor, str | None) or cursor in seen:
                raise ServiceError("the service's list of batches says that it goes on, but not where")
            seen.add(cursor)

    async def batch(self, batch_id: str) -> BatchDetail:
        """One batch with its recipients. Raises ServiceError; its `status` is 404 where there is no such batch."""
        found = await self._get(f"{_BATCHES}/{quote(batch_id, safe='')}", {})
        return _shaped(BatchDetail, found, f"batch {batch_id}")

    async def agent(self, agent_id: str) -> Mapping[str, Any]:
        """The agent's configuration as the service tells it. Raises ServiceError."""
        return await self._get(f"{_AGENTS}/{quote(agent_id, safe='')}", {})

    async def agents(self) -> AsyncIterator[ListedAgent]:
        """Yield every agent of the account, all pages of the list. Raises ServiceError when a page cannot be had."""
        cursor: str | None = None
        while True:
            page = await self._get(_AGENTS, {"page_size": _PAGE} | ({"cursor": cursor} if cursor else {}))
            for entry in page.get("agents") or ():
                yield _shaped(ListedAgent, entry, "an entry of the service's list of agents")
            before, cursor = cursor, page.get("next_cursor")
            if not page.get("has_more") or not isinstance(cursor, str) or cursor == before:
                return

    async def phone_numbers(self) -> list[ListedNumber]:
        """The account's phone numbers, all of them: the list has no pages. Raises ServiceError."""
        seen = await self._persist("GET", _NUMBERS)
        read = _json(seen)
        if not isinstance(read, list):
            raise ServiceError("the service's list of phone numbers cannot be read: it is no JSON array", seen.status)
        return [_shaped(ListedNumber, entry, "an entry of the service's list of phone numbers") for entry in read]

    async def phone_number(self, number_id: str) -> ListedNumber:
        """One of the account's phone numbers. Raises ServiceError; its `status` is 404 where there is no such number."""
        found = await self._get(f"{_NUMBERS}/{quote(number_id, safe='')}", {})
        return _shaped(ListedNumber, found, f"phone number {number_id}")

    async def cancel(self, batch_id: str) -> Receipt:
        """End every call of a batch that has not ended; asking twice does no harm. Raises ServiceError, as `batch` does."""
        found = _object(await self._persist("POST", f"{_BATCHES}/{quote(batch_id, safe='')}/cancel"))
        return _shaped(Receipt, found, f"what became of batch {batch_id}")

    async def _get(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return _object(await self._persist("GET", path, params=params))

    async def _persist(self, method: str, path: str, **request: Any) -> Exchange:
        """Ask until there is an answer; only for what does the same when it is asked twice."""
        asking = patient(
            attempts=self._attempts,
            seconds=_SECONDS,
            clock=self._clock,
            sleep=self._sleep,
            again=_is_passing,
            told=self._told,
            say=_say_again,
        )
        seen: Exchange = await asking(self._ask, method, path, **request)
        return seen

    def _told(self, seen: Exchange) -> float | None:
        return retry_after(seen.headers, self._clock())

    async def _ask(self, method: str, path: str, seen: Exchange | None = None, **request: Any) -> Exchange:
        """One request; should the key come back in what was answered, it goes no further."""
        seen = await exchange(self._client, method, path, seconds=self._timeout, seen=seen or Exchange(), **request)
        secret, hidden = self._key.secret, "[the key]"
        if len(secret) < _SHORTEST_SECRET:
            return seen
        seen.body = seen.body.replace(secret.encode(), hidden.encode())
        seen.headers = {name: value.replace(secret, hidden) for name, value in seen.headers.items()}
        seen.trouble = seen.trouble.replace(secret, hidden)
        return seen


def _client(base_url: str, key: Key, timeout: float, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """HTTP/1.1, TLS verified, no redirects, and every connection used once (`connection: close`).

    A server may close an idle connection at the very moment in which a request leaves on it, and a submit that was lost
    so has to be settled by a person. The handshake that this costs is small beside a body of a megabyte. Connecting and
    the handshake get a third of the time each: cut off by the deadline for all, httpcore would leave the socket open.
    """
    try:
        return httpx.AsyncClient(
            base_url=base_url,
            headers={"xi-api-key": key.secret, "user-agent": f"campaign/{version('campaign')}", "connection": "close"},
            timeout=httpx.Timeout(None, connect=min(_CONNECT_SECONDS, timeout / 3)),
            limits=httpx.Limits(max_connections=None),
            verify=httpx.create_ssl_context(),
            trust_env=not is_loopback(httpx.URL(base_url).host),
            follow_redirects=False,
            transport=transport,
        )
    except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
        raise CampaignError(  # the text of the error is left out: a proxy's URL may hold a password
            "HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE or SSL_CERT_DIR in the environment cannot be used "
            f"({type(error).__name__}); http:// and https:// proxies and existing PEM files can"
        ) from None


def _is_passing(seen: Exchange) -> bool:
    return seen.status is None or seen.status in _AGAIN or bool(seen.trouble)


def _say_again(seen: Exchange, wait: float) -> None:
    _log.info("%s; asking again in %.0f s", _failure(seen), wait)


def _failure(seen: Exchange) -> str:
    if seen.status is None or seen.trouble:
        return f"the service cannot be asked: {seen.trouble}"
    return masked_text(explained(seen.status, read_words(bytes(seen.body), seen.headers)))


def _object(seen: Exchange) -> dict[str, Any]:
    read = _json(seen)
    if not isinstance(read, dict):
        raise ServiceError("the service answered with something that is no JSON object", seen.status)
    return read


def _json(seen: Exchange) -> Any:
    """What was answered; None where that is no JSON."""
    if seen.status != HTTPStatus.OK or seen.trouble:
        raise ServiceError(_failure(seen), seen.status, passing=_is_passing(seen))
    try:
        return json.loads(seen.body)
    except (ValueError, RecursionError):
        return None


def _shaped(shape: type[Shape], read: object, what: str) -> Shape:
    try:
        return shape.model_validate(read)
    except ValidationError as error:
        places = sorted({".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False)})
        raise ServiceError(f"{what} cannot be read: {', '.join(places)} is not as the contract says") from None
