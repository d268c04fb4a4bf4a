"""The address guard: what is global unicast, and that no way leads around it."""

from __future__ import annotations

import pytest

from scanner import ask
from scanner.model import Status
from scanner.net.certificates import Roots
from scanner.net.fetch import Fetcher, Where
from scanner.net.guard import guard, is_public
from scanner.net.limits import Limits
from scanner.net.web import WebClient

from .conftest import HOST, Start, Web
from .servers import Zone, page

NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "4000::1",
    "localhost",
    "127.1",
    "0x7f000001",
    "2130706433",
]


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "192.0.1.1", "213.186.33.5", "2001:41d0::1", "2a01:e0a::1", "2606:4700::1111"]
)
def test_global_unicast_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_anything_else_is_not(address: str) -> None:
    assert not is_public(address)


async def test_a_private_address_is_refused(network: Start, web: Web) -> None:
    async with web.plain(page(b"secret")) as site, network(allow_private=False) as net:
        for url in (f"http://{HOST}:{site.port}/", f"http://127.0.0.1:{site.port}/", f"http://[::1]:{site.port}/"):
            answer = await net(ask.http(url))
            assert (answer.status, answer.reason) == (Status.FAILED, "blocked")
        chain = await net(ask.tls(HOST, site.port))
        assert (chain.status, chain.reason) == (Status.FAILED, "blocked")
    assert site.connections == 0


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
async def test_a_disguised_address_is_asked_as_a_name(network: Start, web: Web, host: str) -> None:
    async with web.plain(page(b"secret")) as site, network(allow_private=False) as net:
        answer = await net(ask.http(f"http://{host}:{site.port}/"))
    assert answer.status is not Status.OK
    assert site.connections == 0


async def test_a_socket_to_a_private_address_is_never_opened(web: Web) -> None:
    """The check at connect, whatever came before it."""
    may_connect = guard(allow_private=False, connect_to=None)
    async with web.plain(page(b"secret")) as site, Fetcher("test", 1000, may_connect) as fetcher:
        session = fetcher.session()
        hop = await fetcher.get(session, "http://8.8.8.8/", Where("127.0.0.1", site.port, 2.0, 2.0))
        session.close()
        assert hop.reason == "blocked"
        assert (await fetcher.handshake("a.test", Where("::1", site.port, 2.0, 2.0))).reason == "blocked"
    assert site.connections == 0


def test_the_lab_is_let_through_at_its_own_port_only() -> None:
    may_connect = guard(allow_private=False, connect_to=("127.0.0.1", 8443))
    assert may_connect("127.0.0.1", 8443)
    assert not may_connect("127.0.0.1", 8444)
    assert may_connect("8.8.8.8", 80)
    assert guard(allow_private=True, connect_to=None)("10.0.0.1", 80)


async def test_a_redirect_into_the_private_network_is_refused(network: Start, web: Web) -> None:
    """The first server stands for a public one: its port alone is let through."""
    async with (
        web.plain(page(b"secret")) as inner,
        web.plain(page(b"", "302 Found", f"Location: http://127.0.0.1:{inner.port}/")) as site,
    ):
        public = guard(allow_private=False, connect_to=("127.0.0.1", site.port))
        async with network() as net, Fetcher("test", 1000, public) as fetcher:
            client = WebClient(net.dns, fetcher, Limits(4, 2), Roots(None))
            load = await client.load(f"http://{HOST}:{site.port}/")
    assert (load.status, load.reason) == (Status.FAILED, "blocked")
    assert len(site.requests) == 1
    assert inner.connections == 0


async def test_a_name_that_changes_to_a_private_address_is_refused(network: Start, web: Web, zone: Zone) -> None:
    """Rebinding: the first answer is public, the second private; each connection is judged by its own address."""
    zone.records[("rebind.test", "A")] = ["192.88.99.1"]
    async with web.plain(page(b"secret")) as site, network(allow_private=False) as net:
        url = f"http://rebind.test:{site.port}/"
        assert (await net(ask.http(url))).reason == "blocked"
        net.dns.cache.clear()
        zone.records[("rebind.test", "A")] = ["127.0.0.1"]
        assert (await net(ask.http(url))).reason == "blocked"
    assert site.connections == 0


@pytest.mark.parametrize("port", [22, 25, 6667, 445])
async def test_ports_of_other_services_are_refused(network: Start, port: int) -> None:
    async with network() as net:
        answer = await net(ask.http(f"http://{HOST}:{port}/"))
    assert (answer.status, answer.reason) == (Status.FAILED, "blocked")
