"""A forward proxy on loopback for one page load: our own DNS, the address guard and the byte limit, for a browser.

A browser that goes through it resolves no name itself, so that no redirect, rebinding answer, web socket or service
worker gets around the guard; what it contacted is known here even where its own events do not tell.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scanner.ask import is_address
from scanner.net.web import OTHER_PORTS

HOST = "127.0.0.1"
MAX_HEAD = 64 << 10
CHUNK = 64 << 10
CONNECT_SECONDS = 10.0
HEAD_SECONDS = 30.0
MAX_CONNECTIONS = 600  # of one page load

Resolve = Callable[[str], Awaitable[tuple[tuple[str, ...], str]]]
"""Addresses of a host, or none and the reason code."""


@dataclass(frozen=True, slots=True)
class Way:
    """How hosts are reached: `resolve`, the guard `may_connect`, `connect_to` that every connection goes to (labs)."""

    resolve: Resolve
    may_connect: Callable[[str, int], bool]
    connect_to: tuple[str, int] | None = None


@dataclass(slots=True)
class Contacts:
    """What went through: `addresses` by host, `failures` (reason code by host), payload `bytes` towards the browser,
    `cut` where a limit ended it ("bytes" or "connections")."""

    addresses: dict[str, str] = field(default_factory=dict)
    secure: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    connections: int = 0
    cut: str = ""


ROUNDS = 5
"""Turns of the loop in which what was accepted at the last moment gets its task, which must end, too."""


class _RefusedError(Exception):
    """A connection that is not made; carries the reason code."""


class PageProxy:
    """`async with PageProxy(way, max_bytes) as proxy`: give a browser `proxy.url`; leaving drops every connection."""

    def __init__(self, way: Way, max_bytes: int) -> None:
        self.contacts = Contacts()
        self._way = way
        self._max_bytes = max_bytes
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> PageProxy:
        """Listen on a free port of loopback."""
        self._server = await asyncio.start_server(self._accept, HOST, 0, limit=MAX_HEAD)
        self.url = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for _turn in range(ROUNDS):
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await self._serve(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the browser or the host has gone, or the page is over: each sees it on its side
        finally:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        method, _, rest = head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        target = rest.partition(" ")[0]
        tunnel = method == "CONNECT"
        try:
            parts = urlsplit(f"//{target}" if tunnel else target)
            host, port = (parts.hostname or "").rstrip("."), parts.port or (443 if tunnel else 80)
        except ValueError:
            host, port = "", 0
        try:
            if not host or (not tunnel and parts.scheme != "http"):
                raise _RefusedError("malformed")
            far_reader, far_writer = await self._connect(host, port, secure=tunnel)
        except _RefusedError as error:
            self.contacts.failures[host] = str(error)
            code = b"403 Forbidden" if str(error) == "blocked" else b"502 Bad Gateway"
            writer.write(b"HTTP/1.1 " + code + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        try:
            if tunnel:
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                path = target.partition("://")[2].partition("/")[2]
                far_writer.write(_origin_form(head, method, f"/{path}"))
            await self._both(reader, writer, far_reader, far_writer, plain=not tunnel)
        finally:
            far_writer.transport.abort()

    async def _connect(
        self, host: str, port: int, *, secure: bool
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        contacts = self.contacts
        if contacts.cut or contacts.connections >= MAX_CONNECTIONS:
            contacts.cut = contacts.cut or "connections"
            raise _RefusedError("too-large")
        contacts.connections += 1
        if port in OTHER_PORTS:
            raise _RefusedError("blocked")
        addresses, why = ((host,), "") if is_address(host) else await self._way.resolve(host)
        if not addresses:
            raise _RefusedError(why or "nodata")
        refused = "blocked"
        for address in addresses:
            place = self._way.connect_to or (address, port)
            if not self._way.may_connect(*place):
                continue
            try:
                async with asyncio.timeout(CONNECT_SECONDS / len(addresses)):
                    streams = await asyncio.open_connection(*place)
            except TimeoutError:
                refused = "timeout"
            except OSError:
                refused = "connect"
            else:
                contacts.addresses[host] = address
                if secure:
                    contacts.secure.add(host)
                return streams
        raise _RefusedError(refused)

    async def _both(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
        *,
        plain: bool,
    ) -> None:
        """Carry both ways until the host's side ends. A plain answer says that its connection closes: the browser must
        not send a request for another host down it."""
        up = asyncio.create_task(_pump(reader, far_writer))
        try:
            if plain:
                writer.write(_closing(await far_reader.readuntil(b"\r\n\r\n")))
            while chunk := await far_reader.read(CHUNK):
                self.contacts.bytes += len(chunk)
                if self.contacts.bytes > self._max_bytes:
                    self.contacts.cut = "bytes"
                    return
                writer.write(chunk)
                await writer.drain()
        finally:
            up.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await up


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()


def _origin_form(head: bytes, method: str, path: str) -> bytes:
    """A request to a proxy as a request to the host itself (RFC 9112, section 3.2), for one exchange."""
    _, _, fields = head.partition(b"\r\n")
    return f"{method} {path} HTTP/1.1\r\n".encode("latin-1") + _closing(b"\r\n" + fields)[2:]


def _closing(head: bytes) -> bytes:
    """A head whose connection ends after it (RFC 9112, section 9.6)."""
    first, *fields = head[:-4].split(b"\r\n")
    kept = [f for f in fields if not f.lower().startswith((b"connection:", b"proxy-connection:", b"keep-alive:"))]
    return b"\r\n".join([first, *kept, b"Connection: close", b"", b""])
