"""A server on loopback that does to a connection exactly what a test says, and counts what it was asked."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[["Connection"], Awaitable[None]]


@dataclass
class Connection:
    """One connection as the server sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> bytes:
        """Read one whole request: its head, then as many bytes as its content-length says."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await self.reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b""
        return head + body

    async def say(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(raw)
        await self.writer.drain()

    def cut(self) -> None:
        """Reset the connection."""
        self.writer.transport.abort()


@dataclass
class Loopback:
    """What a server has seen: connections, and whole requests."""

    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    @property
    def posts(self) -> int:
        return sum(request.startswith(b"POST ") for request in self.requests)


@asynccontextmanager
async def loopback(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Loopback]:
    """Serve every connection by `behaviour` until the block ends."""
    seen, running = Loopback(), set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(asyncio.current_task())
        seen.connections += 1
        connection = _Counting(reader, writer, seen)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await behaviour(connection)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@dataclass
class _Counting(Connection):
    seen: Loopback

    async def request(self) -> bytes:
        request = await super().request()
        self.seen.requests.append(request)
        return request


def answer(status: str, body: bytes, *headers: str) -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body
