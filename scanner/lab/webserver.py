"""The lab's web server: one port of 127.0.0.1 that speaks HTTP/1.1, over TLS when the client does."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

from scanner.lab.certificates import Authority
from scanner.lab.routing import Request, Routes, parse, response
from scanner.lab.world import Certificate, SiteFault

HOST = "127.0.0.1"
SLOW_SECONDS = 0.3
REQUEST_SECONDS = 10.0
MAX_HEAD = 16 << 10
BACKLOG = 512
RETRY_SECONDS = 0.05
_TLS_HANDSHAKE = b"\x16"  # the first byte of a ClientHello's record (RFC 8446, 5.1)
_GARBAGE = b"\x00\x01 this is not HTTP \xff\r\n\r\n"


class WebServer:
    """Serves every host of a world until closed."""

    def __init__(self, routes: Routes, authority: Authority) -> None:
        self.port = 0
        self._routes = routes
        self._authority = authority
        self._front = _front(authority, routes.certificate)
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on a free port."""
        listener = socket.create_server((HOST, 0), backlog=BACKLOG)
        listener.setblocking(False)
        self._listener, self.port = listener, listener.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept(listener))

    async def close(self) -> None:
        """Stop listening and drop the open connections."""
        tasks = [task for task in (self._accepting, *self._clients) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._listener:
            self._listener.close()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, _ = await loop.sock_accept(listener)
            except OSError:  # no descriptor is free: those being served will give theirs back
                await asyncio.sleep(RETRY_SECONDS)
                continue
            client = asyncio.create_task(self._serve(sock))
            self._clients.add(client)
            client.add_done_callback(self._clients.discard)

    async def _serve(self, sock: socket.socket) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                first = await _peek(sock)
                if not first:
                    sock.close()
                    return
                reader, writer = await _streams(sock, self._front if first == _TLS_HANDSHAKE else None)
        except (OSError, TimeoutError, asyncio.CancelledError):
            sock.close()  # no connection, no handshake, or the lab closes: the client sees it on its side
            return
        try:
            await self._talk(reader, writer, secure=first == _TLS_HANDSHAKE)
            writer.close()
            await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secure: bool) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        request = parse(head, secure)
        if request is None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        await self._answer(request, reader, writer)
        await writer.drain()

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = self._routes.fault(request)
        if fault is SiteFault.RESET:
            writer.transport.abort()
            return
        if fault is SiteFault.GARBAGE:
            writer.write(_GARBAGE)
            return
        if fault is SiteFault.SILENT:
            await reader.read()  # until the client gives up
            return
        if fault is SiteFault.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        writer.write(response(request, self._routes.page(request)))


def _front(authority: Authority, certificate: Callable[[str], Certificate | None]) -> ssl.SSLContext:
    """The context of every handshake: the name asked for (SNI, RFC 6066) swaps in the context of that host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])

    def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
        host = (name or "").lower()
        spec = certificate(host)
        if spec is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = authority.context(host, spec)
        return None

    context.sni_callback = choose
    return context


async def _peek(sock: socket.socket) -> bytes:
    """The first byte that the client sends, left in the socket; empty when it has gone."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    sock.setblocking(False)
    loop.add_reader(sock, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sock)
    return sock.recv(1, socket.MSG_PEEK)


async def _streams(
    sock: socket.socket, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_HEAD, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, sock, ssl=context)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
