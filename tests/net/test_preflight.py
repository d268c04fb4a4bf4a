"""A dead line and a forging resolver are told before a scan."""

from __future__ import annotations

import dns.message
import dns.rrset

from scanner import ask
from scanner.model import Status
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


async def test_where_a_resolver_forges_nothing_is_concluded_from_missing_names(zone: Zone, network: Start) -> None:
    """It invents an address for each name that does not exist, and tells the truth about all else."""
    zone.records[("ville.test", "MX")] = ["10 mx.test."]
    zone.records[("alias.test", "CNAME")] = ["gone.invalid."]

    def forge(query: dns.message.Message, packet: bytes) -> list[bytes]:
        response = dns.message.from_wire(packet)
        if response.rcode() == 3 and query.question[0].rdtype == 1:
            response.set_rcode(0)
            name = response.answer[-1][0].target if response.answer else query.question[0].name
            response.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "203.0.113.80"))
        return [response.to_wire()]

    zone.mangle = forge
    async with network() as net:
        assert (await net(ask.dns("before.invalid", "A"))).status is Status.OK  # nobody looked yet
        await net.preflight()
        for question in (ask.dns(name, rtype) for name in ("gone.invalid", "before.invalid") for rtype in ("A", "TXT")):
            answer = await net(question)
            assert (answer.status, answer.reason, answer.values) == (Status.FAILED, "forged", ()), question
        assert (await net(ask.dns("alias.test", "A"))).reason == "forged"
        assert (await net(ask.http("http://gone.invalid/"))).reason == "forged"
        assert (await net(ask.dns("ville.test", "MX"))).values == ("10 mx.test.",)
        assert (await net(ask.dns("ville.test", "A"))).values == ("127.0.0.1",)
        assert (await net(ask.dns("ville.test", "TXT"))).reason == "nodata"


async def test_a_resolver_that_serves_a_lab_alone_is_no_dead_line(zone: Zone, network: Start) -> None:
    zone.mangle = lambda query, packet: [packet[:3] + bytes([packet[3] & 0xF0 | 5]) + packet[4:]]
    async with network() as net:
        assert await net.preflight() is Line.OK
