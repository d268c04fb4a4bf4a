"""10,000 names that answer with what crashes naive parsers, and 10,000 names that no question can hold."""

from __future__ import annotations

import asyncio
import random
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from scanner import ask
from scanner.model import Answer, Question, Status
from scanner.net import Network, Settings

from .processes import HOST, free_port

NAMES = 10_000
REASONS = {
    Status.OK: {""},
    Status.ABSENT: {"nxdomain", "nodata"},
    Status.FAILED: {"malformed", "servfail", "refused", "timeout"},
}
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "CAA": 257}
Random = random.Random
SHAPES: list[Callable[[Random, int], bytes]] = []


def shape(make: Callable[[Random, int], bytes]) -> Callable[[Random, int], bytes]:
    """Everything of a response after the question; the counts of the header are the first six bytes."""
    SHAPES.append(make)
    return make


def record(owner: bytes, rtype: int, rdata: bytes, size: int | None = None, ttl: int = 60) -> bytes:
    return owner + struct.pack("!HHIH", rtype, 1, ttl, len(rdata) if size is None else size) + rdata


def counts(answers: int, authorities: int = 0, others: int = 0) -> bytes:
    return struct.pack("!HHH", answers, authorities, others)


def name_of(r: Random) -> bytes:
    """A name as the worst servers write it: loops, pointers ahead and to the header, labels that overrun."""
    parts = [
        b"\xc0\x0c", b"\xc0" + bytes([r.randrange(256)]), b"\xff\xff", b"\xc0", b"\0", b"\x3f" + bytes(r.randrange(64)),
        b"\x40abc\0", b"\x80\0", b"\x01a\xc0\x0c", b"\x01a\xc0\x1d", b"\x3f" + b"a" * 63,
        b"\x05\0.\\\"\xff\0", b"\x04a.b.\0",
    ]  # fmt: skip
    return b"".join(r.choice(parts) for _ in range(r.randint(1, 5)))


@shape
def compression_loops(r: Random, rtype: int) -> bytes:
    return counts(1) + record(name_of(r), rtype, name_of(r))


@shape
def loops_inside_the_data(r: Random, rtype: int) -> bytes:
    head = {15: b"\0\x0a", 33: bytes(6)}.get(rtype, b"")
    return counts(2) + 2 * record(b"\xc0\x0c", rtype, head + name_of(r))


@shape
def an_overlong_name(r: Random, rtype: int) -> bytes:
    return counts(1) + record(b"\xc0\x0c", rtype, b"\x3f" + (b"\x3f" + b"a" * 63) * r.randint(3, 9) + b"\0")


@shape
def a_zero_length_text(r: Random, rtype: int) -> bytes:
    empty = r.choice([b"", b"\0", b"\0\0\0", b"\xff", b"\x02a", b"\0\xff"])
    return counts(1) + record(b"\xc0\x0c", rtype, empty)


@shape
def a_wrong_length(r: Random, rtype: int) -> bytes:
    return counts(1) + record(b"\xc0\x0c", rtype, r.randbytes(r.randrange(40)), r.randrange(65536))


@shape
def counts_that_lie(r: Random, rtype: int) -> bytes:
    return counts(*(r.choice([0, 1, 2, 255, 65535]) for _ in range(3))) + record(b"\xc0\x0c", rtype, b"\x7f\0\0\1")


@shape
def noise(r: Random, rtype: int) -> bytes:
    return r.randbytes(r.randrange(6, 1200))


@shape
def flipped_bytes(r: Random, rtype: int) -> bytes:
    body = bytearray(counts(2, 1) + 3 * record(b"\xc0\x0c", rtype, b"\0\x0a\x04mail\xc0\x0c"))
    for _ in range(r.randint(1, 8)):
        body[r.randrange(len(body))] = r.randrange(256)
    return bytes(body)


@shape
def aliases_without_end(r: Random, rtype: int) -> bytes:
    links = r.randint(1, 40)
    chain = b"".join(record(bytes([1, 97 + n % 26, 0]), 5, bytes([1, 97 + (n + 1) % 26, 0])) for n in range(links))
    return counts(links + 1) + record(b"\xc0\x0c", 5, b"\x01a\0") + chain


@shape
def sixty_four_kilobytes(r: Random, rtype: int) -> bytes:
    """Sent by TCP: a full message, of many records or of one."""
    if r.random() < 0.5:
        return counts(1) + record(b"\xc0\x0c", rtype, r.randbytes(65_000))
    text = record(b"\xc0\x0c", rtype, b"\xff" + b"t" * 255)
    return counts(230) + 230 * text


@shape
def an_owner_of_pointers(r: Random, rtype: int) -> bytes:
    pointers = b"".join((0xC000 | 12 + 2 * n).to_bytes(2, "big") for n in range(r.randint(1, 500)))
    return counts(1) + record(pointers, rtype, b"\0")


