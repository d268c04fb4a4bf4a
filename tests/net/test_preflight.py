"""A dead line and a forging resolver are told before a scan."""

from __future__ import annotations

import dns.message
import dns.rrset

from scanner.net.preflight import Line

from .conftest import Start
from .servers import Zone


async def test_a_truthful_resolver_passes(network: Start) -> None:
    async with network() as net:
        assert await net.preflight() is Line.OK


async def test_a_resolver_that_forges_missing_names_is_found(zone: Zone, network: Start) -> None:
    def forge(query: dns.message.Message, packet: bytes) -> list[bytes]:
        response = dns.message.make_response(query)
        name = query.question[0].name
        if query.question[0].rdtype == 1:
            response.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "203.0.113.80"))
        return [response.to_wire()]

    zone.mangle = forge
    async with network() as net:
        assert await net.preflight() is Line.FORGED


async def test_a_dead_line_is_found(zone: Zone, network: Start) -> None:
    zone.mangle = lambda query, packet: []
    async with network(dns_timeout=0.05) as net:
        assert await net.preflight() is Line.DEAD
