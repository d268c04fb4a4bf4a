"""The DNS client against a resolver on loopback."""

from __future__ import annotations

import asyncio
import dataclasses
import time

import dns.flags
import dns.message
import pytest

from scanner import ask
from scanner.model import Status
from scanner.net import Network, ResolverError, Settings

from .conftest import HOST, Start
from .servers import Zone, dns_server


async def test_records_come_in_presentation_form(zone: Zone, network: Start) -> None:
    zone.records |= {
        ("ville.test", "MX"): ["10 mx1.Example.NET.", "20 mx2.example.net."],
        ("ville.test", "TXT"): [r'"v=spf1 -all" "two \"parts\""'],
        ("ville.test", "NS"): ["ns1.example.net."],
        ("ville.test", "SOA"): ["ns1.example.net. host.example.net. 1 2 3 4 5"],
        ("ville.test", "CAA"): ['0 issue "ca.example"'],
        ("_sip._tls.ville.test", "SRV"): ["1 2 443 sip.example.net."],
        ("ville.test", "AAAA"): ["2001:db8::1"],
        ("_443._tcp.ville.test", "TLSA"): ["3 1 1 " + "ab" * 32],
    }
    async with network() as net:
        for (name, rtype), values in zone.records.items():
            answer = await net(ask.dns(name, rtype))
            assert answer.status is Status.OK, (name, rtype)
            wanted = sorted(value.replace("Example.NET", "example.net") for value in values)
            assert sorted(answer.values) == wanted
            assert answer.ttl == 300
            assert answer.ad is False
            assert answer.vantage == "test bench"
            assert answer.at.endswith("Z")


async def test_addresses_are_those_at_the_end_of_the_chain_and_the_chain_costs_no_packet(
    zone: Zone, network: Start
) -> None:
    zone.records |= {
        ("app.test", "CNAME"): ["edge.cdn.test."],
        ("edge.cdn.test", "CNAME"): ["node.cdn.test."],
        ("node.cdn.test", "A"): ["192.0.2.1", "192.0.2.2"],
    }
    async with network() as net:
        answer = await net(ask.dns("app.test", "A"))
        assert sorted(answer.values) == ["192.0.2.1", "192.0.2.2"]
        assert (await net(ask.dns("app.test", "CNAME"))).values == ("edge.cdn.test.",)
        assert (await net(ask.dns("edge.cdn.test", "CNAME"))).values == ("node.cdn.test.",)
        last = await net(ask.dns("node.cdn.test", "CNAME"))
        assert (last.status, last.reason) == (Status.ABSENT, "nodata")
    assert zone.asked == [("app.test", "A")]


async def test_a_cname_asked_while_the_address_is_under_way_waits_for_it(zone: Zone, network: Start) -> None:
    zone.records |= {("app.test", "CNAME"): ["node.test."], ("node.test", "A"): ["192.0.2.1"]}
    async with network() as net:
        first, second = await asyncio.gather(net(ask.dns("app.test", "A")), net(ask.dns("app.test", "CNAME")))
    assert first.values == ("192.0.2.1",)
    assert second.values == ("node.test.",)
    assert zone.asked == [("app.test", "A")]


async def test_a_chain_that_the_server_leaves_open_is_followed(zone: Zone, network: Start) -> None:
    zone.chase = False
    zone.records |= {
        ("app.test", "CNAME"): ["a.test."],
        ("a.test", "CNAME"): ["b.test."],
        ("b.test", "A"): ["192.0.2.7"],
        ("x.test", "CNAME"): ["y.test."],
        ("y.test", "CNAME"): ["x.test."],
        ("gone.test", "CNAME"): ["nothing.invalid."],
    }
    async with network() as net:
        assert (await net(ask.dns("app.test", "A"))).values == ("192.0.2.7",)
        assert (await net(ask.dns("x.test", "A"))).reason == "malformed"
        gone = await net(ask.dns("gone.test", "A"))
        assert (gone.status, gone.reason) == (Status.ABSENT, "nxdomain")
        assert (await net(ask.dns("gone.test", "CNAME"))).values == ("nothing.invalid.",)


async def test_a_name_that_does_not_exist_is_asked_about_once(zone: Zone, network: Start) -> None:
    async with network() as net:
        for rtype in ("A", "AAAA", "MX", "TXT", "CNAME"):
            answer = await net(ask.dns("nothing.invalid", rtype))
            assert (answer.status, answer.reason, answer.values) == (Status.ABSENT, "nxdomain", ())
            assert answer.question == ask.dns("nothing.invalid", rtype)
            assert answer.ttl == 60
    assert len(zone.asked) == 1


