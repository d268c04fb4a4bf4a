"""UDP sockets to resolvers: a few connected ones, rotated, with random ports and ids (RFC 5452)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any, Protocol

from scanner.net.upstream import Upstream
from scanner.net.wire import answers, encode_query, refusal

RECEIVE_BUFFER = 4 << 20  # a burst of 300 answers overflows the usual one
MAX_DATAGRAM = 4096
QUESTIONS_A_SOCKET = 20_000  # then a new one, on a new port
DATAGRAMS_A_TURN = 64  # so that a flood of packets does not hold up the rest of the loop


class Waits(Protocol):
    """What holds questions until they are answered: a socket, a kept connection."""

    pending: dict[int, Sent]


class Sent:
    """A question that went out and may still be answered: to whom, when, under which id, on which connection."""

    __slots__ = ("at", "ident", "link", "question", "token", "upstream")

    def __init__(self, upstream: Upstream, question: bytes, token: Any, at: float) -> None:
        self.upstream = upstream
        self.question = question
        self.token = token
        self.at = at
        self.ident = 0
        self.link: Waits | None = None

    def forget(self) -> None:
        """No longer wait for it."""
        if self.link is not None:
            self.link.pending.pop(self.ident, None)
            self.link = None


Receive = Callable[[Sent, bytes], None]


class Idents:
    """Random message ids that are not in use."""

    def __init__(self) -> None:
        self._random: list[int] = []

    def take(self, pending: dict[int, Sent]) -> int:
        """One that `pending` does not hold."""
        while True:
            if not self._random:
                self._random = memoryview(os.urandom(2048)).cast("H").tolist()
            ident = self._random.pop()
            if ident not in pending:
                return ident


class Link:
    """One connected UDP socket; the kernel drops what does not come from the resolver's own address and port."""

    def __init__(self, upstream: Upstream, loop: asyncio.AbstractEventLoop, receive: Receive) -> None:
        family = socket.AF_INET6 if ":" in upstream.host else socket.AF_INET
        self.pending: dict[int, Sent] = {}
        self.sent = 0
        self._loop = loop
        self._receive = receive
        self._idents = Idents()
        self._outbox: list[bytes] = []
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._socket.connect((upstream.host, upstream.port))
        except OSError:
            self._socket.close()
            raise
        self.local: tuple[str, int] = self._socket.getsockname()[:2]
        loop.add_reader(self._socket.fileno(), self._readable)

    @property
    def sending(self) -> bool:
        """True while questions of this turn of the loop wait to go out."""
        return bool(self._outbox)

    def send(self, sent: Sent, edns: bool) -> None:
        """Put a question on the wire, with all the others of this turn of the loop.

        Packets sent back to back wake the other side up once; one by one they cost several times as much.
        """
        ident = self._idents.take(self.pending)
        sent.ident, sent.link = ident, self
        self.pending[ident] = sent
        self.sent += 1
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(encode_query(ident, sent.question, edns))

    def close(self) -> None:
        """Close the socket; what is pending stays unanswered."""
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self.pending.clear()
        self._outbox.clear()

    def _flush(self) -> None:
        send = self._socket.send
        for packet in self._outbox:
            try:
                send(packet)
            except OSError:  # full, or an ICMP error of an earlier packet: once more, then the time-out decides
                with contextlib.suppress(OSError):
                    send(packet)
        self._outbox.clear()

    def _readable(self) -> None:
        receive, pending = self._socket.recv, self.pending
        for _ in range(DATAGRAMS_A_TURN):
            try:
                data = receive(MAX_DATAGRAM)
            except OSError:  # drained, or ICMP unreachable, which anyone could have sent: the time-out decides
                return
            sent = pending.get(data[0] << 8 | data[1]) if len(data) > 11 else None
            if sent is not None and (answers(data, sent.question) or refusal(data)):
                sent.forget()
                self._receive(sent, data)


class Links:
    """The sockets to one resolver."""

    def __init__(self, upstream: Upstream, loop: asyncio.AbstractEventLoop, receive: Receive, count: int = 4) -> None:
        self._upstream = upstream
        self._loop = loop
        self._receive = receive
        self._count = count
        self.open: list[Link] = []
        self._old: list[Link] = []
        self._turn = 0

    def send(self, sent: Sent, edns: bool) -> bool:
        """Send on the next socket in turn; False when there is no way to the resolver now.

        All questions of one turn of the loop take the same: their answers come together, and are read together.
        """
        try:
            if len(self.open) < self._count:
                link = Link(self._upstream, self._loop, self._receive)
                self.open.append(link)
            else:
                if not self.open[self._turn].sending:
                    self._turn = (self._turn + 1) % self._count
                link = self.open[self._turn]
            if link.sent >= QUESTIONS_A_SOCKET:
                self._old.append(link)
                link = self.open[self._turn] = Link(self._upstream, self._loop, self._receive)
        except OSError:
            return False
        link.send(sent, edns)
        return True

    def sweep(self) -> None:
        """Close the replaced sockets that nothing waits on."""
        for link in [link for link in self._old if not link.pending]:
            self._old.remove(link)
            link.close()

    async def close(self) -> None:
        """Close them all."""
        for link in self.open + self._old:
            link.close()
        self.open.clear()
        self._old.clear()
