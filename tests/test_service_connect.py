"""Where no connection comes about nothing was placed: name look-up, TCP, TLS, proxies."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from pipeline.service.client import Service
from pipeline.service.key import Key
from schemas.states import Verdict
from tests.a_service import BODY, NAME, SECRET, accept, served, submit
from tests.loopback import answer, loopback

CERTIFICATE = Path(__file__).parent / "data" / "untrusted-certificate.pem"


def test_a_refused_connection_placed_nothing():
    async def run():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        async with Service(f"http://127.0.0.1:{port}", Key(SECRET), timeout=5) as service:
            return await service.submit(BODY, NAME)

    got = asyncio.run(run())
    assert (got.verdict, got.code) == (Verdict.NOT_PLACED, "not_sent")
    assert got.message.startswith("no connection could be made (")


def test_a_name_that_does_not_resolve_placed_nothing(monkeypatch):
    async def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def run():
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
        async with Service("https://nowhere.invalid", Key(SECRET), timeout=5) as service:
            return await service.submit(BODY, NAME)

    assert asyncio.run(run()).verdict is Verdict.NOT_PLACED


def test_a_name_look_up_that_hangs_placed_nothing(monkeypatch):
    async def hangs(*_args, **_options):
        await asyncio.sleep(60)

    async def run():
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", hangs)
        async with Service("https://nowhere.invalid", Key(SECRET), timeout=0.1) as service:
            return await service.submit(BODY, NAME)

    got = asyncio.run(run())
    assert got.verdict is Verdict.NOT_PLACED
    assert got.message.startswith("no connection could be made in time; look at")


@pytest.fixture
def tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def test_an_untrusted_certificate_placed_nothing(tls):
    got, seen = submit(accept, tls=tls)
    assert (got.verdict, seen.posts) == (Verdict.NOT_PLACED, 0)
    assert "CERTIFICATE_VERIFY_FAILED" in got.message


def test_a_certificate_that_the_environment_trusts_is_taken(tls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    got, seen = submit(accept, tls=tls)
    assert (got.verdict, seen.posts) == (Verdict.ACCEPTED, 1)


def test_a_tls_handshake_that_hangs_placed_nothing():
    got, seen = served(
        lambda connection: connection.reader.read(-1),
        lambda service: service.submit(BODY, NAME),
        timeout=0.3,
        scheme="https",
    )
    assert (got.verdict, seen.connections) == (Verdict.NOT_PLACED, 1)


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert submit(accept)[0].verdict is Verdict.ACCEPTED


def through_proxy(behaviour, monkeypatch, timeout=5.0):
    async def run():
        async with loopback(behaviour) as seen:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{seen.port}")
            async with Service("https://api.elevenlabs.io", Key(SECRET), timeout=timeout) as service:
                return await service.submit(BODY, NAME), seen

    return asyncio.run(run())


@pytest.mark.parametrize("raw", [answer("407 Proxy Authentication Required", b""), answer("502 Bad Gateway", b""), b""])
def test_a_proxy_that_makes_no_tunnel_placed_nothing_and_never_sees_the_key(monkeypatch, raw):
    async def behaviour(connection):
        await connection.request()
        await connection.say(raw)

    got, seen = through_proxy(behaviour, monkeypatch)
    assert (got.verdict, seen.posts) == (Verdict.NOT_PLACED, 0)
    assert seen.requests[0].startswith(b"CONNECT api.elevenlabs.io:443 ")
    assert SECRET.encode() not in b"".join(seen.requests)


def test_a_proxy_that_hangs_placed_nothing(monkeypatch):
    async def behaviour(connection):
        await connection.request()
        await asyncio.sleep(60)

    assert through_proxy(behaviour, monkeypatch, timeout=0.2)[0].verdict is Verdict.NOT_PLACED