async def test_no_data_is_absent_and_of_that_type_only(zone: Zone, network: Start) -> None:
    async with network() as net:
        answer = await net(ask.dns(HOST, "MX"))
        assert (answer.status, answer.reason) == (Status.ABSENT, "nodata")
        assert (await net(ask.dns(HOST, "A"))).status is Status.OK


@pytest.mark.parametrize(
    ("rcode", "reason"),
    [("SERVFAIL", "servfail"), ("REFUSED", "refused"), ("NOTAUTH", "malformed"), ("FORMERR", "malformed")],
)
async def test_a_bad_response_code_is_a_failure_with_its_reason(
    zone: Zone, network: Start, rcode: str, reason: str
) -> None:
    zone.rcodes["bad.test"] = rcode
    async with network() as net:
        answer = await net(ask.dns("bad.test", "A"))
    assert (answer.status, answer.reason) == (Status.FAILED, reason)


async def test_silence_is_a_time_out_after_all_tries(zone: Zone, network: Start) -> None:
    zone.silent.add("dead.test")
    async with network(dns_timeout=0.1, dns_tries=3) as net:
        start = time.monotonic()
        answer = await net(ask.dns("dead.test", "A"))
        seconds = time.monotonic() - start
    assert (answer.status, answer.reason) == (Status.FAILED, "timeout")
    assert len(zone.asked) == 7
    assert 0.28 < seconds < 0.6  # three time-outs, in which all packets share


async def test_six_lost_packets_lose_no_question(zone: Zone, network: Start) -> None:
    zone.mangle = lambda query, packet: [packet] if len(zone.asked) == 7 else []
    async with network(dns_timeout=0.1) as net:
        assert (await net(ask.dns(HOST, "A"))).values == ("127.0.0.1",)


async def test_a_lost_packet_is_asked_for_again(zone: Zone, network: Start) -> None:
    def lose_every_other(query: dns.message.Message, packet: bytes) -> list[bytes]:
        return [packet] if len(zone.asked) % 2 == 0 else []

    zone.mangle = lose_every_other
    async with network(dns_timeout=0.1) as net:
        assert (await net(ask.dns(HOST, "A"))).status is Status.OK
    assert len(zone.asked) == 2


async def test_garbage_with_the_right_question_is_malformed(zone: Zone, network: Start) -> None:
    zone.mangle = lambda query, packet: [packet + b"\xff"]
    async with network() as net:
        answer = await net(ask.dns(HOST, "A"))
    assert (answer.status, answer.reason) == (Status.FAILED, "malformed")


async def test_packets_with_another_id_or_question_are_ignored(zone: Zone, network: Start) -> None:
    def spoof(query: dns.message.Message, packet: bytes) -> list[bytes]:
        wrong_id = bytes([packet[0] ^ 1]) + packet[1:]
        other = dns.message.make_response(dns.message.make_query("evil.test", "A"))
        other.id = query.id
        no_response = bytearray(packet)
        no_response[2] &= 0x7F
        return [b"", b"x", wrong_id, other.to_wire(), bytes(no_response), packet[:12], packet]

    zone.mangle = spoof
    async with network() as net:
        answer = await net(ask.dns(HOST, "A"))
    assert answer.values == ("127.0.0.1",)
    assert len(zone.asked) == 1


async def test_a_packet_from_another_port_is_ignored(zone: Zone, network: Start) -> None:
    """The connected socket takes packets of the resolver's address and port only."""
    zone.silent.add("victim.test")

    class Spoofer(asyncio.DatagramProtocol):
        pass

    async with network(dns_timeout=0.2, dns_tries=1) as net:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Spoofer, local_addr=("127.0.0.1", 0))
        asking = asyncio.ensure_future(net(ask.dns("victim.test", "A")))
        await asyncio.sleep(0.05)
        for link in net.dns.links():
            for ident in link.pending:
                response = dns.message.make_response(dns.message.make_query("victim.test", "A", id=ident))
                transport.sendto(response.to_wire(), link.local)
        assert (await asking).reason == "timeout"
        transport.close()


async def test_a_truncated_answer_is_asked_for_by_tcp(zone: Zone, network: Start) -> None:
    long = [f'"{number:03d}{"x" * 200}"' for number in range(60)]
    zone.records[("big.test", "TXT")] = long
    zone.truncate.add("big.test")
    async with network() as net:
        answer = await net(ask.dns("big.test", "TXT"))
    assert sorted(answer.values) == long
    assert zone.by_tcp == [("big.test", "TXT")]


