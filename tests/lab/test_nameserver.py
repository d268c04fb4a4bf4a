"""The name server's behaviour on the wire."""

from __future__ import annotations

import asyncio
import struct

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import pytest

from scanner.lab import Lab

from .conftest import Ask


async def send(lab: Lab, wire: bytes, wait: float = 0.3) -> bytes | None:
    """One datagram out, one back or None."""
    loop = asyncio.get_running_loop()
    got: asyncio.Future[bytes] = loop.create_future()

    class Client(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            got.set_result(data)

    transport, _ = await loop.create_datagram_endpoint(Client, remote_addr=("127.0.0.1", lab.names.port))
    try:
        transport.sendto(wire)
        return await asyncio.wait_for(got, wait)
    except TimeoutError:
        return None
    finally:
        transport.close()


async def test_one_port_answers_over_udp_and_tcp_alike(lab: Lab, ask: Ask) -> None:
    query = dns.message.make_query("www.ville.example", "A")
    tcp = await dns.asyncquery.tcp(query, "127.0.0.1", port=lab.names.port, timeout=2)
    assert tcp.answer == (await ask("www.ville.example", "A")).answer


async def test_several_questions_follow_each_other_on_one_tcp_connection(lab: Lab) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.names.port)
    for name in ("ville.example", "ns1.ville.example"):
        wire = dns.message.make_query(name, "A").to_wire()
        writer.write(struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        response = dns.message.from_wire(await reader.readexactly(length))
        assert str(response.answer[0].name) == f"{name}."
    writer.close()
    await writer.wait_closed()


async def test_an_answer_over_1232_bytes_is_truncated_over_udp_and_whole_over_tcp(lab: Lab, ask: Ask) -> None:
    short = await ask("big.ville.example", "TXT")
    assert short.flags & dns.flags.TC
    assert not short.answer
    query = dns.message.make_query("big.ville.example", "TXT")
    whole = await dns.asyncquery.tcp(query, "127.0.0.1", port=lab.names.port, timeout=2)
    assert len(whole.answer[0]) == 10


async def test_without_edns_an_answer_over_512_bytes_is_truncated(lab: Lab) -> None:
    wire = await send(lab, dns.message.make_query("big.ville.example", "TXT").to_wire())
    assert wire is not None
    assert len(wire) <= 512
    assert dns.message.from_wire(wire).flags & dns.flags.TC


@pytest.mark.parametrize(
    ("name", "rcode"), [("broken.example", dns.rcode.SERVFAIL), ("www.shut.example", dns.rcode.REFUSED)]
)
async def test_a_faulty_name_gets_its_response_code(ask: Ask, name: str, rcode: dns.rcode.Rcode) -> None:
    response = await ask(name, "A")
    assert (response.rcode(), response.answer) == (rcode, [])


async def test_a_silent_name_gets_no_answer(lab: Lab) -> None:
    assert await send(lab, dns.message.make_query("www.silent.example", "A").to_wire()) is None


async def test_a_truncated_name_is_answered_over_tcp_only(ask: Ask) -> None:
    assert (await ask("cut.ville.example", "A")).flags & dns.flags.TC


@pytest.mark.parametrize("wire", [b"", b"\x12", b"\x12\x34" + bytes(9), bytes([0, 1, 0x80]) + bytes(9)])
async def test_what_is_no_query_gets_no_answer(lab: Lab, wire: bytes) -> None:
    assert await send(lab, wire) is None


async def test_a_broken_query_is_a_format_error_under_its_own_id(lab: Lab) -> None:
    wire = await send(lab, b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\xff\xff")
    assert wire is not None
    assert wire[:2] == b"\x12\x34"
    assert wire[3] & 0x0F == dns.rcode.FORMERR


async def test_a_text_beyond_ascii_goes_through(ask: Ask) -> None:
    assert (await ask("text.ville.example", "TXT")).answer[0][0].strings == ("é".encode(),)
