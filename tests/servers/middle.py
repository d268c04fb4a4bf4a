"""Those in the middle: a relay that truncates everything by UDP, one that forges answers beside the true ones."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import dns.message
import dns.name
import dns.rrset

from .processes import HOST, free_port

FORGED = "6.6.6.6"
VICTIM = dns.name.from_text("victim.lab.")
Send = Callable[[bytes], None]


class _Relay:
    """UDP: each client has a socket of its own to the server; `hear` sees every query and says if it is sent on."""

    def __init__(self, port: int, upstream: int, hear: Callable[[bytes, tuple[str, int], Send], bool]) -> None:
        self.upstream = upstream
        self.hear = hear
        self.loop = asyncio.get_running_loop()
        self.onward: dict[tuple[str, int], socket.socket] = {}
        self.near = _udp_socket()
        self.near.bind((HOST, port))
        self.loop.add_reader(self.near, self._query)

    def _query(self) -> None:
        data, addr = self.near.recvfrom(65535)
        if not self.hear(data, addr, lambda packet: self._back(packet, addr)):
            return
        if addr not in self.onward:
            far = self.onward[addr] = _udp_socket()
            far.connect((HOST, self.upstream))
            self.loop.add_reader(far, lambda: self._back(far.recv(65535), addr))
        self.onward[addr].send(data)

    def _back(self, data: bytes, addr: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):  # the client has gone
            self.near.sendto(data, addr)

    def close(self) -> None:
        for side in [self.near, *self.onward.values()]:
            self.loop.remove_reader(side)
            side.close()


def _udp_socket() -> socket.socket:
    side = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    side.setblocking(False)
    side.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    return side


@asynccontextmanager
async def truncating(upstream: int) -> AsyncIterator[int]:
    """A resolver whose every answer by UDP is empty and truncated; by TCP it is the one at `upstream`."""
    port = free_port()

    def truncate(query: bytes, _: tuple[str, int], send: Send) -> bool:
        send(query[:2] + b"\x83\x80\0\1" + bytes(6) + query[12 : query.index(0, 12) + 5])
        return False

    async def by_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, upstream)
        await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))

    server = await asyncio.start_server(by_tcp, HOST, port, backlog=1024)
    relay = _Relay(port, upstream, truncate)
    try:
        yield port
    finally:
        relay.close()
        server.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def forging(upstream: int) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A way to a resolver on which somebody answers first: with another id, about another question or name, from
    another port, with a query for an answer. Yields the port and what was forged."""
    forged: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind((HOST, 0))

        def forge(query: bytes, addr: tuple[str, int], send: Send) -> bool:
            parsed = dns.message.from_wire(query)
            name, ident = parsed.question[0].name, parsed.id
            if name == VICTIM:
                return True
            lie = _lie(parsed)
            wrong_type = dns.message.make_query(name, "HINFO", id=ident)
            wrong_name = dns.message.make_query(VICTIM, parsed.question[0].rdtype, id=ident)
            packets = [
                (ident ^ 1).to_bytes(2, "big") + lie[2:],
                _lie(wrong_type), _lie(wrong_name),
                lie[:2] + bytes([lie[2] & 0x7F]) + lie[3:],
                b"", lie[:7], lie[:12],
            ]  # fmt: skip
            for packet in packets:
                send(packet)
            elsewhere.sendto(lie, addr)  # all of it right but for whence it comes
            forged.extend([*packets, lie])
            return True

        relay = _Relay(port := free_port(), upstream, forge)
        try:
            yield port, forged
        finally:
            relay.close()


def _lie(query: dns.message.Message) -> bytes:
    response = dns.message.make_response(query, recursion_available=True)
    response.answer.append(dns.rrset.from_text(query.question[0].name, 300, "IN", "A", FORGED))
    return response.to_wire()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
    finally:  # also when the test ends first
        writer.close()