def question_of(query: bytes) -> bytes:
    end = 12
    while query[end]:
        end += query[end] + 1
    return query[12 : end + 5]


def nothing(query: bytes) -> bytes:
    """No such name."""
    return query[:2] + b"\x81\x83\0\1" + bytes(6) + question_of(query)


def response(query: bytes, tcp: bool) -> bytes:
    """A hostile response with the right id and question: the name's number says which, the same by UDP and TCP."""
    question = question_of(query)
    label = question[1 : 1 + question[0]]
    if not label[1:].isdigit():  # where an alias of a hostile answer led
        return nothing(query)
    number = int(label[1:])
    body = SHAPES[number % len(SHAPES)](Random(number), int.from_bytes(question[-4:-2], "big"))
    truncated = len(body) > 1200 and not tcp
    if truncated:
        body = bytes(6)
    rcode = number // 7 % 40 // 36 * 2  # now and then SERVFAIL beside it
    flags = 0x8180 | (0x0200 if truncated else 0) | rcode
    return query[:2] + struct.pack("!HH", flags, 1) + body[:6] + question + body[6:]


class Hostile(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.DatagramTransport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(response(data, False), addr)


@asynccontextmanager
async def hostile_server() -> AsyncIterator[str]:
    port = free_port()

    async def by_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                packet = response(await reader.readexactly(size), True)
                writer.write(len(packet).to_bytes(2, "big") + packet)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:  # also when the test ends first
            writer.close()

    server = await asyncio.start_server(by_tcp, HOST, port, backlog=512)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Hostile, local_addr=(HOST, port))
    try:
        yield f"{HOST}:{port}"
    finally:
        transport.close()
        server.close()
        await asyncio.sleep(0)


async def answers(questions: list[Question], resolver: str) -> list[Answer]:
    settings = Settings(resolvers=(resolver,), allow_private=True, rdap=False, dns_timeout=3.0, dns_tries=1)
    async with Network(settings) as net:
        return list(await asyncio.gather(*map(net, questions)))


def in_order(found: list[Answer]) -> Counter[tuple[str, str]]:
    """Each answer has a status and a reason that goes with it, and values where it is ok and only there."""
    for answer in found:
        assert answer.reason in REASONS[answer.status], answer
        assert bool(answer.values) == (answer.status is Status.OK), answer
        assert all(isinstance(value, str) and value.isascii() for value in answer.values), answer
    return Counter((answer.status.value, answer.reason) for answer in found)


async def test_10000_hostile_answers_each_give_a_status_and_no_exception() -> None:
    questions = [ask.dns(f"h{n:05d}.lab", list(TYPES)[n // len(SHAPES) % len(TYPES)]) for n in range(NAMES)]
    start = time.monotonic()
    async with hostile_server() as resolver:
        found = await answers(questions, resolver)
    kinds = in_order(found)
    assert len(found) == NAMES
    assert kinds["failed", "malformed"] > NAMES // 3, kinds
    assert kinds["ok", ""] > NAMES // 50, kinds  # the harmless among them are read
    assert kinds["failed", "timeout"] < NAMES // 100, kinds
    assert time.monotonic() - start < 60  # nothing in them makes a parser run on


async def test_10000_names_that_nobody_should_ask_for_each_give_a_status() -> None:
    r = Random(3)
    letters = [
        "a",
        "-",
        "_",
        ".",
        "..",
        "\\",
        "\\000",
        "\\999",
        "é",
        "xn--",
        "\0",
        " ",
        "*",
        '"',
        "\udc80",
        "ß",
        "。",
        "@",
        "1",
    ]
    odd = ["".join(r.choice(letters) for _ in range(r.randint(0, 12))) for _ in range(NAMES - 5)]
    odd += ["a" * 64, "a" * 300, ".".join("a" * 127), ".".join(["b" * 63] * 4), "." * 1000]
    questions = [Question("dns", f"{name}.h00022.lab" if r.random() < 0.5 else name, "A") for name in odd]
    async with quiet_server() as resolver:
        found = await answers(questions, resolver)
    kinds = in_order(found)
    assert kinds["failed", "malformed"] > NAMES // 10
    assert kinds["absent", "nxdomain"] > NAMES // 100  # those that can be asked are


@asynccontextmanager
async def quiet_server() -> AsyncIterator[str]:
    """Every name is unknown to it."""

    class Nothing(Hostile):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self.transport.sendto(nothing(data), addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Nothing, local_addr=(HOST, 0))
    try:
        yield f"{HOST}:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize("make", SHAPES)
def test_each_shape_is_what_it_claims(make: Callable[[Random, int], bytes]) -> None:
    """The generator itself: responses differ, and each fits a message."""
    made = {make(Random(n), 16) for n in range(50)}
    assert all(6 <= len(body) <= 65_400 for body in made)
