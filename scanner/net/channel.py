"""DNS over one kept connection to a resolver, questions pipelined: TLS (RFC 7858), or plain TCP (RFC 7766)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from scanner.net.udp import Idents, Link, Receive, Sent
from scanner.net.upstream import Upstream
from scanner.net.wire import answers, encode_query, refusal

CONNECT_SECONDS = 5.0

Trouble = Callable[[Sent, str], None]
"""Called with a question that cannot go out, and why: tls (the resolver cannot prove itself) or connect."""


class Channel(asyncio.Protocol):
    """Connects when there is something to ask, and again after the resolver hung up (as they may, when idle)."""

    def __init__(
        self,
        upstream: Upstream,
        loop: asyncio.AbstractEventLoop,
        receive: Receive,
        trouble: Trouble,
        context: ssl.SSLContext | None,
    ) -> None:
        self.open: list[Link] = []  # no UDP sockets
        self.pending: dict[int, Sent] = {}
        self._upstream = upstream
        self._loop = loop
        self._receive = receive
        self._trouble = trouble
        self._context = context
        self._idents = Idents()
        self._transport: asyncio.Transport | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._answered = False  # on this connection
        self._closed = False
        self._outbox: list[bytes] = []
        self._buffer = bytearray()

    def send(self, sent: Sent, edns: bool) -> bool:
        """Ask now, or as soon as a connection stands."""
        sent.ident, sent.link = self._idents.take(self.pending), self
        self.pending[sent.ident] = sent
        if self._transport is not None:
            self._write(sent)
        elif self._connecting is None:
            self._connecting = self._loop.create_task(self._connect())
        return True

    def sweep(self) -> None:
        """Nothing to tidy up."""

    async def close(self) -> None:
        """Hang up."""
        self._closed = True
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._transport is not None:
            self._transport.abort()
        self.pending.clear()

    async def _connect(self) -> None:
        place, why = self._upstream, "connect"
        name = (place.name or place.host) if self._context is not None else None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._loop.create_connection(
                    lambda: self, place.host, place.port, ssl=self._context, server_hostname=name
                )
            why = ""
        except ssl.SSLError:
            why = "tls"
        except OSError:  # refused, reset, or too slow
            pass
        finally:
            self._connecting = None
        if why:
            self._give_up(why)

    def _give_up(self, why: str) -> None:
        for sent in list(self.pending.values()):
            sent.forget()
            self._trouble(sent, why)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what waited."""
        self._transport = cast(asyncio.Transport, transport)
        self._answered = False
        self._buffer.clear()
        for sent in self.pending.values():
            self._write(sent)

    def connection_lost(self, exc: Exception | None) -> None:
        """What it still owes is asked again, once for each connection that answered anything."""
        self._transport = None
        self._outbox.clear()
        if self._closed or not self.pending:
            return
        if not self._answered:
            self._give_up("connect")
        elif self._connecting is None:
            self._connecting = self._loop.create_task(self._connect())

    def data_received(self, data: bytes) -> None:
        """Whole messages to who waits for them, in whatever order they come (RFC 7766, 6.2.1.1)."""
        self._buffer += data
        start, whole = 0, bytes(self._buffer)
        while len(whole) - start >= 2:
            end = start + 2 + int.from_bytes(whole[start : start + 2], "big")
            if end > len(whole):
                break
            self._message(whole[start + 2 : end])
            start = end
        del self._buffer[:start]

    def _message(self, data: bytes) -> None:
        sent = self.pending.get(int.from_bytes(data[:2], "big")) if len(data) > 11 else None
        if sent is not None and (answers(data, sent.question) or refusal(data)):
            self._answered = True
            sent.forget()
            self._receive(sent, data)

    def _write(self, sent: Sent) -> None:
        query = encode_query(sent.ident, sent.question)
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(len(query).to_bytes(2, "big") + query)

    def _flush(self) -> None:
        """All questions of one turn of the loop in one record."""
        if self._transport is not None and self._outbox:
            self._transport.write(b"".join(self._outbox))
        self._outbox.clear()
