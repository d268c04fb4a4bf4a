"""Resolvers over a kept connection: TCP, TLS and HTTPS, with certificates that must verify."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scanner import ask
from scanner.model import Status
from scanner.net import ResolverError
from scanner.net.preflight import Line
from scanner.net.upstream import Place, parse_place

from .conftest import HOST, Start
from .servers import Issued, Zone, dns_server, issue, server_context


@dataclass
class Kept:
    """What a stream resolver saw. `hang_up_after`: messages on one connection, 0 for any number."""

    port: int = 0
    connections: int = 0
    held: list[int] = field(default_factory=list)
    hang_up_after: int = 0


@asynccontextmanager
async def stream_server(zone: Zone, context: ssl.SSLContext | None, hang_up_after: int = 0) -> AsyncIterator[Kept]:
    """Answers in batches and backwards: the last question of a batch first."""
    kept = Kept(hang_up_after=hang_up_after)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept.connections += 1
        answered = 0
        try:
            while True:
                batch = [await one(reader)]
                while True:
                    try:
                        batch.append(await asyncio.wait_for(one(reader), 0.02))
                    except TimeoutError:
                        break
                kept.held.append(len(batch))
                for wire in reversed(batch):
                    for packet in zone.answer(wire, tcp=True):
                        writer.write(len(packet).to_bytes(2, "big") + packet)
                    answered += 1
                    if answered == kept.hang_up_after:
                        await writer.drain()
                        return
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            pass
        finally:
            writer.close()

    async def one(reader: asyncio.StreamReader) -> bytes:
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()


@pytest.fixture
def names(zone: Zone) -> list[str]:
    """Forty names that the resolver knows."""
    found = [f"n{number}.test" for number in range(40)]
    zone.records |= {(name, "A"): [f"192.0.2.{number}"] for number, name in enumerate(found)}
    return found


@pytest.fixture
def leaf(authority: Issued) -> Issued:
    return issue("dns.test", authority, names=["dns.test"])


async def test_many_questions_share_one_tls_connection_and_answers_come_in_any_order(
    zone: Zone, network: Start, names: list[str], leaf: Issued, tmp_path: Path
) -> None:
    context = server_context(tmp_path, leaf)
    async with (
        stream_server(zone, context) as kept,
        network(resolvers=(f"tls://127.0.0.1:{kept.port}#dns.test",), dns_timeout=3.0) as net,
    ):
        answers = await asyncio.gather(*(net(ask.dns(name, "A")) for name in names))
    assert [answer.values for answer in answers] == [(f"192.0.2.{number}",) for number in range(40)]
    assert kept.connections == 1
    assert max(kept.held) > 1
    assert zone.asked == []  # nothing went out in clear


async def test_plain_tcp_and_long_answers(zone: Zone, network: Start) -> None:
    zone.records[("big.test", "TXT")] = [f'"{number:03d}{"x" * 200}"' for number in range(60)]
    async with (
        stream_server(zone, None) as kept,
        network(resolvers=(f"tcp://127.0.0.1:{kept.port}",), dns_timeout=3.0) as net,
    ):
        assert len((await net(ask.dns("big.test", "TXT"))).values) == 60
        assert (await net(ask.dns("nothing.invalid", "A"))).reason == "nxdomain"


async def test_a_resolver_that_hangs_up_is_connected_to_again_and_no_question_is_lost(
    zone: Zone, network: Start, names: list[str], leaf: Issued, tmp_path: Path
) -> None:
    context = server_context(tmp_path, leaf)
    async with (
        stream_server(zone, context, hang_up_after=7) as kept,
        network(resolvers=(f"tls://127.0.0.1:{kept.port}#dns.test",), dns_timeout=3.0) as net,
    ):
        answers = await asyncio.gather(*(net(ask.dns(name, "A")) for name in names))
    assert all(answer.status is Status.OK for answer in answers)
    assert kept.connections == 6


@pytest.mark.parametrize("name", ["", "#other.test"])
async def test_a_tls_resolver_that_cannot_prove_itself_is_asked_nothing(
    zone: Zone, network: Start, leaf: Issued, tmp_path: Path, name: str
) -> None:
    async with (
        stream_server(zone, server_context(tmp_path, leaf)) as kept,
        network(resolvers=(f"tls://127.0.0.1:{kept.port}{name}",)) as net,
    ):
        answer = await net(ask.dns(HOST, "A"))
        assert await net.preflight() is Line.DEAD
    assert (answer.status, answer.reason) == (Status.FAILED, "tls")
    assert zone.by_tcp == []


async def test_another_resolver_is_asked_where_no_one_listens(zone: Zone, network: Start) -> None:
    async with stream_server(zone, None) as kept:
        pass
    async with dns_server(zone) as good, network(resolvers=(f"tcp://127.0.0.1:{kept.port}", good)) as net:
        for number in range(5):
            assert (await net(ask.dns(HOST, ("A", "MX", "TXT", "NS", "AAAA")[number]))).status is not Status.FAILED
    async with network(resolvers=(f"tcp://127.0.0.1:{kept.port}",), dns_tries=1) as net:
        assert (await net(ask.dns(HOST, "A"))).reason == "connect"


@asynccontextmanager
async def doh_server(zone: Zone, context: ssl.SSLContext, status: str = "200 OK") -> AsyncIterator[Kept]:
    """A resolver by HTTPS (RFC 8484) that keeps its connections."""
    kept = Kept()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept.connections += 1
        try:
            while True:
                first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                assert first == "POST /dns-query HTTP/1.1"
                assert headers["content-type"] == "application/dns-message"
                [packet] = zone.answer(await reader.readexactly(int(headers["content-length"])), tcp=True)
                head = f"HTTP/1.1 {status}\r\nContent-Length: {len(packet)}\r\n\r\n"
                writer.write(head.encode() + packet)
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()


async def test_dns_over_https_keeps_its_connections(
    zone: Zone, network: Start, names: list[str], authority: Issued, tmp_path: Path
) -> None:
    context = server_context(tmp_path, issue("localhost", authority, names=["localhost"]))
    async with (
        doh_server(zone, context) as kept,
        network(resolvers=(f"https://localhost:{kept.port}/dns-query",), dns_timeout=3.0) as net,
    ):
        answers = await asyncio.gather(*(net(ask.dns(name, "A")) for name in names))
        missing = await net(ask.dns("nothing.invalid", "A"))
    assert [answer.values for answer in answers] == [(f"192.0.2.{number}",) for number in range(40)]
    assert missing.reason == "nxdomain"
    assert kept.connections <= 4


async def test_an_https_resolver_that_fails_says_how(
    zone: Zone, network: Start, authority: Issued, leaf: Issued, tmp_path: Path
) -> None:
    right = server_context(tmp_path, issue("localhost", authority, names=["localhost"]))
    cases = ((server_context(tmp_path, leaf), "200 OK", "tls"), (right, "503 Busy", "http"))
    for context, status, reason in cases:
        async with (
            doh_server(zone, context, status) as kept,
            network(resolvers=(f"https://localhost:{kept.port}/dns-query",), dns_timeout=3.0, dns_tries=1) as net,
        ):
            assert (await net(ask.dns(HOST, "A"))).reason == reason


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.0.2.1", Place("udp", "192.0.2.1", 53)),
        ("tls://192.0.2.1", Place("tls", "192.0.2.1", 853)),
        ("tls://[2001:db8::1]:8853#DNS.example", Place("tls", "2001:db8::1", 8853, "dns.example")),
        ("tcp://192.0.2.1:5353", Place("tcp", "192.0.2.1", 5353)),
        ("https://dns.example/q", Place("https", "dns.example", 443, url="https://dns.example/q")),
        ("https://192.0.2.1", Place("https", "192.0.2.1", 443, url="https://192.0.2.1/dns-query")),
    ],
)
def test_a_resolver_is_named_by_a_url(text: str, place: Place) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text", ["tls://dns.example", "ftp://192.0.2.1", "https://", "https://a:x/", "tls://192.0.2.1:0"]
)
def test_a_url_that_names_no_resolver_is_told(text: str) -> None:
    with pytest.raises(ResolverError, match="resolver"):
        parse_place(text)
