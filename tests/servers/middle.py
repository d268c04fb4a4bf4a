"""Those in the middle: a relay that truncates everything by UDP, one that forges answers beside the true ones."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import dns.flags
import dns.message
import dns.rrset

from .processes import HOST, free_port

FORGED = "6.6.6.6"
Send = Callable[[bytes], None]


class _Relay(asyncio.DatagramProtocol):
    """UDP: each client has a socket of its own to the server; `hear` sees every query before it is sent on."""

    def __init__(self, upstream: int, hear: Callable[[bytes, tuple[str, int], Send], bool]) -> None:
        self.upstream = upstream
        self.hear = hear
        self.onward: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.DatagramTransport = transport  # type: ignore[assignment]
        side = transport.get_extra_info("socket")
        side.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.hear(data, addr, lambda packet: self.transport.sendto(packet, addr)):
            task = asyncio.get_running_loop().create_task(self._on(data, addr))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _on(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr not in self.onward:
            relay = self

            class Back(asyncio.DatagramProtocol):
                def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
                    relay.transport.sendto(data, addr)

            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(Back, remote_addr=(HOST, self.upstream))
            self.onward.setdefault(addr, transport)
        self.onward[addr].sendto(data)

    def close(self) -> None:
        for transport in [self.transport, *self.onward.values()]:
            transport.close()


@asynccontextmanager
async def truncating(upstream: int) -> AsyncIterator[int]:
    """A resolver whose every answer by UDP is empty and truncated; by TCP it is the one at `upstream`."""
    port = free_port()

    def truncate(query: bytes, _: tuple[str, int], send: Send) -> bool:
        parsed = dns.message.from_wire(query)
        response = dns.message.make_response(parsed, recursion_available=True)
        response.flags |= dns.flags.TC
        send(response.to_wire())
        return False

    async def by_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, upstream)
        await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))

    server = await asyncio.start_server(by_tcp, HOST, port, backlog=1024)
    try:
        async with _relaying(port, upstream, truncate):
            yield port
    finally:
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
            lie = _lie(parsed)
            wrong_type = dns.message.make_query(name, "HINFO", id=ident)
            wrong_name = dns.message.make_query("victim.lab.", parsed.question[0].rdtype, id=ident)
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

        async with _relaying(port := free_port(), upstream, forge):
            yield port, forged


def _lie(query: dns.message.Message) -> bytes:
    response = dns.message.make_response(query, recursion_available=True)
    response.answer.append(dns.rrset.from_text(query.question[0].name, 300, "IN", "A", FORGED))
    return response.to_wire()


@asynccontextmanager
async def _relaying(
    port: int, upstream: int, hear: Callable[[bytes, tuple[str, int], Send], bool]
) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    _, relay = await loop.create_datagram_endpoint(lambda: _Relay(upstream, hear), local_addr=(HOST, port))
    try:
        yield
    finally:
        relay.close()
        await asyncio.gather(*relay.tasks, return_exceptions=True)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
