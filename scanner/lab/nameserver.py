"""The lab's name server: one port of 127.0.0.1, over UDP and TCP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode

from scanner.lab.world import NameFault
from scanner.lab.zones import UDP_SIZE, Zones

HOST = "127.0.0.1"
TCP_IDLE = 5.0  # seconds
MAX_SIZE = 65535  # what the length before a message over TCP can say (RFC 1035, 4.2.2)
BIND_TRIES = 20
_RCODES = {NameFault.SERVFAIL: dns.rcode.SERVFAIL, NameFault.REFUSED: dns.rcode.REFUSED}


class NameServer:
    """Answers from `zones` until closed."""

    def __init__(self, zones: Zones) -> None:
        self.port = 0
        self._zones = zones
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open both transports on one free port. Raises OSError when none is found."""
        loop = asyncio.get_running_loop()
        udp, tcp = _pair()
        self.port = udp.getsockname()[1]
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=udp)
        self._tcp = await asyncio.start_server(self._serve, sock=tcp)

    async def close(self) -> None:
        """Stop answering and drop the open connections."""
        if self._udp:
            self._udp.close()
        if self._tcp:
            self._tcp.close()
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        await asyncio.sleep(0)  # lets the datagram transport close its socket

    def reply(self, wire: bytes, stream: bool) -> bytes | None:
        """The response to one query, or None where none is sent: a fault, or what is not a query."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return _format_error(wire)
        if query.flags & dns.flags.QR:
            return None  # never answer an answer: two servers would talk for ever
        return self._reply(query, stream)

    def _reply(self, query: dns.message.Message, stream: bool) -> bytes | None:
        fault = self._zones.fault(query.question[0].name) if query.question else None
        if fault is NameFault.SILENT:
            return None
        if fault in _RCODES:
            response = dns.message.make_response(query, recursion_available=True)
            response.set_rcode(_RCODES[fault])
            return response.to_wire()
        wire = self._zones.respond(query).to_wire(max_size=MAX_SIZE)
        limit = max(512, min(query.payload, UDP_SIZE)) if query.edns >= 0 else 512  # RFC 6891, 6.2.3
        if stream:
            return wire
        return _truncated(query) if fault is NameFault.TRUNCATED or len(wire) > limit else wire

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._clients.add(task)
        try:
            while True:
                async with asyncio.timeout(TCP_IDLE):
                    (length,) = struct.unpack("!H", await reader.readexactly(2))
                    wire = self.reply(await reader.readexactly(length), stream=True)
                if wire is not None:
                    writer.write(struct.pack("!H", len(wire)) + wire)
                    await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the lab closes
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            if task:
                self._clients.discard(task)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        wire = self._server.reply(data, stream=False)
        if wire is not None and self._transport and not self._transport.is_closing():
            self._transport.sendto(wire, addr)


def _pair() -> tuple[socket.socket, socket.socket]:
    """A datagram socket and a listening stream socket on one free port."""
    for _ in range(BIND_TRIES):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            udp.bind((HOST, 0))
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            tcp.bind(udp.getsockname())
        except OSError:
            udp.close()
            tcp.close()
            continue
        for sock in (udp, tcp):
            sock.setblocking(False)
        return udp, tcp
    raise OSError(f"no port of {HOST} is free for both UDP and TCP after {BIND_TRIES} tries")


def _truncated(query: dns.message.Message) -> bytes:
    response = dns.message.make_response(query, recursion_available=True, our_payload=UDP_SIZE)
    response.flags |= dns.flags.TC
    return response.to_wire()


def _format_error(wire: bytes) -> bytes | None:
    """FORMERR to what has a header at least; nothing to less (RFC 1035, 4.1.1)."""
    if len(wire) < 12 or wire[2] & 0x80:
        return None
    return wire[:2] + bytes([0x80 | (wire[2] & 0x79), 0x80 | dns.rcode.FORMERR]) + bytes(8)
