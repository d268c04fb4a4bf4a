"""Behind a proxy: which requests go through it, and that the guard holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from scanner import ask
from scanner.model import Status
from scanner.net.proxies import Proxies, proxies_of

from .conftest import HOST, Start, Web
from .servers import Zone, page

PUBLIC = "8.8.8.8"  # of the names of these tests; the proxy leads it back to loopback


@dataclass
class Proxy:
    """What a proxy was asked: first lines of requests. `refuses`: it answers 403 to everything."""

    port: int = 0
    lines: list[str] = field(default_factory=list)
    refuses: bool = False

    @property
    def settings(self) -> Proxies:
        url = f"http://127.0.0.1:{self.port}"
        return Proxies(https=url, http=url, bypass=("direct.test",))


@asynccontextmanager
async def proxy_server(target_port: int) -> AsyncIterator[Proxy]:
    """A proxy whose whole world is one port of loopback."""
    proxy = Proxy()
    tasks: set[asyncio.Task[None]] = set()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await lead(reader, writer)
        finally:
            writer.close()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line = head.decode("latin-1").split("\r\n")[0]
        proxy.lines.append(line)
        if proxy.refuses:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        inner_reader, inner = await asyncio.open_connection("127.0.0.1", target_port)
        if line.startswith("CONNECT "):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            inner.write(head)
        try:
            await asyncio.gather(pipe(reader, inner), pipe(inner_reader, writer), return_exceptions=True)
        finally:
            inner.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_tls_is_tunnelled_to_the_address_that_our_dns_gave(network: Start, web: Web, zone: Zone) -> None:
    zone.records[(HOST, "A")] = [PUBLIC]
    async with (
        web.tls(page(b"ok", "200 OK", "X-From: site")) as site,
        proxy_server(site.port) as proxy,
        network(proxies=proxy.settings, allow_private=False) as net,
    ):
        answer = await net(ask.http(f"https://{HOST}/"))
        chain = await net(ask.tls("ville.test", 443))
    assert answer.values[0]["headers"][-1] == ["x-from", "site"]
    assert answer.values[0]["ip"] == PUBLIC
    assert site.requests[0].host == HOST
    assert (chain.status, chain.reason) == (Status.FAILED, "blocked")  # loopback, whatever a proxy could reach
    assert proxy.lines == [f"CONNECT {PUBLIC}:443 HTTP/1.1"]


async def test_a_chain_is_read_through_the_tunnel_and_judged_by_the_private_authority(
    network: Start, web: Web, zone: Zone
) -> None:
    zone.records[(HOST, "A")] = [PUBLIC]
    async with (
        web.tls(page(b"")) as site,
        proxy_server(site.port) as proxy,
        network(proxies=proxy.settings, allow_private=False) as net,
    ):
        answer = await net(ask.tls(HOST))
    assert answer.verify == "ok"
    assert site.requests == []


async def test_a_plain_page_is_asked_of_the_proxy_by_name(network: Start, web: Web, zone: Zone) -> None:
    zone.records[("plain.test", "A")] = [PUBLIC]
    async with (
        web.plain(page(b"ok")) as site,
        proxy_server(site.port) as proxy,
        network(proxies=proxy.settings, allow_private=False) as net,
    ):
        answer = await net(ask.http("http://plain.test/x"))
    assert answer.values[0]["status"] == 200
    assert proxy.lines == ["GET http://plain.test/x HTTP/1.1"]


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::1"])
async def test_the_guard_holds_before_the_proxy_is_asked(network: Start, zone: Zone, address: str) -> None:
    zone.records[("inner.test", "AAAA" if ":" in address else "A")] = [address]
    async with proxy_server(9) as proxy, network(proxies=proxy.settings, allow_private=False) as net:
        for question in (ask.http("http://inner.test/"), ask.http("https://inner.test/"), ask.tls("inner.test")):
            answer = await net(question)
            assert (answer.status, answer.reason) == (Status.FAILED, "blocked"), question
    assert proxy.lines == []


async def test_hosts_of_no_proxy_are_reached_without_it(network: Start, web: Web, zone: Zone) -> None:
    zone.records[("www.direct.test", "A")] = ["127.0.0.1"]
    async with web.plain(page(b"ok")) as site, proxy_server(9) as proxy, network(proxies=proxy.settings) as net:
        assert (await net(ask.http(f"http://www.direct.test:{site.port}/"))).status is Status.OK
    assert proxy.lines == []


async def test_a_proxy_that_refuses_is_no_answer_of_the_host(network: Start, zone: Zone) -> None:
    zone.records[(HOST, "A")] = [PUBLIC]
    async with proxy_server(9) as proxy, network(proxies=proxy.settings, allow_private=False) as net:
        proxy.refuses = True
        for question in (ask.http(f"https://{HOST}/"), ask.tls(HOST)):
            answer = await net(question)
            assert (answer.status, answer.reason) == (Status.FAILED, "connect")


def test_the_environment_is_read_as_other_programs_do() -> None:
    proxies = proxies_of({"HTTPS_PROXY": "proxy.test:3128", "NO_PROXY": " .inner.test, 192.0.2.0/24 ,*.far.test"})
    assert proxies == Proxies("http://proxy.test:3128", "", (".inner.test", "192.0.2.0/24", "*.far.test"))
    assert proxies.choose("https", "ville.test", "8.8.8.8") == "http://proxy.test:3128"
    assert proxies.choose("http", "ville.test", "8.8.8.8") == ""
    for host, address in (("a.inner.test", "8.8.8.8"), ("inner.test", ""), ("x.test", "192.0.2.7"), ("b.far.test", "")):
        assert proxies.choose("https", host, address) == "", host
    assert proxies.choose("https", "notinner.test") != ""
    assert proxies_of({"all_proxy": "http://p.test"}) == Proxies("http://p.test", "http://p.test")
    assert proxies_of({"HTTP_PROXY": "http://evil.test", "REQUEST_METHOD": "GET"}).http == ""
    assert Proxies("http://p.test", bypass=("*",)).choose("https", "ville.test") == ""
    assert Proxies("http://p.test").choose("https", "localhost") == ""
