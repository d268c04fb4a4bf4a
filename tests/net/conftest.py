"""Fixtures: networks whose only servers are on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanner.net import Network, Settings

from .servers import Handler, Issued, Site, Zone, dns_server, http_server, issue, server_context

HOST = "www.ville.test"


@pytest.fixture
def zone() -> Zone:
    """What the resolver of the test knows; HOST is on loopback."""
    return Zone(records={(HOST, "A"): ["127.0.0.1"], ("ville.test", "A"): ["127.0.0.1"]})


@pytest.fixture(scope="session")
def authority() -> Issued:
    """The private CA of the tests."""
    return issue("Test Root", ca=True, org="Test Authority")


Start = Callable[..., AbstractAsyncContextManager[Network]]


@pytest.fixture
def network(zone: Zone, tmp_path: Path, authority: Issued) -> Start:
    """Starts a Network whose resolver serves `zone`; loopback is allowed and the test CA trusted unless told."""
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(authority.pem)

    @asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[Network]:
        async with dns_server(zone) as resolver:
            defaults: dict[str, Any] = {
                "resolvers": (resolver,),
                "allow_private": True,
                "ca_file": ca_file,
                "dns_timeout": 0.3,
                "http_timeout": 3.0,
                "rdap_interval": 0.0,
                "vantage": "test bench",
            }
            async with Network(Settings(**defaults | changes)) as net:
                yield net

    return start


@dataclass
class Web:
    """Starts HTTP and HTTPS servers with certificates of the test CA."""

    folder: Path
    authority: Issued

    @asynccontextmanager
    async def plain(self, handler: Handler) -> AsyncIterator[Site]:
        """A server without TLS."""
        async with http_server(handler) as site:
            yield site

    @asynccontextmanager
    async def tls(self, handler: Handler, leaf: Issued | None = None, *others: Issued) -> AsyncIterator[Site]:
        """A server with a chain; by default one for every host of the tests."""
        leaf = leaf or issue(HOST, self.authority, names=[HOST, "ville.test", "*.ville.test", "rdap.nic.fr"])
        async with http_server(handler, server_context(self.folder, leaf, *others)) as site:
            yield site


@pytest.fixture
def web(tmp_path: Path, authority: Issued) -> Web:
    """Servers of the web."""
    return Web(tmp_path, authority)
