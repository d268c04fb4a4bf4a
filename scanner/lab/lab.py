"""A world, started on loopback: the name server, the web server, and the settings that lead a scanner to them."""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType

from scanner.lab.asn import ZONE, AsnTable
from scanner.lab.certificates import Authority
from scanner.lab.nameserver import HOST, NameServer
from scanner.lab.routing import Routes
from scanner.lab.webserver import WebServer
from scanner.lab.world import World
from scanner.lab.zones import Zones
from scanner.net.settings import Settings

VANTAGE = "lab"
DNS_TIMEOUT = 1.0  # seconds; the lab answers in milliseconds, unless it shares a busy loop with the scanner
HTTP_TIMEOUT = 2.5


class Lab:
    """An embedded internet: `async with Lab(world) as lab` and scan with `lab.settings`.

    Everything runs in this process and this event loop, on free ports of 127.0.0.1; leaving drops every connection
    and removes the certificates. `settings` is set once it runs. Raises ValueError when the world's zones or
    networks are wrong, OSError when no port is free.
    """

    settings: Settings

    def __init__(self, world: World) -> None:
        self.world = world
        self.names: NameServer
        self.web: WebServer
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Lab:
        """Start both servers."""
        table = AsnTable(self.world.networks, self.world.systems)
        zones = Zones(self.world.zones, self.world.name_faults, {ZONE: table.text})
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sovscan-lab-")))
            authority = Authority(folder, self.world.issuers)
            self.names = NameServer(zones)
            stack.push_async_callback(self.names.close)
            await self.names.start()
            self.web = WebServer(Routes(self.world, table), authority)
            stack.push_async_callback(self.web.close)
            await self.web.start()
            self._stack = stack.pop_all()
        self.settings = Settings(
            resolvers=(f"{HOST}:{self.names.port}",),
            connect_to=f"{HOST}:{self.web.port}",
            ca_file=authority.ca_file,
            allow_private=True,
            vantage=VANTAGE,
            dns_timeout=DNS_TIMEOUT,
            dns_tries=3,
            http_timeout=HTTP_TIMEOUT,
            per_address=40,  # every host of the lab has the same one
            rdap_interval=0.0,
            rdap_servers=(("example", "https://rdap.nic.example/"),),  # a name that no registry will ever have
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop both servers and remove the certificates."""
        await self._stack.aclose()