async def test_a_server_that_truncates_and_refuses_tcp_is_a_failure(zone: Zone, network: Start) -> None:
    zone.truncate.add("big.test")
    zone.mangle = lambda query, packet: [packet] if packet[2] & 2 else [b"\0\0"]
    async with network() as net:
        answer = await net(ask.dns("big.test", "A"))
    assert (answer.status, answer.reason) == (Status.FAILED, "malformed")


async def test_an_old_server_is_asked_again_without_edns(zone: Zone, network: Start) -> None:
    def refuse_edns(query: dns.message.Message, packet: bytes) -> list[bytes]:
        if query.edns < 0:
            return [packet]
        return [packet[:2] + b"\x80\x01" + bytes(8)]  # FORMERR without a question section

    zone.mangle = refuse_edns
    async with network() as net:
        assert (await net(ask.dns(HOST, "A"))).values == ("127.0.0.1",)


async def test_the_authentic_bit_is_kept(zone: Zone, network: Start) -> None:
    zone.mangle = lambda query, packet: [packet[:3] + bytes([packet[3] | 0x20]) + packet[4:]]
    async with network() as net:
        assert (await net(ask.dns(HOST, "A"))).ad is True


async def test_another_resolver_is_asked_when_one_fails(zone: Zone, network: Start) -> None:
    good = Zone(records=zone.records)
    async with dns_server(good) as second:
        for trouble in ({"rcodes": {HOST: "SERVFAIL"}}, {"rcodes": {HOST: "REFUSED"}}, {"silent": {HOST}}):
            bad = dataclasses.replace(zone, asked=[], **trouble)
            async with dns_server(bad) as first, network(resolvers=(first, second), dns_timeout=0.1) as net:
                answer = await net(ask.dns(HOST, "A"))
            assert answer.values == ("127.0.0.1",), trouble


async def test_a_dead_resolver_gets_no_more_than_its_share(zone: Zone, network: Start) -> None:
    names = {f"n{number}.test": "192.0.2.1" for number in range(200)}
    zone.records |= {(name, "A"): [address] for name, address in names.items()}
    dead = Zone(silent=set(names))
    async with (
        dns_server(dead) as first,
        dns_server(zone) as second,
        network(resolvers=(first, second), dns_timeout=0.1) as net,
    ):
        answers = [await net(ask.dns(name, "A")) for name in names]
    assert all(answer.status is Status.OK for answer in answers)
    assert len(dead.asked) < 20


async def test_questions_in_flight_are_bounded_and_shared(zone: Zone, network: Start) -> None:
    zone.silent |= {f"n{number}.test" for number in range(50)}
    async with network(dns_in_flight=10, dns_timeout=0.05, dns_tries=1) as net:
        questions = [ask.dns(name, "A") for name in zone.silent] * 2
        answers = await asyncio.gather(*map(net, questions))
        assert {answer.reason for answer in answers} == {"timeout"}
        assert max(upstream.highest for upstream in net.dns.upstreams) <= 10
    assert len(zone.asked) == 150  # three packets each


async def test_one_who_gives_up_does_not_take_the_answer_from_others(zone: Zone, network: Start) -> None:
    async with network() as net:
        first = asyncio.ensure_future(net(ask.dns(HOST, "A")))
        second = asyncio.ensure_future(net(ask.dns(HOST, "A")))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).status is Status.OK


async def test_a_name_that_cannot_be_asked_is_malformed(network: Start) -> None:
    async with network() as net:
        for name in ("a" * 64 + ".test", "a..test", "é.test", ""):
            answer = await net(ask.dns(name, "A"))
            assert answer.status in (Status.FAILED, Status.ABSENT)
        assert (await net(ask.dns("a.test", "NOPE"))).reason == "malformed"


async def test_questions_under_way_end_when_the_network_closes(zone: Zone, network: Start) -> None:
    zone.silent.add("dead.test")
    async with network(dns_timeout=30.0) as net:
        asking = asyncio.ensure_future(net(ask.dns("dead.test", "A")))
        await asyncio.sleep(0.05)
    assert (await asking).reason == "timeout"


@pytest.mark.parametrize("resolver", ["", "nowhere", "127.0.0.1:0", "127.0.0.1:99999", "[::1", "127.0.0.1:x"])
async def test_a_resolver_that_cannot_be_is_told(resolver: str) -> None:
    with pytest.raises(ResolverError, match="resolver"):
        async with Network(Settings(resolvers=(resolver,))):
            pass
